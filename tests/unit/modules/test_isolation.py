# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""isolation: each state leads where R25 says, in the fewest requests, and success is what a read says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import isolation
from unit.scripted_cloud import DELETE, GET, OPTIONS, PUT, Expected, Result, ScriptedCloud, run

ALL = "/v1/computers"
POLICY = {"guid": "75f5a2b7-2875-41c1-9a11-0b212f347a08", "name": "Guard"}


@pytest.fixture(autouse=True)
def _time_of_the_test(cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses take no time, so the clock that `wait_timeout` goes by is the one that they move."""
    monkeypatch.setattr("time.monotonic", cloud.clock)


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def computer(number: int, status: str | None, available: bool = True) -> dict[str, Any]:
    record = {"connector_guid": guid(number), "hostname": f"PC-{number:04d}", "operating_system": "Windows 11"}
    block = {} if status is None else {"isolation": {"available": available, "status": status}}
    return {**record, "policy": POLICY, **block}


def is_read(number: int, status: str | None, available: bool = True) -> Expected:
    return GET(f"{ALL}/{guid(number)}").answers(computer(number, status, available))


def own(number: int) -> str:
    return f"{ALL}/{guid(number)}/isolation"


def asked(number: int, allow: str = "OPTIONS, GET, PUT") -> Expected:
    return OPTIONS(own(number)).answers(204, headers={"Allow": allow})


def started(number: int, status: str = "pending_start", **body: Any) -> Expected:
    return PUT(own(number), **body).answers({"available": True, "status": status, "unlock_code": "gdkxjk"})


def stopped(number: int) -> Expected:
    return DELETE(own(number)).answers({"available": True, "status": "pending_stop"})


def shows(number: int, status: str, available: bool = True, **more: Any) -> Expected:
    return GET(own(number)).answers({"available": available, "status": status, **more})


def run_it(*computers: str, **options: Any) -> Result:
    return run(isolation, **{"computers": list(computers), "concurrency": 1, **options})


def outcomes(result: Result) -> list[tuple[str, str]]:
    return [(row["outcome"], row["status"]) for row in result["computers"]]


def test_a_free_computer_is_asked_isolated_and_waited_for(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1, comment="why"))
    cloud.expects(is_read(1, "pending_start"), is_read(1, "isolated"))

    result = run_it(guid(1), comment="why")

    assert outcomes(result) == [("changed", "isolated")]
    assert result.changed
    assert result.diff == (
        f"computers: PC-0001 ({guid(1)}): not_isolated",
        f"computers: PC-0001 ({guid(1)}): isolated",
    )
    assert result["calls"] == {"planned": 1, "made": 1}
    assert cloud.pauses == [2.0, 3.0]
    assert "unlock_code" not in result["computers"][0]


def test_check_mode_predicts_and_only_reads(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1))
    predicted = run_it(guid(1), _check=True)
    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1), is_read(1, "isolated"))
    did = run_it(guid(1))

    for name in ("changed", "before", "after", "diff", "counts"):
        assert predicted[name] == did[name], name


@pytest.mark.parametrize("status", ["isolated", "pending_start", "pending_stop"])
def test_check_mode_predicts_every_state(cloud: ScriptedCloud, status: str) -> None:
    cloud.expects(is_read(1, status))
    assert run_it(guid(1), _check=True).changed is (status == "pending_stop")


@pytest.mark.parametrize("call", ["OPTIONS", "PUT"])
def test_405_means_that_isolation_is_not_available(cloud: ScriptedCloud, call: str) -> None:
    """Some clouds answer so where the policy does not allow it (api-contract 16)."""
    cloud.expects(is_read(1, "not_isolated"))
    if call == "OPTIONS":
        cloud.expects(OPTIONS(own(1)).refuses(405))
    else:
        cloud.expects(asked(1), PUT(own(1)).refuses(405), shows(1, "not_isolated"))

    result = run_it(guid(1))

    assert outcomes(result) == [("not_available", "not_isolated")]
    assert result.failed


def test_an_isolated_computer_is_one_read(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "isolated"))

    result = run_it(guid(1))

    assert not result.changed
    assert outcomes(result) == [("already", "isolated")]


def test_one_that_is_on_its_way_is_waited_for_and_unchanged(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "pending_start"), is_read(1, "pending_start"), is_read(1, "isolated"))

    result = run_it(guid(1))

    assert not result.changed
    assert outcomes(result) == [("already", "isolated")]


def test_a_release_under_way_ends_before_the_isolation_begins(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "pending_stop"), is_read(1, "not_isolated"), asked(1), started(1), is_read(1, "isolated"))

    assert outcomes(run_it(guid(1))) == [("changed", "isolated")]


def test_one_that_is_not_available_is_not_asked(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated", available=False))

    result = run_it(guid(1))

    assert result.failed
    assert outcomes(result) == [("not_available", "not_isolated")]
    assert "the operating system (Windows 11)" in result.msg
    assert "the policy (Guard)" in result.msg


def test_no_put_in_allow_is_not_available_and_the_task_may_go_on(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1, "options, get"))

    result = run_it(guid(1), fail_on=["failed"])

    assert not result.failed
    assert not result.changed
    assert result["counts"] == {"not_available": 1}


def test_without_precheck_the_refusal_is_understood(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), PUT(own(1)).refuses(409, "no"), shows(1, "not_isolated", available=False))

    assert outcomes(run_it(guid(1), precheck="none")) == [("not_available", "not_isolated")]


@pytest.mark.parametrize("refusal", [400, 403, 404, 409, 422])
def test_whatever_status_says_that_somebody_was_quicker(cloud: ScriptedCloud, refusal: int) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), PUT(own(1)).refuses(refusal, "busy"), shows(1, "isolated"))

    result = run_it(guid(1))

    assert not result.failed
    assert outcomes(result) == [("already", "isolated")]
    assert not result.changed


def test_a_conflict_is_re_entered_once(cloud: ScriptedCloud) -> None:
    conflict = PUT(own(1)).refuses(409, "Conflict")
    cloud.expects(is_read(1, "not_isolated"), asked(1), conflict, shows(1, "not_isolated"), started(1))
    cloud.expects(is_read(1, "isolated"))
    assert outcomes(run_it(guid(1))) == [("changed", "isolated")]

    cloud.expects(is_read(1, "not_isolated"), asked(1), conflict, shows(1, "not_isolated"))
    cloud.expects(conflict, shows(1, "not_isolated"))
    result = run_it(guid(1))
    assert outcomes(result) == [("failed", "not_isolated")]
    assert "409" in result.msg


def test_a_start_that_falls_back_has_failed_at_once(cloud: ScriptedCloud) -> None:
    cloud.expects(
        is_read(1, "not_isolated"), asked(1), started(1), is_read(1, "not_isolated"), shows(1, "not_isolated")
    )

    result = run_it(guid(1))

    assert outcomes(result) == [("failed", "not_isolated")]
    assert "it was pending_start and is not_isolated again" in result.msg


def test_a_list_that_lags_behind_is_no_failure(cloud: ScriptedCloud) -> None:
    cloud.expects(
        is_read(1, "not_isolated"), asked(1), started(1), is_read(1, "not_isolated"), shows(1, "pending_start")
    )
    cloud.expects(is_read(1, "isolated"))

    assert outcomes(run_it(guid(1))) == [("changed", "isolated")]


def test_the_status_in_the_answer_is_not_trusted(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1, status="isolated"))
    cloud.expects(is_read(1, "not_isolated"), is_read(1, "isolated"))

    assert outcomes(run_it(guid(1))) == [("changed", "isolated")]


@pytest.mark.parametrize(
    ("found", "sent_again"), [("pending_start", False), ("isolated", False), ("not_isolated", True)]
)
def test_after_a_lost_answer_the_read_decides(cloud: ScriptedCloud, found: str, sent_again: bool) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), PUT(own(1)).cut(), shows(1, found))
    cloud.expects(*([started(1)] if sent_again else []), is_read(1, "isolated"))

    result = run_it(guid(1))

    assert outcomes(result) == [("changed", "isolated")]
    assert result["calls"] == {"planned": 1, "made": 2 if sent_again else 1}


def test_a_time_out_returns_what_was_reached(cloud: ScriptedCloud) -> None:
    both = [computer(1, "not_isolated"), computer(2, "not_isolated")]
    cloud.expects(GET(ALL, limit=500).answers(both), asked(1), started(1), asked(2), started(2))
    half = [computer(1, "isolated"), computer(2, "pending_start")]
    cloud.expects(GET(ALL, limit=500).answers(half), is_read(2, "pending_start"))

    result = run_it(guid(1), "PC-0002", wait_timeout=4)

    assert result.failed
    assert result.changed
    assert outcomes(result) == [("changed", "isolated"), ("timed_out", "pending_start")]
    assert "1 of 2 computers are not as wanted (1 changed, 1 timed_out)" in result.msg
    assert cloud.pauses == [2.0, 2.0]


def test_an_offline_host_stays_pending_and_the_next_run_changes_nothing(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "pending_start"), is_read(1, "pending_start"))

    result = run_it(guid(1), wait_timeout=1, fail_on=["failed"])

    assert not result.changed
    assert result["counts"] == {"timed_out": 1}


def test_without_waiting_nothing_is_read_again(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1))

    result = run_it(guid(1), wait=False)

    assert outcomes(result) == [("changed", "pending_start")]
    assert cloud.pauses == []


def test_a_computer_that_vanishes_fails_alone(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([computer(1, "not_isolated"), computer(2, "not_isolated")]))
    cloud.expects(OPTIONS(own(1)).refuses(404), asked(2), started(2), is_read(2, "isolated"))

    result = run_it(guid(1), guid(2))

    assert outcomes(result) == [("failed", "not_isolated"), ("changed", "isolated")]
    assert "not in the tenant any more" in result.msg


def test_a_release_mirrors_it(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "isolated"), stopped(1), is_read(1, "pending_stop"), is_read(1, "not_isolated"))
    result = run_it(guid(1), state="released")
    assert outcomes(result) == [("changed", "not_isolated")]

    cloud.expects(is_read(1, "not_isolated", available=False))
    assert outcomes(run_it(guid(1), state="released")) == [("already", "not_isolated")]

    cloud.expects(is_read(1, "pending_start"), is_read(1, "isolated"), stopped(1), is_read(1, "not_isolated"))
    assert outcomes(run_it(guid(1), state="released")) == [("changed", "not_isolated")]


def test_an_isolated_computer_keeps_its_comment_and_that_is_said(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "isolated"), shows(1, "isolated", comment="theirs"))
    result = run_it(guid(1), comment="ours")
    assert not result.changed
    assert "keeps its own comment" in result.warnings[0]

    cloud.expects(is_read(1, "isolated"), shows(1, "isolated", comment="ours"))
    assert run_it(guid(1), comment="ours").warnings == []


def test_codes_that_the_cloud_made_are_returned_only_when_asked_for(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1), is_read(1, "isolated"))
    assert run_it(guid(1), return_unlock_code=True)["computers"][0]["unlock_code"] == "gdkxjk"

    cloud.expects(is_read(1, "not_isolated"), asked(1), started(1, unlock_code="secret7"), is_read(1, "isolated"))
    result = run_it(guid(1), return_unlock_code=True, unlock_code="secret7")
    assert "unlock_code" not in result["computers"][0]
    assert "secret7" not in str(result)


def test_a_short_code_is_refused_before_anything_is_asked() -> None:
    assert "shorter than 6" in run_it(guid(1), unlock_code="12345").msg


def test_unknown_computers_are_refused_before_anything_is_sent(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{ALL}/{guid(9)}").refuses(404))
    assert "no computers have the id" in run_it(guid(9)).msg.lower()


def test_only_what_carries_the_comment_is_released_when_asked_for(cloud: ScriptedCloud) -> None:
    for check in (True, False):
        there = [computer(1, "isolated"), computer(2, "isolated"), computer(3, "not_isolated")]
        cloud.expects(GET(ALL, limit=500).answers(there))
        cloud.expects(shows(1, "isolated", comment="Run 7"), shows(2, "isolated", comment="Mine"))
        if not check:
            cloud.expects(stopped(1), is_read(1, "not_isolated"))

        result = run_it(guid(1), guid(2), guid(3), state="released", only_comment="Run 7", _check=check)

        assert [row["outcome"] for row in result["computers"]] == ["changed", "left", "already"]
        assert result["computers"][1]["detail"] == 'its isolation has the comment "Mine"'


def test_the_comment_to_match_is_for_releases(cloud: ScriptedCloud) -> None:
    assert "only_comment goes with state=released" in run_it(guid(1), only_comment="Run 7").msg
    assert cloud.requests == []


def test_an_unknown_computer_is_reported_and_the_others_are_isolated_when_asked_for(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([computer(1, "not_isolated")]))
    cloud.expects(asked(1), started(1), is_read(1, "isolated"))

    result = run_it(guid(1), guid(2), unknown="report")

    assert [(row["item"], row["outcome"]) for row in result["computers"]] == [
        (guid(1), "changed"),
        (guid(2), "unknown"),
    ]
    assert not result.failed
