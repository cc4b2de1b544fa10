# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: its own code injects our credential types, ansible-runner runs the playbook.

AWX itself is not here: who may use a credential, and the container that a job runs in, are not tested.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jq
import pytest
import yaml
from awx_plugins.interfaces import _temporary_private_container_api as container_api
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential

from .harness import CHECKOUT, clean_environment
from .pretend_awx import STORE, TOKEN, pretend_awx

if TYPE_CHECKING:
    from simulator import Simulator


class Unsafe(yaml.SafeLoader):
    """Ansible's YAML: what is tagged !unsafe is text."""


Unsafe.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))  # type: ignore[type-var]
TYPES = yaml.load((CHECKOUT / "playbooks/vars/awx_credential_types.yml").read_text(), Unsafe)  # noqa: S506
QUERIES = yaml.safe_load((CHECKOUT / "extensions/audit/event_query.yml").read_text())


@dataclass
class Job:
    """A job template's project and the credentials that hang on it; `shown` is what AWX shows of the environment."""

    folder: Path
    environment: dict[str, str]
    shown: dict[str, str]
    arguments: list[str]

    def begin(self) -> None:
        """Have an empty folder and no credentials. Of a job before this one nothing is left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("env", "project", "inventory"):
            (self.folder / name).mkdir(parents=True)
        for injected in (self.environment, self.shown, self.arguments):
            injected.clear()

    def attach(self, credential_type: dict[str, Any], inputs: dict[str, Any]) -> None:
        body = {key: credential_type[key] for key in ("name", "kind", "inputs", "injectors")}
        injected = (self.environment, self.shown, self.arguments, str(self.folder))
        inject_credential(ManagedCredentialType(namespace="ours", **body), Credential(inputs), *injected)

    def run(self, plays: list[dict[str, Any]], **variables: Any) -> subprocess.CompletedProcess[str]:
        (self.folder / "project" / "site.yml").write_text(json.dumps(plays))
        (self.folder / "inventory" / "hosts.json").write_text('{"all": {"hosts": {"localhost": {}}}}')
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        (self.folder / "env" / "extravars").write_text(json.dumps({**local, **variables}))
        (self.folder / "env" / "envvars").write_text(json.dumps(self.environment))
        (self.folder / "env" / "cmdline").write_text(" ".join(self.arguments))
        programs = Path(sys.executable).parent
        ours = {key: value for key, value in clean_environment().items() if not key.startswith("ANSIBLE_CALLBACK")}
        environment = {**ours, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
        command = [str(programs / "ansible-runner"), "run", str(self.folder), "-p", "site.yml"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)

    def results(self) -> list[tuple[str, dict[str, Any]]]:
        """Of each task: the action as AWX knows it, and what it returned."""
        events = [json.loads(path.read_text()) for path in self.folder.glob("artifacts/*/job_events/*-*.json")]
        told = [event["event_data"] for event in events if "res" in event.get("event_data", {})]
        return [(one["resolved_action"], one["res"]) for one in told]


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    made = Job(tmp_path / "job", {}, {}, [])
    made.begin()
    # In AWX this folder is mounted there in the container of the job.
    monkeypatch.setattr(container_api, "CONTAINER_ROOT", str(made.folder))
    return made


def imported(playbook: str) -> list[dict[str, Any]]:
    return [{"name": playbook, "ansible.builtin.import_playbook": f"ampops.secure_endpoint.{playbook}"}]


def api_inputs(simulator: Simulator) -> dict[str, Any]:
    return {
        "api_host": simulator.api_host,
        "client_id": simulator.client_id,
        "api_key": simulator.api_key,
        "ca": Path(simulator.ca_path).read_text(),
    }


def test_the_credential_of_the_api_is_all_that_a_job_needs(job: Job, simulator: Simulator) -> None:
    job.attach(TYPES["api"], api_inputs(simulator))
    ended = job.run(imported("test_credentials"))
    assert ended.returncode == 0, ended.stdout
    assert f"The credentials work on {simulator.api_host}" in ended.stdout
    assert simulator.api_key not in ended.stdout + json.dumps(job.shown)


def test_without_an_authority_the_systems_are_trusted(job: Job, simulator: Simulator) -> None:
    job.attach(TYPES["api"], {**api_inputs(simulator), "ca": ""})
    assert job.environment["SECURE_ENDPOINT_CA_PATH"] == ""
    ended = job.run(imported("test_credentials"))
    assert ended.returncode != 0
    assert "certificate" in ended.stdout


def test_a_stream_that_one_job_makes_is_drained_by_another(job: Job, simulator: Simulator, tmp_path: Path) -> None:
    """What the first job stores in AWX is all that a later one needs, also of the authority of a private cloud."""
    with pretend_awx() as awx:
        job.attach(TYPES["api"], api_inputs(simulator))
        job.environment |= {"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        made = job.run(imported("event_stream_create"), **STORE)
        assert made.returncode == 0, made.stdout
        [credential_type], [credential] = awx.objects["credential_types"], awx.objects["credentials"]
    job.begin()
    job.attach(credential_type, credential["inputs"])
    assert {stat.S_IMODE(path.stat().st_mode) for path in (job.folder / "env").iterdir()} == {0o600}
    password = json.loads(credential["inputs"]["credentials"])["password"]
    assert password not in made.stdout + made.stderr + json.dumps(job.shown)
    simulator.control.publish("failure")

    state = str(tmp_path / "state")
    refused = job.run(imported("drain_and_group"), drain_state_dir=state, drain_flush=True)
    assert refused.returncode != 0
    assert "this folder ends with the job" in refused.stdout
    drained = job.run(imported("drain_and_group"), drain_state_dir=state, drain_flush=True, drain_allow_ephemeral=True)
    assert drained.returncode == 0, drained.stdout
    assert "quarantine failed" in drained.stdout


def counted(job: Job) -> list[dict[str, Any]]:
    """Return the managed nodes that the audit queries find in the results of the job."""
    ours = [(QUERIES[action]["query"], result) for action, result in job.results() if action in QUERIES]
    return [node for query, result in ours for node in jq.compile(query).input(result).all()]


def test_the_computers_that_a_job_managed_are_counted(job: Job, simulator: Simulator) -> None:
    job.attach(TYPES["api"], api_inputs(simulator))
    guids = sorted({event["computer"]["connector_guid"] for event in simulator.control.outbreak(3)})
    for guid in guids:
        simulator.control.set_computer(guid, isolation_supported=True)
    tree = job.folder / "project" / "tenant.yml"
    tree.write_text(json.dumps({"computers": {"Unused": {"at_least": guids[:1]}}}))
    tasks = [
        {"ampops.secure_endpoint.tenant_config": {"src": str(tree)}},
        {"ampops.secure_endpoint.computer_group": {"computers": guids[:2], "group": "Triage"}},
        {"ampops.secure_endpoint.isolation": {"computers": guids[1:], "wait": False}},
        {"ampops.secure_endpoint.computer": {"computers": guids[:1], "state": "absent", "max_removals": 1}},
        {"ampops.secure_endpoint.computer_info": {"limit": 10}},
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    predicted = job.run([{**play, "check_mode": True}])
    assert predicted.returncode == 0, predicted.stdout
    assert sum(action in QUERIES for action, _result in job.results()) == len(tasks) - 1
    assert counted(job) == [], "check mode manages nothing"
    shutil.rmtree(job.folder / "artifacts")

    ended = job.run([play])
    assert ended.returncode == 0, ended.stdout
    found = counted(job)
    assert len(found) > len(guids), "some are counted by several tasks"
    assert {node["canonical_facts"]["connector_guid"] for node in found} == set(guids)
    assert all(node["name"] and node["facts"] for node in found)
