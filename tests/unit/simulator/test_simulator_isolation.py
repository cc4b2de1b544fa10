# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Isolation is asked for now and done later (api-contract 5)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from plain_client import Api
from simulator import Simulator
from simulator.tenant.computers import Computer


def computer(simulator: Simulator, *, available: bool = True) -> Computer:
    tenant = simulator.tenant
    return next(one for one in tenant.computers.values() if one.online and tenant.can_be_isolated(one) is available)


def path(one: Computer) -> str:
    return f"/v1/computers/{one.guid}/isolation"


def allowed(api: Api, one: Computer) -> str:
    answered = api("OPTIONS", path(one))
    assert (answered.status_code, answered.content) == (204, b"")
    return answered.headers["allow"]


def newest(simulator: Simulator) -> dict[str, Any]:
    return simulator.tenant.events[-1]


def test_a_start_is_pending_until_the_connector_obeys(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    assert api.data(path(one)) == {"available": True, "status": "not_isolated"}
    assert allowed(api, one) == "OPTIONS, GET, PUT"
    answered = api("PUT", path(one), json={"comment": "ransom note", "unlock_code": "unlockme"})
    assert answered.status_code == 200
    asked = answered.json()["data"]
    assert asked == {
        "available": True,
        "status": "pending_start",
        "unlock_code": "unlockme",
        "comment": "ransom note",
        "isolated_by": simulator_api.client_id,
    }
    assert allowed(api, one) == "OPTIONS, GET"
    simulator_api.control.advance_clock(2)
    assert api.data(path(one)) == {**asked, "status": "isolated"}
    assert allowed(api, one) == "OPTIONS, GET, DELETE"
    assert newest(simulator_api)["event_type_id"] == 553648202


def test_after_a_stop_the_old_comment_and_code_are_still_told(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_isolation_pace(seconds=0)
    one = computer(simulator_api)
    code = api("PUT", path(one)).json()["data"]["unlock_code"]
    assert len(code) == 6
    assert code.isalpha()
    assert api.data(path(one))["status"] == "isolated"
    simulator_api.control.advance_clock(90)
    stopping = api("DELETE", path(one), json={"comment": "clean again"})
    assert stopping.json()["data"]["status"] == "pending_stop"
    assert api.data(path(one)) == {
        "available": True,
        "status": "not_isolated",
        "unlock_code": code,
        "comment": "clean again",
    }
    told = newest(simulator_api)
    assert told["event_type_id"] == 553648204
    assert 90 <= told["isolation"]["duration"] < 100
    assert told["isolation"]["user"] == simulator_api.client_id


def test_the_wrong_state_is_a_conflict(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    assert api("DELETE", path(one)).status_code == 409
    assert api("PUT", path(one)).status_code == 200
    assert api("PUT", path(one)).status_code == 409
    assert api("DELETE", path(one)).status_code == 409
    simulator_api.control.advance_clock(2)
    assert api.data(path(one))["status"] == "isolated"
    again = api("PUT", path(one))
    assert again.status_code == 409
    assert again.json()["errors"][0]["description"] == "Conflict"


def test_where_os_or_policy_do_not_allow_it_only_reading_is_left(api: Api, simulator_api: Simulator) -> None:
    tenant = simulator_api.tenant
    refused = [one for one in tenant.computers.values() if not tenant.can_be_isolated(one)]
    assert any(one.isolation_supported for one in refused), "a policy refuses"
    assert any(tenant.policy_of(one).isolation for one in refused), "an operating system refuses"
    for one in refused[:3]:
        assert allowed(api, one) == "OPTIONS, GET"
        assert api("PUT", path(one)).status_code == 409
        assert api.data(path(one)) == {"available": False, "status": "not_isolated"}


def test_it_settles_with_time_and_not_with_the_number_of_reads(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    simulator_api.control.set_isolation_pace(seconds=60)
    api("PUT", path(one))
    for _number in range(5):
        assert api.data(path(one))["status"] == "pending_start"
    simulator_api.control.advance_clock(61)
    assert api.data(path(one))["status"] == "isolated"


def test_it_settles_when_nobody_reads_and_the_event_comes_by_itself(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    simulator_api.control.set_isolation_pace(seconds=0.1)
    api("PUT", path(one))
    deadline = time.monotonic() + 60
    while newest(simulator_api)["event_type_id"] != 553648202:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert newest(simulator_api)["connector_guid"] == one.guid


def test_a_page_of_computers_shows_the_state_of_now(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)

    def listed() -> dict[str, Any]:
        found = {item["connector_guid"]: item for item in api.data("/v1/computers")}
        return dict(found[one.guid]["isolation"])

    api("PUT", path(one))
    assert listed() == {"available": True, "status": "pending_start"}
    simulator_api.control.advance_clock(2)
    assert listed() == {"available": True, "status": "isolated"}


def test_an_offline_computer_stays_pending(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    simulator_api.control.set_computer(one.guid, online=False)
    api("PUT", path(one))
    simulator_api.control.advance_clock(3600)
    assert api.data(path(one))["status"] == "pending_start"
    simulator_api.control.set_computer(one.guid, online=True)
    assert api.data(path(one))["status"] == "isolated"


def test_a_start_can_fail_and_the_next_one_works(api: Api, simulator_api: Simulator) -> None:
    one = computer(simulator_api)
    simulator_api.control.set_isolation_pace(seconds=0)
    simulator_api.control.fail_isolation(one.guid)
    api("PUT", path(one))
    assert api.data(path(one))["status"] == "not_isolated"
    assert newest(simulator_api)["event_type_id"] == 2164260939
    api("PUT", path(one))
    assert api.data(path(one))["status"] == "isolated"
    simulator_api.control.fail_isolation(one.guid)
    api("DELETE", path(one))
    assert api.data(path(one))["status"] == "isolated"
    assert newest(simulator_api)["event_type_id"] == 2164260941


def test_options_of_one_that_the_policy_forbids_may_be_a_405(api: Api, simulator_api: Simulator) -> None:
    """XSOAR takes 405 for "not allowed by the policy" (api-contract 16)."""
    simulator_api.control.set_switches(isolation_options_unavailable_status=405)
    answered = api("OPTIONS", path(computer(simulator_api, available=False)))
    assert (answered.status_code, answered.reason) == (405, "Method Not Allowed")
    assert answered.json()["errors"][0]["error_code"] == 405
    assert allowed(api, computer(simulator_api)) == "OPTIONS, GET, PUT"


@pytest.mark.parametrize("status", [403, 422])
def test_switches_of_isolation(api: Api, simulator_api: Simulator, status: int) -> None:
    simulator_api.control.set_switches(
        isolation_write_status=202,
        isolation_answer="before",
        isolation_conflict_status=status,
        isolation_unavailable_status=status,
    )
    one = computer(simulator_api)
    first = api("PUT", path(one))
    assert (first.status_code, first.json()["data"]["status"]) == (202, "not_isolated")
    assert api("PUT", path(one)).status_code == status
    assert api("PUT", path(computer(simulator_api, available=False))).status_code == status


def test_fields_that_are_none_are_refused(api: Api, simulator_api: Simulator) -> None:
    answered = api("PUT", path(computer(simulator_api)), json={"reason": "x"})
    assert answered.status_code == 400
    assert "reason" in answered.json()["errors"][0]["details"][0]
