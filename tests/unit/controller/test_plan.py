# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run does with each object, from what the controller has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.plan import (
    Current,
    Step,
    Wanted,
    blocked_by,
    calls_of,
    in_order,
    keep_used_types,
    removal_of,
    same,
    step_of,
)

MARK = "ampops.secure_endpoint"
OURS = f"Contain files. Made by {MARK}"
TEMPLATE = Wanted(
    "job_template", "contain", {"organization": "SOC", "playbook": "contain.yml", "limit": ""}, {"description": OURS}
)
TYPE = Wanted("credential_type", "API", {"inputs": {"fields": [1]}, "injectors": {"env": {}}})


def step(wanted: Wanted, *found: Current, elsewhere: tuple[str, ...] = (), adopt: bool = False) -> Step:
    return step_of(wanted, found, elsewhere, MARK, adopt)


def has(wanted: Wanted, description: str = OURS, **other: Any) -> Current:
    return Current({**wanted.settings, **other}, description)


def test_what_is_not_there_is_created_with_its_initial_settings() -> None:
    planned = step(TEMPLATE)
    assert planned.action == "create"
    assert planned.after == {**TEMPLATE.settings, "description": OURS}


def test_what_is_as_wanted_is_left_alone_whoever_made_it() -> None:
    assert step(TEMPLATE, has(TEMPLATE)).action == "unchanged"
    assert step(TEMPLATE, has(TEMPLATE, description="Mine, and better described")).action == "unchanged"


def test_a_setting_that_somebody_changed_is_mended_and_told() -> None:
    planned = step(TEMPLATE, has(TEMPLATE, playbook="other.yml"))
    assert (planned.action, planned.detail) == ("update", "playbook")
    assert (planned.before, planned.after) == ({"playbook": "other.yml"}, {"playbook": "contain.yml"})


def test_an_object_of_somebody_else_is_refused_unless_it_is_taken_over() -> None:
    theirs = has(TEMPLATE, description="Mine", playbook="mine.yml")
    refused = step(TEMPLATE, theirs)
    assert refused.action == "refuse"
    assert refused.detail == "there is one already that was not made here; playbook differ"
    taken = step(TEMPLATE, theirs, adopt=True)
    assert taken.action == "update"
    assert taken.after["description"] == OURS, "so that the next run knows it"


def test_a_name_that_another_organization_has_is_refused() -> None:
    planned = step(TEMPLATE, elsewhere=("the organization B",))
    assert planned.detail == "the name is taken in the organization B, and the modules go by names: choose another"


def test_the_inputs_of_a_credential_type_in_use_are_kept() -> None:
    used = Current({"inputs": {"fields": []}, "injectors": {}}, OURS, users=["soc", "lab"])
    planned = step(TYPE, used)
    assert planned.action == "keep"
    assert planned.detail == "its inputs differ, and the controller changes none while credentials use it: soc, lab"
    assert step(TYPE, used._replace(users=[])).action == "update"
    injectors_only = used._replace(settings={**TYPE.settings, "injectors": {}})
    assert step(TYPE, injectors_only).action == "update"


def test_a_credential_without_values_says_so() -> None:
    credential = Wanted("credential", "API", {"credential_type": "API"})
    assert step(credential).detail == "it has no values yet"
    assert step(credential, has(credential)).detail == "it has no values yet"
    assert step(credential, has(credential)._replace(filled=True)).detail == ""


@pytest.mark.parametrize(
    ("wanted", "found", "equal"),
    [
        (["a", "b"], ["b", "a"], True),
        (["a"], ["a", "b"], False),
        ("", None, True),
        (False, None, False),
        ({"url": "x"}, {"url": "x", "method": "POST"}, False),
    ],
)
def test_when_a_setting_is_the_same(wanted: Any, found: Any, equal: bool) -> None:
    assert same(wanted, found) is equal


def test_a_setting_to_which_the_controller_adds_is_compared_in_part() -> None:
    found = {"url": "x", "method": "POST", "password": "$encrypted$"}
    assert same({"url": "x", "password": "new"}, found, partly=True), "no secret can be compared"
    assert not same({"url": "y"}, found, partly=True)


def test_removal_takes_only_what_was_made_here_and_holds_nothing() -> None:
    credential = Wanted("credential", "API", {"credential_type": "API"})
    organization = Wanted("organization", "SOC", {})
    assert removal_of(TEMPLATE, [], MARK).action == "absent"
    assert removal_of(TEMPLATE, [has(TEMPLATE)], MARK).action == "remove"
    assert removal_of(TEMPLATE, [has(TEMPLATE, description="")], MARK).detail == "it was not made here"
    assert removal_of(credential, [has(credential)._replace(filled=True)], MARK).detail == "it holds values"
    assert removal_of(organization, [has(organization)], MARK).detail == "with it goes everything in it"


def test_a_credential_type_goes_only_after_the_last_credential_of_it() -> None:
    credential = Step(Wanted("credential", "soc", {}), "remove")
    steps = [credential, Step(TYPE, "remove")]
    assert [step.action for step in keep_used_types(steps, {"API": ["soc"]})] == ["remove", "remove"]
    kept = keep_used_types(steps, {"API": ["soc", "lab"]})[1]
    assert (kept.action, kept.detail) == ("keep", "credentials use it: lab")


def test_an_approval_and_what_follows_it_are_two_calls() -> None:
    settings = {"workflow_job_template": "w", "approval_node": {"name": "Act?"}, "success_nodes": ["act"]}
    first, second = calls_of(step(Wanted("workflow_job_template_node", "ask", settings)))
    assert first == {
        "identifier": "ask",
        "workflow_job_template": "w",
        "approval_node": {"name": "Act?"},
        "state": "present",
    }
    assert second == {"identifier": "ask", "workflow_job_template": "w", "success_nodes": ["act"], "state": "present"}
    assert calls_of(step(TEMPLATE)) == [
        {"name": "contain", **TEMPLATE.settings, "description": OURS, "state": "present"}
    ]


def test_what_needs_a_refused_object_is_not_tried() -> None:
    schedule = Wanted("schedule", "daily", {"unified_job_template": "contain"})
    node = Wanted("workflow_job_template_node", "ask", {"success_nodes": ["act"]})
    refused = [("job_templates", "contain"), ("workflow_job_template_nodes", "act")]
    assert blocked_by(schedule, refused) == "contain"
    assert blocked_by(node, refused) == "act"
    assert blocked_by(TEMPLATE, refused) is None
    assert blocked_by(schedule, [("projects", "contain")]) is None


def test_objects_come_in_the_order_in_which_they_need_each_other() -> None:
    kinds = ("schedule", "workflow_job_template_node", "job_template", "project", "organization")
    wanted = [Wanted(kind, "x", {}) for kind in kinds]
    assert [one.kind for one in in_order(wanted)] == list(reversed(kinds))
    removing = [one.kind for one in in_order(wanted, removing=True)]
    assert removing == ["schedule", "job_template", "project", "organization"], "a node goes with its workflow"
