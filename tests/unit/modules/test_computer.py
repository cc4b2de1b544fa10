# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""computer: records go by name or by age, never more than allowed, never on a guess."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import computer
from unit.scripted_cloud import DELETE, GET, Expected, Result, ScriptedCloud, run

ALL = "/v1/computers"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def days_ago(days: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def record(number: int, days: float = 1, **more: Any) -> dict[str, Any]:
    seen = {"last_seen": days_ago(days), "operating_system": "Windows 10"}
    return {"connector_guid": guid(number), "hostname": f"PC-{number:04d}", **seen, **more}


def one(number: int) -> Expected:
    return GET(f"{ALL}/{guid(number)}")


def removal(number: int) -> Expected:
    return DELETE(f"{ALL}/{guid(number)}")


def gone(number: int) -> Expected:
    return removal(number).answers({"deleted": True, "connector_guid": guid(number)})


def run_it(**options: Any) -> Result:
    return run(computer, concurrency=1, **options)


def outcomes(result: Result) -> list[str]:
    return [row["outcome"] for row in result["computers"]]


def test_a_computer_is_removed_by_guid_and_one_that_is_not_there_is_fine(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([record(1), record(2)]), gone(1))

    result = run_it(computers=[guid(1), guid(9)])

    assert result.changed
    assert {(row["item"], row["outcome"]) for row in result["computers"]} == {(guid(9), "absent"), (guid(1), "removed")}
    assert result["before"]["computers"][0]["hostname"] == "PC-0001"
    assert result["diff"]["after"] == {"computers": []}
    assert result["diff"]["before"]["computers"][0].startswith(f"PC-0001 {guid(1)} (last seen ")
    assert result["calls"] == {"planned": 1, "made": 1}


def test_gone_already_is_no_change(cloud: ScriptedCloud) -> None:
    cloud.expects(one(1).refuses(404, "Computer not found"))

    result = run_it(computers=[guid(1)])

    assert not result.changed
    assert outcomes(result) == ["absent"]


def test_check_mode_predicts_the_same_and_writes_nothing(cloud: ScriptedCloud) -> None:
    it = record(1)
    cloud.expects(one(1).answers(it))
    predicted = run_it(computers=[guid(1)], _check=True)
    cloud.expects(one(1).answers(it), gone(1))
    did = run_it(computers=[guid(1)])

    not_compared = {"calls": 0, "check_mode": 0, "invocation": 0}
    assert {**predicted, **not_compared} == {**did, **not_compared}


def test_a_host_name_of_several_records_is_refused(cloud: ScriptedCloud) -> None:
    names = GET(ALL, **{"hostname[]": "PC", "limit": 500})
    cloud.expects(names.answers([record(1, hostname="PC"), record(2, hostname="pc")]))

    result = run_it(computers=["PC"])

    assert '2 computers are named "PC": give one of the ids' in result.msg


def test_the_same_computer_under_two_names_is_removed_once(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([record(1)]), gone(1))

    assert run_it(computers=["PC-0001", guid(1)])["counts"] == {"removed": 1}


def test_what_did_not_report_for_long_is_removed_oldest_first(cloud: ScriptedCloud) -> None:
    stale = GET(ALL, last_seen_over=90, limit=500)
    cloud.expects(stale.answers([record(1, 100), record(2, 400)]), gone(2), gone(1))

    assert [row["item"] for row in run_it(last_seen_over=90, max_removals=2)["computers"]] == [guid(2), guid(1)]


def test_a_filter_that_the_cloud_ignores_removes_nothing_else(cloud: ScriptedCloud) -> None:
    unknown = [record(3, last_seen=None), record(4, last_seen="never"), record(5, last_seen="2999-01-01")]
    answer = [record(1, 91), record(2, 89), *unknown]
    cloud.expects(GET(ALL, last_seen_over=90, limit=500).answers(answer), gone(1))

    assert run_it(last_seen_over=90, max_removals=5)["counts"] == {"removed": 1}


@pytest.mark.parametrize("check", [False, True])
def test_more_than_allowed_is_refused_with_examples(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(GET(ALL, last_seen_over=90, limit=500).answers([record(1, 100), record(2, 400)]))

    result = run_it(last_seen_over=90, max_removals=1, _check=check)

    assert f"2 computers would be removed, more than max_removals (1) allows: PC-0002 {guid(2)}" in result.msg


def test_named_ones_are_bounded_too_where_a_bound_is_given(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([record(1), record(2)]))

    assert "more than max_removals (1)" in run_it(computers=[guid(1), guid(2)], max_removals=1).msg


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"last_seen_over": 90}, "needs max_removals"),
        ({"last_seen_over": 0, "max_removals": 5}, "at least 1 day"),
        ({"computers": [guid(1)], "last_seen_over": 5}, "mutually exclusive"),
        ({}, "one of the following is required: computers, last_seen_over"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    cloud: ScriptedCloud, options: dict[str, Any], said: str
) -> None:
    assert said in run_it(**options).msg
    assert cloud.requests == []


def test_nothing_is_removed_on_the_strength_of_an_incomplete_list(cloud: ScriptedCloud) -> None:
    stale = {"last_seen_over": 90, "limit": 500}
    shrinking = [
        GET(ALL, **stale).answers([record(n, 100) for n in range(500)], total=501),
        GET(ALL, **stale, offset=500).answers([], total=499, offset=500),
    ]
    cloud.expects(*shrinking * 3)

    result = run_it(last_seen_over=90, max_removals=1000)

    assert "Nothing is removed on the strength of that" in result.msg


def test_deleted_false_is_a_failure_where_the_computer_is_still_there(cloud: ScriptedCloud) -> None:
    refused = removal(1).answers({"deleted": False, "connector_guid": guid(1)})
    cloud.expects(one(1).answers(record(1)), refused, one(1).answers(record(1)))

    result = run_it(computers=[guid(1)])

    assert result.failed
    assert not result.changed
    assert "deleted: false" in result.msg


@pytest.mark.parametrize("answer", [lambda call: call.answers({"deleted": False}), lambda call: call.refuses(404)])
def test_what_somebody_else_removed_is_done(cloud: ScriptedCloud, answer: Any) -> None:
    cloud.expects(one(1).answers(record(1)), answer(removal(1)), one(1).refuses(404, "Computer not found"))

    result = run_it(computers=[guid(1)])

    assert not result.changed
    assert result["computers"][0]["detail"] == "somebody else removed it in the meantime"


def test_a_404_for_what_is_still_there_is_a_failure(cloud: ScriptedCloud) -> None:
    cloud.expects(one(1).answers(record(1)), removal(1).refuses(404, "may only read"), one(1).answers(record(1)))

    assert "may only read" in run_it(computers=[guid(1)]).msg


@pytest.mark.parametrize("lost", [lambda call: call.cut(), lambda call: call.refuses(502)])
def test_a_lost_answer_is_decided_by_looking(cloud: ScriptedCloud, lost: Any) -> None:
    cloud.expects(one(1).answers(record(1)), lost(removal(1)), one(1).refuses(404))
    assert outcomes(run_it(computers=[guid(1)])) == ["removed"]

    cloud.expects(one(1).answers(record(1)), lost(removal(1)), one(1).answers(record(1)), gone(1))
    assert outcomes(run_it(computers=[guid(1)])) == ["removed"]


def test_one_failure_leaves_the_others_done_and_the_rest_for_the_next_run(cloud: ScriptedCloud) -> None:
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3000"}
    cloud.expects(GET(ALL, limit=500).answers([record(1), record(2), record(3)]))
    cloud.expects(gone(1), removal(2).refuses(429, "Rate limit exceeded", used_up))

    result = run_it(computers=[guid(1), guid(2), guid(3)])

    assert result.failed
    assert result.changed
    assert outcomes(result) == ["removed", "failed", "not_tried"]
    assert [row["hostname"] for row in result["before"]["computers"]] == ["PC-0001"]
