# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each job template of awx_setup fits its playbook: survey, credentials, what is asked for, where files last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import OPTIONS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.setup import Choices, setup_objects
from awx_project import DESCRIPTION, FOLDER, TYPES, files
from unit.collection.test_surveys import CHECKED, PLAYBOOKS, SURVEYS, tasks_of

CHECKOUT = PLAYBOOKS.parent


TEMPLATES = {template["playbook"]: template for template in DESCRIPTION["awx_templates"]}
STORAGE = "/srv/secure_endpoint"
API = set(yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text())["action_groups"]["api"])
# Roles that talk to the cloud, by one of the modules above.
ROLES_OF_THE_API = {"endpoint_report", "tenant_config"}
# What is refused where it would end with the job (R22): modules, and the roles and task files that use them.
KEPT_FOR_LATER = {"event_stream_drain", "report", "endpoint_report", "notify"}
A_PLACE = re.compile(r"_(?:dir|file|path|tree|report|output|tasks)$")


def objects(**choices: Any) -> dict[tuple[str, str], dict[str, Any]]:
    chosen = Choices(**{"project_url": "https://git.example.com/soc.git", **choices})
    made = setup_objects(DESCRIPTION, TYPES, SURVEYS, chosen)
    return {(one["kind"], one["settings"].get("workflow_job_template", "") + one["name"]): one for one in made}


def templates(**choices: Any) -> dict[str, dict[str, Any]]:
    found = objects(**choices).items()
    return {
        one["settings"]["playbook"].removesuffix(".yml"): one for (kind, _name), one in found if kind == "job_template"
    }


PLAIN, WITH_STORAGE = templates(), templates(storage=STORAGE)


def used_by(playbook: str) -> Iterator[str]:
    """Our modules and roles that the tasks of a playbook name."""
    for task in tasks_of(PLAYBOOKS / f"{playbook}.yml"):
        yield from (key.rpartition(".")[2] for key in task if str(key).startswith("ampops.secure_endpoint."))
        for role in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
            yield from [task[role]["name"].rpartition(".")[2]] if role in task else []


def variables_of(playbook: str) -> dict[str, dict[str, Any]]:
    """The variables of a playbook; those of the connector playbooks are the questions of their surveys."""
    if playbook in CHECKED:
        return CHECKED[playbook][1]
    return {
        question["variable"]: {"type": question["type"]} for question in SURVEYS.get(playbook, {"spec": []})["spec"]
    }


def offered(template: dict[str, Any], variable: str) -> Any:
    """What a template has for a variable: the answer that its survey offers, else the template's own variable."""
    spec = template["settings"].get("survey_spec", {"spec": []})["spec"]
    found = [question["default"] for question in spec if question["variable"] == variable]
    return found[0] if found else template["initial"].get("extra_vars", {}).get(variable, "")


def test_every_playbook_is_a_template_or_says_why_not() -> None:
    files = {file.stem for file in PLAYBOOKS.glob("*.yml")}
    assert files == TEMPLATES.keys() | DESCRIPTION["awx_no_templates"].keys()
    assert not TEMPLATES.keys() & DESCRIPTION["awx_no_templates"].keys()
    assert PLAIN.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_the_survey_is_that_of_the_playbook_and_offers_only_what_it_takes(playbook: str) -> None:
    template = WITH_STORAGE[playbook]["settings"]
    assert template["survey_enabled"] is (playbook in SURVEYS)
    if playbook not in SURVEYS:
        assert "survey_spec" not in template
        return
    for shipped, asked in zip(SURVEYS[playbook]["spec"], template["survey_spec"]["spec"], strict=True):
        assert {**asked, "default": ""} == {**shipped, "default": ""}
        if asked["default"] != shipped["default"]:
            assert asked["default"] in asked.get("choices", [asked["default"]])
            assert len(str(asked["default"])) <= asked.get("max", 1024)


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_the_credentials_are_those_that_the_playbook_uses(playbook: str) -> None:
    used = set(used_by(playbook))
    text = (PLAYBOOKS / f"{playbook}.yml").read_text()
    needs = {"api"} if used & (API | ROLES_OF_THE_API) or "group/ampops.secure_endpoint.api" in text else set()
    needs |= {"event_stream"} if "event_stream_drain" in used else set()
    needs |= {"controller"} if "event_stream_awx_credential" in text else set()
    assert set(TEMPLATES[playbook].get("credentials", [])) == needs
    names = {"api": "Secure Endpoint: API", "event_stream": "Secure Endpoint: event stream"}
    assert set(PLAIN[playbook]["settings"]["credentials"]) == {names[kind] for kind in needs - {"controller"}}


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_every_place_that_a_playbook_reads_or_writes_is_in_the_table(playbook: str) -> None:
    template, options = TEMPLATES[playbook], variables_of(playbook)
    places = {name for name, option in options.items() if option["type"] == "path" or A_PLACE.search(name)}
    if playbook in ("connector_deploy", "connector_installers", "connector_upgrade"):
        places |= {name for name in OPTIONS if name.startswith("connector_deploy_") and A_PLACE.search(name)}
    listed = {*template.get("reads", []), *template.get("storage", {})}
    assert listed == places, "reads or storage in playbooks/vars/awx_setup.yml"
    assert ("lost" in template) is bool(template.get("storage"))


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_what_would_be_lost_with_the_job_is_refused_where_it_says_so(playbook: str) -> None:
    kept = set(used_by(playbook)) & KEPT_FOR_LATER or "event_stream_credentials_path" in TEMPLATES[playbook].get(
        "storage", {}
    )
    assert (TEMPLATES[playbook].get("lost") == "refused") is bool(kept)


@pytest.mark.parametrize("playbook", [name for name, one in TEMPLATES.items() if "storage" in one])
def test_with_a_persistent_folder_the_survey_offers_places_in_it(playbook: str) -> None:
    for variable, place in TEMPLATES[playbook]["storage"].items():
        assert offered(WITH_STORAGE[playbook], variable) == f"{STORAGE}/{place}"
        assert offered(PLAIN[playbook], variable) == ""


@pytest.mark.parametrize("playbook", TEMPLATES)
def test_a_template_asks_at_launch_for_what_no_survey_can(playbook: str) -> None:
    template = PLAIN[playbook]["settings"]
    unasked = variables_of(playbook).keys() - {one["variable"] for one in SURVEYS.get(playbook, {"spec": []})["spec"]}
    assert template["ask_variables_on_launch"] or not unasked
    play = yaml.safe_load((PLAYBOOKS / f"{playbook}.yml").read_text())[-1]
    elsewhere = play["hosts"] != "localhost" or playbook == "coverage"
    assert template["ask_inventory_on_launch"] is elsewhere
    if TEMPLATES[playbook].get("hosts"):
        assert template["ask_credential_on_launch"]
        assert template["ask_limit_on_launch"]


def test_a_job_that_writes_to_the_controller_asks_for_that_credential_or_has_it() -> None:
    assert PLAIN["event_stream_create"]["settings"]["ask_credential_on_launch"]
    has_it = templates(controller_credential="this controller")["event_stream_create"]
    assert not has_it["settings"]["ask_credential_on_launch"]
    assert has_it["settings"]["credentials"] == ["Secure Endpoint: API", "this controller"]
    assert offered(has_it, "event_stream_store") == "awx"
    assert offered(has_it, "event_stream_awx_organization") == "Default"


@pytest.mark.parametrize("workflow", DESCRIPTION["awx_workflows"], ids=lambda workflow: workflow["name"])
def test_a_node_answers_only_what_its_template_asks_and_follows_a_node(workflow: dict[str, Any]) -> None:
    made = objects()
    prefix = f"Secure Endpoint: {workflow['name']}"
    nodes = {name: one["settings"] for (kind, name), one in made.items() if kind == "workflow_job_template_node"}
    names = [node["name"] for node in workflow["nodes"]]
    followed = {name for node in workflow["nodes"] for ended in node.get("then", {}).values() for name in ended}
    assert followed == set(names[1:]), "each but the first comes after another"
    for node in workflow["nodes"]:
        if "approval" in node:
            assert nodes[prefix + node["name"]]["approval_node"]["name"] == node["approval"]
            continue
        template = PLAIN[node["playbook"]]["settings"]
        assert template["ask_job_type_on_launch"] or "job_type" not in node
        asked = {one["variable"] for one in template["survey_spec"]["spec"]}
        assert set(node.get("without_storage", {})) <= asked


def test_nothing_acts_before_a_person_approved() -> None:
    """Before the approval stand templates that change nothing, or check mode."""
    for workflow in DESCRIPTION["awx_workflows"]:
        approval = next(node for node in workflow["nodes"] if "approval" in node)
        before = workflow["nodes"][: workflow["nodes"].index(approval)]
        assert all(node.get("job_type") == "check" or not TEMPLATES[node["playbook"]].get("check") for node in before)
        assert approval["then"].keys() == {"success"}
        (acting,) = [node["name"] for node in workflow["nodes"] if node not in before and node is not approval]
        assert approval["then"]["success"] == [acting]


def test_choices_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="either awx_setup_project_url or awx_setup_project_folder"):
        objects(project_folder="soc")
    with pytest.raises(ValueError, match="no template for contian; there are block_everywhere"):
        objects(playbooks="contian, triage")


def test_only_what_belongs_to_the_chosen_playbooks_is_made() -> None:
    made = objects(playbooks="tenant_drift,tenant_apply")
    assert [name for kind, name in made if kind in ("job_template", "workflow_job_template", "schedule")] == [
        "Secure Endpoint: tenant_apply",
        "Secure Endpoint: tenant_drift",
        "Secure Endpoint: drift check, approval, apply",
        "Secure Endpoint: drift schedule",
    ]
    assert not [name for kind, name in made if kind == "inventory_source"], "no template works on computers"


def test_the_report_is_scheduled_only_where_it_lasts() -> None:
    scheduled = {name for kind, name in objects(storage=STORAGE) if kind == "schedule"}
    assert scheduled == {"Secure Endpoint: drift schedule", "Secure Endpoint: report schedule"}
    assert ("schedule", "Secure Endpoint: report schedule") not in objects()


def test_notifications_go_to_what_is_scheduled_and_to_who_approves() -> None:
    made = objects(notify="mail, chat", webhook="https://hook.example.com")
    workflow = made["workflow_job_template", "Secure Endpoint: drift check, approval, apply"]["settings"]
    everybody = ["mail", "chat", "Secure Endpoint: webhook"]
    assert workflow["notification_templates_approvals"] == workflow["notification_templates_error"] == everybody
    assert (
        made["job_template", "Secure Endpoint: incident_report"]["settings"]["notification_templates_error"]
        == everybody
    )


def test_the_guide_says_which_templates_need_persistent_storage() -> None:
    guide = (CHECKOUT / "docs/docsite/rst/guide_awx.rst").read_text()
    rows = dict(re.findall(r"^   \* - ``(\w+)``\n     - .*\n     - (.*)$", guide, re.MULTILINE))
    wanted = {name: one["lost"] for name, one in TEMPLATES.items() if "lost" in one}
    assert {name: text if text != "Refused: nothing is done." else "refused" for name, text in rows.items()} == wanted


def test_the_project_and_the_credential_types_that_ship_are_those_of_the_description() -> None:
    shipped = {path.relative_to(FOLDER): path.read_text() for path in FOLDER.rglob("*") if path.is_file()}
    assert shipped == files(), "run `python tests/awx_project.py`"


def test_awx_lists_every_playbook_of_the_project() -> None:
    """By the expression of AWX 24; see tests/integration/pretend_awx.py."""
    listed = re.compile(r"^\s*?-?\s*?(?:hosts|include|import_playbook):\s*?.*?$", re.MULTILINE)
    assert all(listed.search(file.read_text()) for file in (FOLDER / "project").glob("*.yml"))
    assert {file.stem for file in (FOLDER / "project").glob("*.yml")} == TEMPLATES.keys()
