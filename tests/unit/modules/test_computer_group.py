# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""computer_group: one PATCH for each computer that is elsewhere, few reads, and nothing claimed that was not seen."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import computer_group
from unit.scripted_cloud import GET, PATCH, Expected, Result, ScriptedCloud, run

ALL = "/v1/computers"
HERE = {"guid": "fedd82f8-c74f-49f4-a463-e576d3beee92", "name": "Suspicion"}
THERE = {"guid": "bb5a9f90-d6fa-4fe7-99c8-e91060b49a98", "name": "Workstations"}
GROUPS = GET("/v1/groups", limit=500).answers([HERE, THERE])


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def computer(number: int, group: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    group = group or THERE
    record = {"connector_guid": guid(number), "hostname": f"PC-{number:04d}", "groups": [group]}
    return {**record, "group_guid": group["guid"], **more}


def moves(number: int) -> Expected:
    return PATCH(f"{ALL}/{guid(number)}", group_guid=HERE["guid"])


def done(number: int) -> Expected:
    return moves(number).answers(computer(number, HERE), status=202)


def shows(number: int, group: dict[str, str] = HERE) -> Expected:
    """The look at one computer after its move."""
    return GET(f"{ALL}/{guid(number)}").answers(computer(number, group))


def run_it(*computers: str, **options: Any) -> Result:
    return run(computer_group, **{"computers": list(computers), "group": "Suspicion", "concurrency": 1, **options})


def test_only_those_that_are_elsewhere_are_moved(cloud: ScriptedCloud) -> None:
    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(1), computer(2, HERE), computer(3), computer(4)]))
    cloud.expects(done(1), done(3), GET(ALL, limit=500).answers([computer(1, HERE), computer(3, HERE)]))

    result = run_it(guid(1).upper(), guid(2), "pc-0003", guid(3))

    assert [(row["item"], row["outcome"], row["hostname"]) for row in result["computers"]] == [
        (guid(1).upper(), "moved", "PC-0001"),
        (guid(2), "already", "PC-0002"),
        ("pc-0003", "moved", "PC-0003"),
    ]
    assert result["counts"] == {"moved": 2, "already": 1}
    assert result["calls"] == {"planned": 2, "made": 2}
    assert result["group"] == HERE
    assert result.diff == (
        f"computers: PC-0001 ({guid(1)}): Workstations, PC-0003 ({guid(3)}): Workstations",
        f"computers: PC-0001 ({guid(1)}): Suspicion, PC-0003 ({guid(3)}): Suspicion",
    )


def test_check_mode_predicts_the_same_and_writes_nothing(cloud: ScriptedCloud) -> None:
    cloud.expects(GROUPS, GET(f"{ALL}/{guid(1)}").answers(computer(1)))
    predicted = run_it(guid(1), _check=True)
    cloud.expects(GROUPS, GET(f"{ALL}/{guid(1)}").answers(computer(1)), done(1), shows(1))
    did = run_it(guid(1))

    assert predicted["calls"] == {"planned": 1, "made": 0}
    not_compared = {"calls": 0, "check_mode": 0, "invocation": 0}
    assert {**predicted, **not_compared} == {**did, **not_compared}


def test_all_by_guid_and_there_already_is_one_read(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{ALL}/{guid(1)}").answers(computer(1, HERE)))

    result = run_it(guid(1), group=HERE["guid"].upper())

    assert not result.changed
    assert result["group"] == HERE


def test_a_group_by_guid_is_looked_at_before_anything_is_moved(cloud: ScriptedCloud) -> None:
    group = GET(f"/v1/groups/{HERE['guid']}")
    cloud.expects(GET(f"{ALL}/{guid(1)}").answers(computer(1)), group.answers(HERE), done(1), shows(1))
    assert run_it(guid(1), group=HERE["guid"]).changed

    cloud.expects(GET(f"{ALL}/{guid(1)}").answers(computer(1)), group.refuses(404, "Group not found"))
    assert f"The tenant has no group {HERE['guid']}. Nothing was changed." in run_it(guid(1), group=HERE["guid"]).msg


def test_an_unknown_group_is_refused_with_what_there_is(cloud: ScriptedCloud) -> None:
    cloud.expects(GROUPS)

    assert 'No groups are named "Suspicious"' in run_it(guid(1), group="Suspicious").msg


def test_unknown_and_ambiguous_computers_are_refused_together(cloud: ScriptedCloud) -> None:
    twice = [computer(1), computer(2, hostname="PC-0001", last_seen="2026-01-01T00:00:00Z", operating_system="Debian")]
    cloud.expects(GROUPS, GET(ALL, limit=500).answers(twice))

    result = run_it("PC-0001", guid(8), guid(9))

    assert '2 computers are named "PC-0001"' in result.msg
    assert f"{guid(2)} (last seen 2026-01-01T00:00:00Z, Debian)" in result.msg
    assert f"no computers have the id {guid(8)}; no computers have the id {guid(9)}" in result.msg


def test_no_computers_are_no_work(cloud: ScriptedCloud) -> None:
    cloud.expects(GROUPS)

    assert not run_it().changed


def test_a_computer_that_vanishes_fails_alone(cloud: ScriptedCloud) -> None:
    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(1), computer(2)]))
    cloud.expects(moves(1).refuses(404, "Computer not found"), done(2), shows(2))
    cloud.expects(GET(f"/v1/groups/{HERE['guid']}").answers(HERE))

    result = run_it(guid(1), guid(2))

    assert result.failed
    assert result.changed
    assert result["counts"] == {"failed": 1, "moved": 1}
    assert "1 computers failed" in result.msg
    assert "Running the task again does what is left" in result.msg


@pytest.mark.parametrize("status", [400, 404])
def test_a_group_that_is_deleted_meanwhile_ends_the_task_and_is_named(cloud: ScriptedCloud, status: int) -> None:
    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(number) for number in range(30)]))
    cloud.expects(done(0), *[moves(number).refuses(status, "Group not found") for number in range(1, 11)])
    cloud.expects(shows(0))
    cloud.expects(GET(f"/v1/groups/{HERE['guid']}").refuses(404, "Group not found"))

    result = run_it(*[guid(number) for number in range(30)])

    assert result["counts"] == {"moved": 1, "failed": 10, "not_tried": 19}
    assert f'The group "Suspicion" ({HERE["guid"]}) was deleted in the meantime.' in result.msg


def test_a_429_in_the_middle_ends_the_task_and_the_next_one_does_the_rest(cloud: ScriptedCloud) -> None:
    used_up = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "3000"}
    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(1), computer(2), computer(3)]))
    cloud.expects(done(1), moves(2).refuses(429, "Rate limit exceeded", used_up))

    result = run_it(guid(1), guid(2), guid(3))
    assert [row["outcome"] for row in result["computers"]] == ["moved", "failed", "not_tried"]

    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(1, HERE), computer(2), computer(3)]))
    cloud.expects(done(2), done(3), GET(ALL, limit=500).answers([computer(2, HERE), computer(3, HERE)]))
    assert run_it(guid(1), guid(2), guid(3))["counts"] == {"already": 1, "moved": 2}


@pytest.mark.parametrize("lost", [lambda call: call.cut(), lambda call: call.refuses(503)])
def test_a_lost_answer_is_decided_by_looking(cloud: ScriptedCloud, lost: Any) -> None:
    one = GET(f"{ALL}/{guid(1)}")
    cloud.expects(GROUPS, one.answers(computer(1)), lost(moves(1)), one.answers(computer(1, HERE)))
    assert run_it(guid(1))["counts"] == {"moved": 1}

    cloud.expects(GROUPS, one.answers(computer(1)), lost(moves(1)), one.answers(computer(1)), done(1), shows(1))
    assert run_it(guid(1))["calls"] == {"planned": 1, "made": 2}


@pytest.mark.parametrize("answer", [202, computer(1), computer(1, HERE)])
def test_what_was_accepted_is_looked_at_until_it_shows(cloud: ScriptedCloud, answer: Any) -> None:
    one = GET(f"{ALL}/{guid(1)}")
    cloud.expects(GROUPS, one.answers(computer(1)), moves(1).answers(answer, status=202))
    cloud.expects(one.answers(computer(1)), *[one.refuses(503)] * 4, one.answers(computer(1, HERE)))

    assert run_it(guid(1))["counts"] == {"moved": 1}


@pytest.mark.parametrize("group", [THERE, HERE])
def test_what_never_shows_is_a_failure_whatever_the_answer_said(cloud: ScriptedCloud, group: dict[str, str]) -> None:
    one = GET(f"{ALL}/{guid(1)}")
    cloud.expects(GROUPS, one.answers(computer(1)), moves(1).answers(computer(1, group), status=202))
    cloud.expects(*[one.answers(computer(1))] * 6)

    result = run_it(guid(1))

    assert result.failed
    assert not result.changed
    assert "the cloud accepted the move, but the group did not show in 6 looks" in result.msg


def test_three_hundred_are_one_page_and_their_moves_whatever_the_order(cloud: ScriptedCloud) -> None:
    cloud.any_order = True
    cloud.expects(GROUPS, GET(ALL, limit=500).answers([computer(number) for number in range(300)]))
    cloud.expects(*[done(number) for number in range(300)])
    cloud.expects(GET(ALL, limit=500).answers([computer(number, HERE) for number in range(300)]))

    result = run_it(*[guid(number) for number in range(300)], concurrency=8)

    assert [row["item"] for row in result["computers"]] == [guid(number) for number in range(300)]
    assert result["counts"] == {"moved": 300}
    assert len(cloud.requests) == 300 + 1 + 1 + 1
    assert result["diff"]["after"]["not_shown"] == "100 further computers"
