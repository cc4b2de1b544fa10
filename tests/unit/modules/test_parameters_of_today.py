# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters and calls of the API that are younger than the guide (api-contract 14 and 15)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    audit_log_info,
    computer_activity_info,
    computer_info,
    computer_trajectory_info,
    indicator_info,
    vulnerability_info,
)
from simulator import Simulator
from unit.scripted_cloud import GET, Result, ScriptedCloud, run

GUID = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
OWN = f"/v1/computers/{GUID}"
EVENTS = {"computer": {"connector_guid": GUID}, "events": [{"event_type": "Executed by"}]}


def simulated(sim: Simulator, module: Any, **options: Any) -> Result:
    login = {"api_host": sim.api_host, "ca_path": sim.ca_path, "client_id": sim.client_id, "api_key": sim.api_key}
    return run(module, _connect=False, **login, **options)


# trajectory


def test_a_trajectory_of_a_period(cloud: ScriptedCloud) -> None:
    window = {"start_time": "2026-01-31", "end_time": "2026-02-01"}
    cloud.expects(GET(f"{OWN}/trajectory", limit=500, **window).answers(EVENTS))
    assert len(run(computer_trajectory_info, computer=GUID, **window)["events"]) == 1


def test_a_period_that_ends_before_it_begins_is_refused_without_a_request(cloud: ScriptedCloud) -> None:
    result = run(computer_trajectory_info, computer=GUID, start_time="2026-02-01", end_time="2026-01-31")
    assert "start_time is after end_time" in result.msg
    assert cloud.requests == []


@pytest.mark.parametrize(("options", "query"), [({"any_user": True}, {}), ({"user": "m.keller"}, {"q": "m.keller"})])
def test_a_trajectory_of_users(cloud: ScriptedCloud, options: dict[str, Any], query: dict[str, Any]) -> None:
    cloud.expects(GET(f"{OWN}/user_trajectory", limit=500, **query).answers(EVENTS))
    result = run(computer_trajectory_info, computer=GUID, **options)
    assert len(result["events"]) == 1
    assert result.warnings == []


@pytest.mark.parametrize(
    ("options", "query", "told"),
    [
        ({"any_user": True}, {}, "All events are returned"),
        ({"user": "m.keller"}, {"q": "m.keller"}, "Its general search was used"),
    ],
)
def test_a_cloud_without_the_trajectory_of_users_is_asked_by_the_other_call(
    cloud: ScriptedCloud, options: dict[str, Any], query: dict[str, Any], told: str
) -> None:
    cloud.expects(GET(f"{OWN}/user_trajectory", limit=500, **query).refuses(404))
    cloud.expects(GET(f"{OWN}/trajectory", limit=500, **query).answers(EVENTS))

    result = run(computer_trajectory_info, computer=GUID, **options)

    assert len(result["events"]) == 1
    assert told in result.warnings[0]


def test_an_unknown_computer_is_told_whatever_the_cloud_has(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"{OWN}/user_trajectory", limit=500).refuses(404), GET(f"{OWN}/trajectory", limit=500).refuses(404)
    )
    assert "knows no computer" in run(computer_trajectory_info, computer=GUID, any_user=True).msg


@pytest.mark.parametrize("state", ["answers", "gone"])
def test_both_clouds_give_what_a_user_did(simulator_api: Simulator, state: str) -> None:
    simulator_api.control.set_switches(user_trajectory=state)
    result = simulated(simulator_api, computer_trajectory_info, computer="PC-0000", any_user=True)
    assert not result.failed
    assert len(result.warnings) == (state == "gone")


# filters


def test_filters_that_one_source_names(cloud: ScriptedCloud) -> None:
    one = {"connector_guid": GUID, "hostname": "PC", "windows_processor_id": "ABC"}
    other = {**one, "connector_guid": GUID.replace("d", "e"), "windows_processor_id": "def"}
    asked = {"processor_id": "abc", "risk_score": "critical", "limit": 500}
    cloud.expects(GET("/v1/computers", **asked).answers([one, other]))

    result = run(computer_info, processor_id="abc", risk_score="critical")

    assert [record["connector_guid"] for record in result["computers"]] == [GUID]


def test_the_filters_choose_in_the_simulated_cloud(simulator_api: Simulator) -> None:
    computer = next(one for one in simulator_api.cloud.tenant.computers.values() if one.processor_id)
    found = simulated(simulator_api, computer_info, processor_id=computer.processor_id)["computers"]
    assert computer.guid in [record["connector_guid"] for record in found]
    everyone = simulated(simulator_api, computer_info)["computers"]
    assert 0 < len(simulated(simulator_api, computer_info, risk_score="high")["computers"]) < len(everyone)


def test_the_history_of_one_thing(cloud: ScriptedCloud) -> None:
    entry = {"audit_log_id": GUID, "event": "update"}
    query = {"audit_log_id": GUID, "limit": 500}
    cloud.expects(GET("/v1/audit_logs", **query).answers([entry, {**entry, "audit_log_id": "other"}]))
    assert run(audit_log_info, audit_log_id=GUID)["audit_logs"] == [entry]


def test_the_counts_of_compromises(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/indicators", show_compromise_status_counts="true", limit=500).answers([{"guid": GUID}]))
    assert run(indicator_info, compromise_status_counts=True)["indicators"] == [{"guid": GUID}]
    assert run(indicator_info, compromise_status_counts=True, guids=[GUID]).failed


# the app trajectory


def test_the_connections_of_an_app_are_one_request_without_pages(cloud: ScriptedCloud) -> None:
    connections = [{"connector_guid": GUID, "bundle_id": "com.example.mail"}] * 3
    cloud.expects(GET("/v1/app_trajectory/queries", ios_bid="com.example.mail").answers(connections))

    result = run(computer_activity_info, ios_bundle_id="com.example.mail", limit=2)

    assert len(result["computers"]) == 2
    assert GUID in result["computers"][0]["pivot_url"]


def test_an_empty_bundle_is_refused(cloud: ScriptedCloud) -> None:
    assert "ios_bundle_id is empty" in run(computer_activity_info, ios_bundle_id=" ").msg
    assert cloud.requests == []


def test_the_simulated_devices_of_an_app(simulator_api: Simulator) -> None:
    assert simulated(simulator_api, computer_activity_info, ios_bundle_id="com.example.mail")["computers"]
    assert simulated(simulator_api, computer_activity_info, ios_bundle_id="com.example.none")["computers"] == []


# deprecations


def test_deprecated_calls_say_so_in_their_result(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/vulnerabilities", limit=500).answers([]))
    told = run(vulnerability_info)["api_deprecation"]
    assert told["since"] == "2025-05-08"
    assert "/v3/" in told["replaced_by"]
