# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports and the record of contain and contain_undo, on good days and bad ones."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ampops.secure_endpoint.plugins.filter.contain_record import contain_record
from ansible_collections.ampops.secure_endpoint.plugins.filter.contain_run import contain_run
from ansible_collections.ampops.secure_endpoint.plugins.filter.response_report import response_report

try:
    from ansible.template import trust_as_template as trusted
except ImportError:  # before ansible-core 2.19 every text is

    def trusted(value: str) -> str:
        return value


DIGEST = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
LIST = {"guid": "e773a9eb-296c-40df-98d8-bed46322589d", "name": "Blocked", "type": "simple_custom_detections"}
USED = {**LIST, "policies": [{"guid": "1", "name": "Guard"}, {"guid": "2", "name": "Guard"}]}
MARK = "Contained (contain monday)"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def computer(number: int, outcome: str, detail: str | None = None) -> dict[str, Any]:
    return {
        "item": guid(number),
        "connector_guid": guid(number),
        "hostname": f"PC-{number:04d}",
        "outcome": outcome,
        "detail": detail,
        "status": "isolated" if outcome == "changed" else "not_isolated",
    }


def saw(*numbers: int, silent: tuple[int, ...] = ()) -> dict[str, Any]:
    computers = [
        {"connector_guid": guid(one), "silent": one in silent, "pivot_url": f"https://console/{one}"} for one in numbers
    ]
    summary = {"observable": DIGEST, "seen": len(numbers), "silent": len(silent), "partial": []}
    return {"computers": computers, "observables": [summary]}


def results(**more: Any) -> dict[str, Any]:
    entries = {"counts": {"added": 1}, "entries": [{"item": DIGEST, "outcome": "added", "detail": None}]}
    return {
        "run_id": "monday",
        "record": "/records/monday.json",
        "mark": MARK,
        "tenant": "eu",
        "now": "2026-11-29T10:00:00Z",
        "hashes": [DIGEST],
        "lists": {"file_lists": [USED, {**LIST, "guid": "unused", "policies": []}]},
        "entries": {"results": [entries]},
        "seen": saw(),
        **more,
    }


def report(kind: str, given: dict[str, Any], **options: Any) -> Any:
    return response_report(given, kind, console={"region": "eu"}, width=100, **options)


def test_nobody_saw_the_file_and_none_is_said_in_words() -> None:
    made = report("contain", results())

    assert made["lines"] == [
        "1 file on 1 list that policies use: 1 added",
        "no computers saw it",
        "",
        "Needs a person:",
        "none",
        "",
        "Computers:",
        "none",
        "",
        "Files:",
        "file                                                              blocked         seen by  silent",
        f"{DIGEST}  on 1 of 1 list  0        0",
        f"  https://console.eu.amp.cisco.com/file/trajectory/{DIGEST}",
        "",
        "List Blocked: used by the policies Guard",
        "Run monday, recorded in /records/monday.json",
        "To undo it: ansible-playbook ampops.secure_endpoint.contain_undo -e contain_undo_run_id=monday",
    ]
    assert made["problem"] == ""
    assert made["counts"] == {"files": 1, "lists": 1, "seen": 0, "silent": 0}


def test_a_record_that_ends_with_its_job_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", "/runner/artifacts/7")
    lines = report("contain", results(record="/runner/records/monday.json"))["lines"]
    assert any(line.startswith("The record will be lost (this folder ends with the job") for line in lines)


def test_half_of_the_hosts_cannot_be_isolated_and_are_named_first_and_in_the_failure() -> None:
    plan = [computer(one, "changed" if one % 2 else "not_available", "no such policy") for one in range(1, 5)]
    done = [computer(one, "changed") for one in (1, 3)]
    made = report(
        "contain", results(seen=saw(1, 2, 3, 4, silent=(2,)), plan={"computers": plan}, isolation={"computers": done})
    )

    assert made["lines"][1] == "4 computers saw it, 1 of them raised no event: 2 isolated, 2 cannot be isolated"
    urgent = made["lines"][made["lines"].index("Needs a person:") : made["lines"].index("Computers:")]
    assert [line.split("  ")[0] for line in urgent if line.startswith("PC-")] == ["PC-0002", "PC-0004"]
    assert "raised none" in urgent[2]
    assert made["problem"] == (
        "2 of 4 computers not isolated: not available: PC-0002, PC-0004. The first reason: no such policy."
    )


def test_twenty_thousand_matches_are_refused_in_a_short_table() -> None:
    plan = [computer(one, "changed") for one in range(20_000)]
    made = report(
        "contain", results(seen=saw(*range(20_000)), plan={"computers": plan}, entries={}, too_many="Too many.")
    )

    assert made["problem"] == "Too many."
    assert "20000 would be isolated" in made["lines"][1]
    assert "and 19980 more" in made["lines"]
    assert len(made["lines"]) < 70
    assert made["lines"][-1] == "Nothing was changed."


def test_where_the_limit_was_reached_the_rest_is_named_as_not_tried() -> None:
    plan = [computer(one, "changed") for one in (1, 2)]
    made = report(
        "contain", results(seen=saw(1, 2), plan={"computers": plan}, isolation={"msg": "HTTP 429", "failed": False})
    )

    assert made["problem"] == "2 of 2 computers not isolated: not tried: PC-0001, PC-0002. The first reason: HTTP 429."


def test_a_list_that_no_policy_uses_blocks_nothing() -> None:
    made = report("contain", results(lists={"file_lists": [LIST]}, entries={"results": [], "skipped": True}))
    assert made["problem"] == "No list of this type is used by a policy, so nothing is blocked."


def test_a_host_named_like_a_terminal_command_stays_text() -> None:
    hostile = {**computer(1, "failed"), "hostname": "\x1b[2J{{ lookup('pipe', 'id') }}"}
    made = report("contain", results(seen=saw(1), plan={"computers": [hostile]}))
    assert "\x1b" not in "".join(made["lines"]) + made["problem"]


def test_the_record_holds_what_was_set_out_to_do_and_keeps_it_where_a_run_is_continued() -> None:
    plan = [computer(1, "changed"), computer(2, "already"), computer(3, "excluded")]
    first = contain_record(results(plan={"computers": plan}))
    assert [(one["hostname"], one["outcome"]) for one in first["computers"]] == [("PC-0001", "planned")]
    assert first["lists"] == [LIST]
    assert first["finished"] is None

    again = [computer(1, "already"), computer(4, "changed")]
    second = contain_record(
        results(
            hashes=["f" * 64],
            now="later",
            plan={"computers": again},
            isolation={"computers": [again[1]]},
            finished="2026-11-29T10:05:00Z",
        ),
        first,
    )

    assert [(one["hostname"], one["outcome"]) for one in second["computers"]] == [
        ("PC-0001", "planned"),
        ("PC-0004", "changed"),
    ]
    assert second["files"] == [DIGEST, "f" * 64]
    assert second["started"] == "2026-11-29T10:00:00Z"


def test_a_record_is_read_back_and_its_texts_are_never_templates() -> None:
    hostile = {**computer(1, "changed"), "hostname": "{{ lookup('pipe', 'id') }}"}
    record = contain_record(results(plan={"computers": [hostile]}))

    read = contain_run(json.dumps(record), tenant="eu")

    assert read == record
    templar = Templar(DataLoader(), variables={"run": read})
    assert templar.template(trusted("{{ run.computers }}"))[0]["hostname"] == hostile["hostname"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tenant": "na"}, 'The run was in the tenant "na", and this is "eu". Nothing was changed.'),
        ({"version": 2}, "not a record of version 1"),
        ({"files": ["x"]}, "not a record of version 1"),
        ({"computers": [{"connector_guid": "{{ 1 }}"}]}, "not a record of version 1"),
    ],
)
def test_what_is_no_record_of_this_tenant_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(AnsibleFilterError, match=re.escape(told)):
        contain_run(json.dumps({**contain_record(results()), **change}), tenant="eu")


def test_an_undo_lists_what_it_left_and_who_made_it_their_own() -> None:
    entries = [
        {"item": DIGEST, "outcome": "removed", "detail": None},
        {"item": "f" * 64, "outcome": "description_differs", "detail": 'it has the description "Mine"'},
    ]
    isolation = [
        computer(1, "changed"),
        computer(2, "left", 'its isolation has the comment "Mine"'),
        computer(3, "unknown"),
    ]
    given = {
        "run_id": "monday",
        "entries": {"results": [{"file_list": LIST, "entries": entries}]},
        "isolation": {"computers": isolation},
    }
    made = report("contain_undo", given)

    assert made["lines"][:3] == [
        "Run monday",
        "Entries: 1 removed, 1 left",
        "Computers: 1 released, 1 left isolated, 1 not in the tenant",
    ]
    assert 'PC-0002  left isolated  its isolation has the comment "Mine"' in made["lines"]
    assert made["problem"] == ""
    assert "would be released" in report("contain_undo", given, check_mode=True)["lines"][2]


def test_a_kind_that_is_none_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="kind must be one of block, "):
        response_report({}, "cook")
