# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every job template of awx_setup as a job: answers of its survey, credentials injected by AWX's code, ansible-runner.

The templates are those that awx_setup made in a stand-in of AWX. The jobs run in the execution environment: not root,
no sudo, no terminal, a file system and a home that cannot be written, the job's folder and one persistent volume. The
network holds the tenant and the stand-in of AWX alone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential
from integration.harness import CHECKOUT, Playbooks
from integration.pretend_awx import TOKEN, PretendAwx, pretend_awx
from matrix import NEWEST
from simulator import Simulator

from environments.build import ENVIRONMENTS, environment
from environments.network import RUN_IN
from environments.test_environments import podman, readable

URL = "https://git.example.com/soc.git"
STORAGE = "/persistent"
SHA256 = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
# What AWX's own type "Red Hat Ansible Automation Platform" sets.
CONTROLLER = {"env": {"CONTROLLER_HOST": "{{ host }}", "CONTROLLER_OAUTH_TOKEN": "{{ oauth_token }}"}}
CONTROLLER_FIELDS = [{"id": "host", "label": "Host", "type": "string"}]
CONTROLLER_FIELDS.append({"id": "oauth_token", "label": "Token", "type": "string", "secret": True})

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("podman"), reason="podman as root runs the execution environment"
)


class Controller:
    """The stand-in of AWX after awx_setup, and the launching of its templates."""

    def __init__(self, awx: PretendAwx, simulator: Simulator, folder: Path) -> None:
        self.awx, self.simulator, self.folder = awx, simulator, folder
        self.image = environment(ENVIRONMENTS / "execution" / "execution-environment.yml", NEWEST)
        for name in ("persistent", "jobs"):
            (folder / name).mkdir()

    def setup(self) -> None:
        """Run awx_setup, and have somebody fill in the credentials."""
        playbooks = Playbooks(
            {"CONTROLLER_HOST": self.awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN, "ANSIBLE_PIPELINING": "1"}, self.folder
        )
        self.awx.repositories[URL] = self.folder / "project"
        shutil.copytree(CHECKOUT / "extensions" / "awx" / "project", self.folder / "project")
        chosen = {"awx_setup_project_url": URL, "awx_setup_storage": STORAGE}
        made = playbooks.run("ampops.secure_endpoint.awx_setup", variables=chosen)
        assert made.returncode == 0, made.stdout + made.stderr
        self.awx.named("credentials", "Secure Endpoint: API")["inputs"] = {
            "api_host": self.simulator.api_host,
            "client_id": self.simulator.client_id,
            "api_key": self.simulator.api_key,
            "ca": Path(self.simulator.ca_path).read_text(),
        }

    def launch(self, playbook: str, *, check: bool = False, anything: bool = False, **answers: Any) -> Ended:
        """Run the template of a playbook; a question without an answer has the survey's default, as on the page."""
        template = self.awx.named("job_templates", f"Secure Endpoint: {playbook}")
        job = self.folder / "jobs" / f"{len(list((self.folder / 'jobs').iterdir()))}-{playbook}"
        shutil.copytree(self.folder / "project", job / "project")
        for name in ("env", "inventory"):
            (job / name).mkdir()
        shown = self._inject(template, job)
        arguments = (job / "env" / "cmdline").read_text()
        survey = self.awx.surveys.get(template["id"], {"spec": []})["spec"]
        variables = {
            **json.loads(template["extra_vars"] or "{}"),
            **{one["variable"]: one["default"] for one in survey},
        }
        asked = anything or template["ask_variables_on_launch"] or set(answers) <= set(variables)
        assert asked, "the survey asks for each"
        (job / "inventory" / "hosts.json").write_text('{"all": {"hosts": {}}}')
        (job / "env" / "extravars").write_text(json.dumps({**variables, **answers}))
        (job / "env" / "settings").write_text(json.dumps({"fact_cache_type": "jsonfile"}))
        ran = podman(
            *("run", "--rm", *RUN_IN, "--read-only", "--tmpfs=/tmp", "--env=HOME=/usr/share"),
            f"--volume={readable(job)}:/runner",
            f"--volume={readable(self.folder / 'persistent')}:{STORAGE}",
            *(self.image, "ansible-runner", "run", "/runner", "-p", template["playbook"]),
            *(["--cmdline", f"{arguments} --check"] if check else []),
            check=False,
        )
        return Ended(ran.returncode, ran.stdout + ran.stderr, job, json.dumps(shown))

    def _inject(self, template: dict[str, Any], job: Path) -> dict[str, str]:
        """Write what the template's credentials inject; return what AWX shows of the environment."""
        # Ansible itself needs a folder that it can write where the home is none.
        variables: dict[str, str] = {"ANSIBLE_HOME": "/tmp/ansible"}  # noqa: S108
        shown: dict[str, str] = {}
        arguments: list[str] = []
        for body, inputs in self._credentials(template):
            kind = ManagedCredentialType(namespace="ours", **body)
            inject_credential(kind, Credential(inputs), variables, shown, arguments, str(job))
        (job / "env" / "envvars").write_text(json.dumps(variables))
        (job / "env" / "cmdline").write_text(" ".join(arguments))
        return shown

    def _credentials(self, template: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield type and values of each credential, and of one for the controller where the template asks for it."""
        for name in self.awx.listed(template, "credentials"):
            credential = self.awx.named("credentials", name)
            kind = next(
                one for one in self.awx.objects["credential_types"] if one["id"] == credential["credential_type"]
            )
            yield {key: kind[key] for key in ("name", "kind", "inputs", "injectors")}, credential["inputs"]
        if template["ask_credential_on_launch"]:
            kind = {
                "name": "controller",
                "kind": "cloud",
                "inputs": {"fields": CONTROLLER_FIELDS},
                "injectors": CONTROLLER,
            }
            yield kind, {"host": self.awx.host, "oauth_token": TOKEN}

    def walk(self, workflow: str, **answers: Any) -> list[tuple[str, str]]:
        """Run a workflow as AWX does: each node that ended decides what follows. Whoever is asked approves."""
        made = self.awx.named("workflow_job_templates", f"Secure Endpoint: {workflow}")
        nodes = [n for n in self.awx.objects["workflow_job_template_nodes"] if n["workflow_job_template"] == made["id"]]
        waiting = [n["identifier"] for n in nodes if not self._parents(n, nodes)]
        walked = []
        while waiting:
            identifier = waiting.pop(0)
            node = next(one for one in nodes if one["identifier"] == identifier)
            ended = self._node_ended(node, answers)
            walked.append((node["identifier"], ended))
            for what in ("always_nodes", f"{ended}_nodes"):
                waiting += self.awx.listed(node, what)
        return walked

    def _parents(self, node: dict[str, Any], nodes: list[dict[str, Any]]) -> list[str]:
        ends = ("always_nodes", "success_nodes", "failure_nodes")
        return [n["identifier"] for n in nodes if any(node["identifier"] in self.awx.listed(n, what) for what in ends)]

    def _node_ended(self, node: dict[str, Any], answers: dict[str, Any]) -> str:
        template = next((t for t in self.awx.objects["job_templates"] if t["id"] == node["unified_job_template"]), None)
        if template is None:
            return "success"  # an approval
        playbook = template["playbook"].removesuffix(".yml")
        # AWX gives the answers of a workflow to each of its jobs.
        given = {**node["extra_data"], **answers}
        ended = self.launch(playbook, check=node["job_type"] == "check", anything=True, **given)
        return "failure" if ended.returncode else "success"

    def persistent(self) -> list[Path]:
        """Return the files that last."""
        return [path for path in (self.folder / "persistent").rglob("*") if path.is_file()]


class Ended:
    """A job that ended: its output, and what AWX keeps and shows of it."""

    def __init__(self, returncode: int, output: str, folder: Path, shown: str) -> None:
        self.returncode, self.output, self.folder, self.shown = returncode, output, folder, shown

    def kept(self) -> str:
        """Return events, artifacts and facts, and what AWX shows of the environment."""
        files = [path for path in (self.folder / "artifacts").rglob("*") if path.is_file() and path.name != "command"]
        return self.shown + self.output + "".join(path.read_text("utf-8", "replace") for path in files)


@pytest.fixture(name="controller", scope="module")
def controller_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    with Simulator() as simulator, pretend_awx() as awx:
        awx.add("organizations", name="Default")
        controller = Controller(awx, simulator, tmp_path_factory.mktemp("controller"))
        controller.setup()
        yield controller


# In this order: some need what others made. An answer is what a person types into the survey.
ORDER = ("contain", "contain_undo", "event_stream_create", "drain_and_group", "event_stream_duplicate", "tenant_export")
LAST = ("event_stream_delete",)
# No template of these does anything without hosts; roles and playbooks on hosts are tested in tests/roles.
FLEETS = {name: {"connector_hosts": "nobody"} for name in ("connector_uninstall", "connector_troubleshoot")}
# Templates that end with a refusal here, and what it says: a manifest is in the inventory, of which the jobs have none.
REFUSALS = {"connector_installers": "Set connector_deploy_installers (the manifest)"}
# Where somebody would get a message of it: what would be sent is shown.
CHECKED = ("notify",)


def answers_of(controller: Controller) -> dict[str, dict[str, Any]]:
    """Return what a person types where a question has no answer to offer."""
    computers = list(controller.simulator.cloud.tenant.computers)
    streams = ("stream of the job", "second stream")
    block_list = "Simple Custom Detection List"
    block = {name: {"block_hashes": SHA256} for name in ("block_everywhere", "block_verify")}
    listed = {name: {"block_hashes": SHA256, "block_list": block_list} for name in ("block_hash", "unblock_hash")}
    return {
        **block,
        **listed,
        **FLEETS,
        "contain": {"contain_hashes": SHA256, "contain_run_id": "job"},
        "contain_undo": {"contain_undo_run_id": "job"},
        "connector_service": {"connector_hosts": "nobody", "connector_service_state": "started"},
        "coverage": {"coverage_file": f"{STORAGE}/machines.txt"},
        "evaluate_trajectory": {"trajectory_computer": computers[0]},
        "event_stream_create": {"event_stream_name": "job", "event_stream_awx_credential": streams[0]},
        "event_stream_duplicate": {
            "event_stream_source": "job",
            "event_stream_name": "second",
            "event_stream_awx_credential": streams[1],
        },
        "event_stream_delete": {"event_stream_name": "second"},
        "hunt": {"hunt_observables": SHA256},
        "isolate_by_hash": {"isolate_hash": SHA256},
        "move_hosts": {"move_computers": computers[0], "move_to_group": "Triage"},
        "release": {"release_computers": computers[0]},
        "notify": {
            "notify_report_path": f"{STORAGE}/incidents.json",
            "notify_targets_path": f"{STORAGE}/targets.json",
            "notify_record_dir": f"{STORAGE}/notify",
        },
        "rulebook_block_hash": {"rulebook_sha256": SHA256, "rulebook_force": True, "block_list": block_list},
        "rulebook_isolate": {"rulebook_connector_guid": computers[0], "rulebook_force": True},
        "tenant_apply": {"tenant_apply_tree": f"{STORAGE}/tenant"},
        "tenant_drift": {"tenant_drift_tree": f"{STORAGE}/tenant"},
        "triage": {"triage_hash": SHA256},
    }


def test_every_template_runs_as_a_job_and_keeps_no_secret(controller: Controller) -> None:
    answers, awx = answers_of(controller), controller.awx
    (controller.folder / "persistent" / "machines.txt").write_text("pc-0001\n")
    targets = [{"name": "soc", "type": "webhook", "url": "https://hook.example.com/"}]
    (controller.folder / "persistent" / "targets.json").write_text(json.dumps({"notify_targets": targets}))
    names = {template["playbook"].removesuffix(".yml") for template in awx.objects["job_templates"]}
    rest = sorted(names - {*ORDER, *LAST})
    problems = {}
    secrets = {controller.simulator.api_key, TOKEN}
    for playbook in (*ORDER, *rest, *LAST):
        if playbook == "drain_and_group":
            stored = awx.named("credentials", "stream of the job")["inputs"]
            awx.named("credentials", "Secure Endpoint: event stream")["inputs"] = stored
            secrets.add(json.loads(stored["credentials"])["password"])
        ended = controller.launch(playbook, check=playbook in CHECKED, **answers.get(playbook, {}))
        if (ended.returncode == 0) is (playbook in REFUSALS) or REFUSALS.get(playbook, "PLAY") not in ended.output:
            problems[playbook] = ended.output[-1500:]
        if told := [secret for secret in secrets if secret in ended.kept()]:
            problems[f"{playbook} keeps"] = f"{len(told)} secrets"
    assert problems == {}
    kept = {str(path.relative_to(controller.folder / "persistent")) for path in controller.persistent()}
    assert {"contain/job.json", "incidents.html", "drift.json"} <= kept


@pytest.mark.parametrize(
    ("playbook", "answers"),
    [
        ("drain_and_group", {"drain_state_dir": "/srv/state"}),
        ("incident_report", {"incident_report_path": "incidents.html"}),
        (
            "event_stream_create",
            {
                "event_stream_name": "x",
                "event_stream_store": "file",
                "event_stream_credentials_path": "/runner/stream.json",
            },
        ),
    ],
)
def test_what_would_end_with_the_job_is_refused(controller: Controller, playbook: str, answers: dict[str, str]) -> None:
    if playbook == "drain_and_group":
        login = {"version": 1, "host": "127.0.0.1", "port": 1, "user_name": "u", "password": "p", "queue_name": "q"}
        stream = controller.awx.named("credentials", "Secure Endpoint: event stream")
        stream["inputs"] = stream["inputs"] or {"credentials": json.dumps({**login, "vhost": "/", "stream_id": "1"})}
    ended = controller.launch(playbook, **answers)
    assert ended.returncode != 0
    assert "this folder ends with the job" in ended.output, ended.output[-1500:]


def test_drift_is_applied_after_approval(controller: Controller) -> None:
    """From an empty controller to an approved repair: the same workflow that the schedule starts."""
    tree = f"{STORAGE}/drift"
    assert controller.launch("tenant_export", tenant_export_tree=tree).returncode == 0
    workflow = "drift check, approval, apply"
    answers = {"tenant_drift_tree": tree, "tenant_apply_tree": tree}
    assert controller.walk(workflow, **answers) == [("drift", "success")], "nothing differs, nobody is asked"
    (controller.folder / "persistent" / "drift" / "new.yml").write_text("groups:\n  New group: {}\n")
    assert [name for name, _ended in controller.walk(workflow, **answers)] == ["drift", "approval", "apply"]
    assert controller.walk(workflow, **answers) == [("drift", "success")]


def test_a_containment_is_previewed_and_approved(controller: Controller) -> None:
    seen = {event["computer"]["connector_guid"] for event in controller.simulator.control.outbreak(2)}
    for guid in seen:
        controller.simulator.control.set_computer(guid, isolation_supported=True)
    walked = controller.walk("report, approval, contain", contain_hashes=SHA256, contain_run_id="workflow")
    assert [name for name, _ended in walked] == ["report", "preview", "approval", "contain"]
    assert walked[-1] == ("contain", "success")
