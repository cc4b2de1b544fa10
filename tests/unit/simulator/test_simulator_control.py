# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be served later is refused when it is posted: a later GET must not be the first to notice."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from plain_client import Api
from simulator import Simulator

GUID = "0f0e5a3c-2f9c-4c1b-9d53-0c1f5f3c9a11"
EVENT: dict[str, Any] = {
    "id": 6159258594551267593,
    "timestamp": 1779000000,
    "timestamp_nanoseconds": 0,
    "date": "2026-05-17T06:40:00+00:00",
    "event_type": "Threat Detected",
    "event_type_id": 1090519054,
    "computer": {"connector_guid": GUID, "hostname": "PC-9", "external_ip": "192.0.2.1", "active": True},
}


def post(simulator: Simulator, path: str, body: object, method: str = "POST") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, simulator.control_url + path, json=body, timeout=20)


def everything_is_served(api: Api) -> bool:
    paths = ("/v1/events", "/v1/computers", "/v1/computers/activity?q=x", f"/v1/events?connector_guid[]={GUID}")
    first = api.data("/v1/computers?limit=1")[0]["connector_guid"]
    return all(api.get(path).status_code == 200 for path in (*paths, f"/v1/computers/{first}/trajectory"))


def test_a_whole_event_is_taken_and_served(api: Api, simulator_api: Simulator) -> None:
    assert post(simulator_api, "/events", [EVENT]).status_code == 200
    assert api.data(f"/v1/events?connector_guid[]={GUID}")[0]["id"] == EVENT["id"]
    assert everything_is_served(api)


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("event_type_id", None, "event_type_id is not a whole number"),
        ("event_type_id", "many", "event_type_id is not a whole number"),
        ("event_type_id", True, "event_type_id is not a whole number"),
        ("id", 1.5, "id is not a whole number"),
        ("date", "yesterday", "date is not an ISO 8601 date"),
        ("date", None, "date is not an ISO 8601 date"),
        ("timestamp", "soon", "timestamp is not a number of seconds"),
        ("timestamp", 10**15, "timestamp is not a number of seconds"),
        ("timestamp_nanoseconds", None, "timestamp_nanoseconds is not"),
        ("computer", None, "computer.connector_guid is not a GUID"),
        ("computer", {"connector_guid": "PC-9"}, "computer.connector_guid is not a GUID"),
        ("group_guids", "Protect", "group_guids is not a list"),
        ("file", "a.exe", "file is not an object"),
    ],
)
def test_an_event_that_could_not_be_served_is_refused_by_name(
    api: Api, simulator_api: Simulator, name: str, value: object, fault: str
) -> None:
    before = len(simulator_api.tenant.events)
    answered = post(simulator_api, "/events", [EVENT, {**EVENT, name: value}])
    assert answered.status_code == 400
    assert answered.json()["error"].startswith(f"event 1: {fault}")
    assert len(simulator_api.tenant.events) == before
    assert everything_is_served(api)


@pytest.mark.parametrize("body", [{}, "x", [1], [{}]])
def test_what_is_no_event_at_all_is_refused(api: Api, simulator_api: Simulator, body: object) -> None:
    assert post(simulator_api, "/events", body).status_code == 400
    assert everything_is_served(api)


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/computers/PC-0000", "PATCH", {"last_seen": "yesterday"}),
        ("/computers/PC-0000", "PATCH", {"last_seen": 1e20}),
        ("/computers/PC-0000", "PATCH", {"faults": "Definitions outdated"}),
        ("/computers/PC-0000", "PATCH", {"online": "yes"}),
        ("/computers/PC-0000", "PATCH", {"hostname": None}),
        ("/computers/PC-0000", "PATCH", {"group_guid": GUID}),
        ("/computers/PC-0000", "PATCH", {"colour": "red"}),
        ("/publish", "POST", {"at": "soon"}),
        ("/publish", "POST", {"sha256": 5}),
        ("/publish", "POST", {"file_name": ["a", "b"]}),
        ("/outbreak", "POST", {"user": {"name": "x"}}),
        ("/connectors", "POST", {"hostname": 5}),
        ("/connectors", "POST", {"hostname": "pc", "connector_version": 8}),
    ],
)
def test_what_a_computer_or_a_scenario_cannot_have_is_refused(
    api: Api, simulator_api: Simulator, path: str, method: str, body: dict[str, object]
) -> None:
    answered = post(simulator_api, path, body, method)
    assert answered.status_code == 400, answered.text
    assert answered.json()["error"]
    assert everything_is_served(api)


def test_the_credentials_of_a_stream_name_a_host_as_the_clouds_do(api: Api) -> None:
    """C clients hold a certificate against names only; the broker's certificate has its name and its address."""
    stream = api("POST", "/v1/event_streams", json={"name": "soc"}).json()["data"]
    assert stream["amqp_credentials"]["host"] == "localhost"
