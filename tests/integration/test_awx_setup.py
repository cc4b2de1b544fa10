# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""awx_setup, with the modules of awx.awx, against a stand-in of AWX's API, which states its limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml

from .harness import CHECKOUT, Playbooks, PlayRun
from .pretend_awx import TOKEN, PretendAwx, pretend_awx

URL = "https://git.example.com/soc.git"
HOOK = "https://chat.example.com/hooks/not-for-the-log"
SETUP = "ampops.secure_endpoint.awx_setup"
# One template of each sort, with everything that can be chosen.
SOME = "connector_status, incident_report, tenant_apply, tenant_drift"
RUNS = count()
FEW = "tenant_apply, tenant_drift"


@pytest.fixture
def awx() -> Iterator[PretendAwx]:
    """Start an empty controller that can read a repository with the files of the shipped project."""
    with pretend_awx() as running:
        running.repositories[URL] = CHECKOUT / "extensions" / "awx" / "project"
        yield running


def run(awx: PretendAwx, folder: Path, *, check: bool = False, verbose: bool = False, **chosen: Any) -> PlayRun:
    awx.calls.clear()
    environment = {"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN, "ANSIBLE_PIPELINING": "1"}
    variables = {f"awx_setup_{name}": value for name, value in {"project_url": URL, **chosen}.items()}
    arguments = ("-vvvv",) if verbose else ()
    return Playbooks(environment, folder, next(RUNS)).run(SETUP, check=check, variables=variables, arguments=arguments)


def ended(played: PlayRun) -> dict[str, str]:
    """Every object that is not as it was, with its outcome."""
    records = played.task("Make the objects").result["objects"]
    return {f"{one['kind']} {one['name']}": one["outcome"] for one in records if one["outcome"] != "unchanged"}


def test_an_empty_controller_is_set_up_and_a_second_run_changes_nothing(awx: PretendAwx, tmp_path: Path) -> None:
    chosen = {"playbooks": SOME, "webhook": HOOK, "image": "registry.example.com/ee:1", "storage": "/srv/soc"}
    predicted = run(awx, tmp_path, check=True, organization="New", **chosen)
    assert predicted.returncode == 0, predicted.stdout
    assert awx.writes() == [], "check mode writes nothing"
    shown = {one["after_header"]: one for one in predicted.task("Make the objects").result["diff"]}
    assert "playbook: tenant_drift.yml\n" in shown["job_template Secure Endpoint: tenant_drift"]["after"]

    real = run(awx, tmp_path, verbose=True, organization="New", **chosen)
    assert real.returncode == 0, real.stdout + real.stderr
    assert ended(real) == ended(predicted)
    assert set(ended(real).values()) == {"created"}
    command_line, _, log = real.stdout.partition("\nPLAY [")
    assert "not-for-the-log" in command_line, "where the test gives it; Ansible shows that"
    assert "not-for-the-log" not in log + real.stderr
    assert "Next: fill in the credentials Secure Endpoint: API, Secure Endpoint: event stream" in real.stdout
    what_was_made(awx)

    again = run(awx, tmp_path, organization="New", **chosen)
    assert again.returncode == 0, again.stdout
    assert ended(again) == {}
    assert awx.writes() == []
    assert not any(again.changed.values())


def what_was_made(awx: PretendAwx) -> None:
    """The relations, which the modules make of names."""
    organization = awx.named("organizations", "New")["id"]
    drift = awx.named("job_templates", "Secure Endpoint: tenant_drift")
    assert drift["organization"] == organization
    assert drift["project"] == awx.named("projects", "Secure Endpoint: project")["id"]
    assert drift["execution_environment"] == awx.named("execution_environments", "Secure Endpoint: environment")["id"]
    assert awx.listed(drift, "credentials") == ["Secure Endpoint: API"]
    survey = yaml.safe_load((CHECKOUT / "playbooks/surveys/tenant_drift.yml").read_text())
    assert [one["variable"] for one in awx.surveys[drift["id"]]["spec"]] == [one["variable"] for one in survey["spec"]]
    offered = {one["variable"]: one["default"] for one in awx.surveys[drift["id"]]["spec"]}
    assert offered["tenant_drift_report_path"] == "/srv/soc/drift.json"
    assert offered["tenant_drift_tree"] == "tenant"

    nodes = {name: awx.named("workflow_job_template_nodes", name) for name in ("drift", "approval", "apply")}
    assert awx.listed(nodes["drift"], "failure_nodes") == ["approval"]
    assert awx.listed(nodes["approval"], "success_nodes") == ["apply"]
    assert nodes["drift"]["unified_job_template"] == drift["id"]
    asked = awx.named("workflow_approval_templates", "Apply the tree to the tenant?")
    assert nodes["approval"]["unified_job_template"] == asked["id"]
    workflow = awx.named("workflow_job_templates", "Secure Endpoint: drift check, approval, apply")
    assert awx.listed(workflow, "notification_templates_approvals") == ["Secure Endpoint: webhook"]
    schedule = awx.named("schedules", "Secure Endpoint: drift schedule")
    assert (schedule["unified_job_template"], schedule["enabled"]) == (workflow["id"], False)
    source = awx.named("inventory_sources", "Secure Endpoint: computers of the tenant")
    assert source["inventory"] == awx.named("inventories", "Secure Endpoint: computers")["id"]
    assert all(one["inputs"] == {} for one in awx.objects["credentials"]), "whoever has the values fills them in"


def test_the_bad_days_of_a_controller(awx: PretendAwx, tmp_path: Path) -> None:
    """One object refused, settings that somebody changed, names of somebody else, a credential type in use, removal."""
    awx.refused = {"Secure Endpoint: tenant_drift"}
    partly = run(awx, tmp_path, organization="SOC", playbooks=FEW)
    assert partly.returncode != 0
    reasons = {one["name"]: one["detail"] for one in partly.task("Make the objects").result["objects"]}
    refused = {name for name, outcome in ended(partly).items() if outcome == "refused"}
    assert refused == {"job_template Secure Endpoint: tenant_drift", "workflow_job_template_node drift"}
    assert "You don't have permission to POST" in reasons["Secure Endpoint: tenant_drift"]
    assert reasons["drift"] == "needs Secure Endpoint: tenant_drift, which was refused"
    assert awx.named("job_templates", "Secure Endpoint: tenant_apply")
    assert "2 of 14 objects refused" in partly.task("Fail where something is not as wanted").result["msg"]

    awx.refused = set()
    awx.named("job_templates", "Secure Endpoint: tenant_apply")["ask_diff_mode_on_launch"] = False
    awx.named("schedules", "Secure Endpoint: drift schedule")["enabled"] = True
    in_use = awx.named("credential_types", "Cisco Secure Endpoint API")
    in_use["inputs"] = {"fields": []}
    mended = run(awx, tmp_path, organization="SOC", playbooks=FEW)
    assert mended.returncode == 0, mended.stdout
    assert ended(mended) == {
        "job_template Secure Endpoint: tenant_drift": "created",
        "job_template Secure Endpoint: tenant_apply": "updated",
        "workflow_job_template_node drift": "created",
        "credential_type Cisco Secure Endpoint API": "kept",
    }
    assert "the controller changes none while credentials use it: Secure Endpoint: API" in mended.stdout
    assert awx.named("schedules", "Secure Endpoint: drift schedule")["enabled"], "that is for the user to say"

    theirs = awx.named("job_templates", "Secure Endpoint: tenant_apply")
    theirs |= {"description": "Mine", "ask_diff_mode_on_launch": False}
    foreign = run(awx, tmp_path, organization="SOC", playbooks=FEW)
    assert foreign.returncode != 0
    assert awx.writes() == []
    assert "there is one already that was not made here; ask_diff_mode_on_launch differ" in foreign.stdout
    adopted = run(awx, tmp_path, organization="SOC", playbooks=FEW, adopt="true")
    assert adopted.returncode == 0, adopted.stdout
    assert theirs["ask_diff_mode_on_launch"]
    removal(awx, tmp_path)


def removal(awx: PretendAwx, tmp_path: Path) -> None:
    """Everything goes that was made here, but what holds values or is of others."""
    awx.add("job_templates", name="Mine", organization=1, project=awx.objects["projects"][0]["id"], playbook="x.yml")
    awx.named("credentials", "Secure Endpoint: API")["inputs"] = {"api_key": "secret of the tenant"}
    predicted = run(awx, tmp_path, check=True, organization="SOC", playbooks=FEW, state="absent")
    assert awx.writes() == []
    removed = run(awx, tmp_path, organization="SOC", playbooks=FEW, state="absent")
    assert removed.returncode == 0, removed.stdout
    assert ended(removed) == ended(predicted)
    left = {kind: [one["name"] for one in objects] for kind, objects in awx.objects.items() if objects}
    assert left.pop("workflow_approval_templates"), "AWX has them without their node, too"
    assert left == {
        "organizations": ["SOC"],
        "credential_types": ["Cisco Secure Endpoint API"],
        "credentials": ["Secure Endpoint: API"],
        "job_templates": ["Mine"],
    }
    assert "secret of the tenant" not in removed.stdout
    again = run(awx, tmp_path, organization="SOC", playbooks=FEW, state="absent")
    assert set(ended(again).values()) == {"absent", "kept"}
    assert awx.writes() == []


def test_whichever_collection_is_installed_is_used(awx: PretendAwx, tmp_path: Path) -> None:
    missing = run(awx, tmp_path, playbooks="triage", collection="ansible.controller")
    assert missing.returncode != 0
    assert "ansible.controller is not installed. Install the one of your controller: for AWX" in missing.stdout

    collections = tmp_path / "collections"
    copied(Path(yaml.__file__).parents[1] / "ansible_collections/awx/awx", collections)
    paths = f"{collections}:{CHECKOUT / '.cache' / 'collections'}"
    environment = {"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN, "ANSIBLE_COLLECTIONS_PATH": paths}
    variables = {"awx_setup_project_url": URL, "awx_setup_playbooks": "triage"}
    awx.calls.clear()
    played = Playbooks(environment, tmp_path).run(SETUP, check=True, variables=variables)
    assert played.returncode == 0, played.stdout + played.stderr
    assert awx.calls
    assert all(path.startswith("/api/controller/v2/") for _method, path in awx.calls)


def copied(awx_collection: Path, collections: Path) -> None:
    """Make ansible.controller of awx.awx: both are built from one source, with another name and another root."""
    folder = collections / "ansible_collections/ansible/controller"
    shutil.copytree(awx_collection, folder, ignore=shutil.ignore_patterns("__pycache__", "tests"))
    api = folder / "plugins/module_utils/controller_api.py"
    api.write_text(api.read_text().replace('_COLLECTION_TYPE = "awx"', '_COLLECTION_TYPE = "controller"'))
