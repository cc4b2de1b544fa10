# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event streams over the API (api-contract 7)."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from plain_client import Api
from simulator import Simulator

PATH = "/v1/event_streams"


def create(api: Api, **fields: Any) -> dict[str, Any]:
    answered = api("POST", PATH, json={"name": "all", **fields})
    assert answered.status_code == 201, answered.text
    return dict(answered.json()["data"])


def test_creating_tells_the_credentials_once(api: Api) -> None:
    made = create(api)
    assert set(made) == {"id", "name", "amqp_credentials"}
    credentials = made["amqp_credentials"]
    assert re.fullmatch(rf"{made['id']}-[0-9a-f]{{20}}", credentials["user_name"])
    assert re.fullmatch(r"[0-9a-f]{40}", credentials["password"])
    assert credentials["queue_name"] == f"event_stream_{made['id']}"
    assert isinstance(credentials["port"], str)
    assert int(credentials["port"]) > 0
    assert credentials["proto"] == "https"
    del credentials["password"]
    assert api.data(f"{PATH}/{made['id']}") == made
    assert api.data(PATH) == [made]


def test_answers_use_plural_keys_requests_singular_ones(api: Api, simulator_api: Simulator) -> None:
    group = next(iter(simulator_api.tenant.groups))
    made = create(api, event_type=[1090519054, "553648143"], group_guid=[group])
    assert made["event_types"] == [1090519054, 553648143]
    assert made["group_guids"] == [group]
    answered = api("POST", PATH, json={"name": "x", "event_types": [1090519054]})
    assert answered.status_code == 400
    assert "event_types" in answered.json()["errors"][0]["details"][0]


@pytest.mark.parametrize("name", ["event_type", "event_type[]"])
def test_forms_are_as_good_as_json(api: Api, name: str) -> None:
    answered = api("POST", PATH, data=[("name", "form"), (name, "1090519054"), (name, "553648143")])
    assert answered.json()["data"]["event_types"] == ([1090519054, 553648143])


def test_a_change_keeps_user_queue_and_what_was_not_sent(api: Api) -> None:
    made = create(api, event_type=[1090519054])
    changed = api("PATCH", f"{PATH}/{made['id']}", json={"name": "renamed"}).json()["data"]
    assert changed["name"] == "renamed"
    assert changed["event_types"] == [1090519054]
    assert changed["amqp_credentials"]["user_name"] == made["amqp_credentials"]["user_name"]
    cleared = api("PATCH", f"{PATH}/{made['id']}", json={"event_type": []}).json()["data"]
    assert "event_types" not in cleared


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("stream", ["999", "abc"])
def test_an_unknown_stream_is_a_400_with_the_recorded_text(api: Api, method: str, stream: str) -> None:
    answered = api(method, f"{PATH}/{stream}", json={"name": "x"} if method == "PATCH" else None)
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["details"] == ["Event stream not found"]


def test_deleting_makes_it_unknown(api: Api) -> None:
    made = create(api)
    assert api("DELETE", f"{PATH}/{made['id']}").status_code == 200
    assert api.get(f"{PATH}/{made['id']}").status_code == 400
    assert api.data(PATH) == []


def test_a_sixth_stream_is_refused(api: Api) -> None:
    for number in range(5):
        create(api, name=f"stream {number}")
    answered = api("POST", PATH, json={"name": "sixth"})
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["details"] == ["Maximum number of event streams reached"]
    assert len(api.data(PATH)) == 5


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": 5}, "name"),
        ({"name": "x", "event_type": [1]}, "event_type"),
        ({"name": "x", "event_type": [True]}, "event_type"),
        ({"name": "x", "event_type": ["Threat Detected"]}, "event_type"),
        ({"name": "x", "group_guid": ["Protect"]}, "group_guid"),
        ({"name": "x", "group_guid": ["00000000-0000-4000-8000-000000000000"]}, "group_guid"),
    ],
)
def test_bad_fields_are_refused_by_name_and_nothing_is_made(api: Api, body: dict[str, Any], named: str) -> None:
    answered = api("POST", PATH, json=body)
    assert answered.status_code == 400
    assert named in answered.json()["errors"][0]["details"][0]
    assert api.data(PATH) == []


def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    for raw in ("{", "[1]", '"x"'):
        answered = api("POST", PATH, data=raw, headers={"Content-Type": "application/json"})
        assert answered.status_code == 400


def set_switch(simulator: Simulator, **values: Any) -> None:
    simulator.control.set_switches(**values)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_switches_of_the_success_statuses(api: Api, simulator_api: Simulator, status: int) -> None:
    set_switch(
        simulator_api,
        event_stream_create_status=status,
        event_stream_patch_status=status,
        event_stream_delete_status=status,
    )
    made = api("POST", PATH, json={"name": "x"})
    path = f"{PATH}/{made.json()['data']['id']}"
    answers = [made, api("PATCH", path, json={"name": "y"}), api("DELETE", path)]
    assert [answered.status_code for answered in answers] == [status] * 3


def test_switches_of_what_answers_show(api: Api, simulator_api: Simulator) -> None:
    made = create(api)
    set_switch(
        simulator_api,
        event_stream_patch_body=False,
        event_stream_all="empty",
        event_stream_password_shown=True,
        event_stream_results=False,
    )
    assert api("PATCH", f"{PATH}/{made['id']}", json={"name": "y"}).json()["data"] == {}
    body = api.get(PATH).json()
    assert "results" not in body["metadata"]
    assert body["data"][0]["event_types"] == body["data"][0]["group_guids"] == []
    assert body["data"][0]["amqp_credentials"]["password"] == made["amqp_credentials"]["password"]


def test_a_204_has_no_body(api: Api, simulator_api: Simulator) -> None:
    set_switch(simulator_api, event_stream_patch_status=204, event_stream_delete_status=204)
    path = f"{PATH}/{create(api)['id']}"
    answers = [api("PATCH", path, json={"name": "y"}), api("DELETE", path)]
    assert [(answered.status_code, answered.content) for answered in answers] == [(204, b"")] * 2
    assert api.data(PATH) == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_switches_of_refusals(api: Api, simulator_api: Simulator, status: int) -> None:
    set_switch(
        simulator_api,
        event_stream_unique_names=True,
        event_stream_name_status=status,
        event_stream_limit_status=status,
        event_stream_limit_text="No more",
    )
    create(api, name="one")
    second = api("POST", PATH, json={"name": "one"})
    assert second.status_code == status
    for number in range(4):
        create(api, name=f"more {number}")
    sixth = api("POST", PATH, json={"name": "sixth"})
    assert (sixth.status_code, sixth.json()["errors"][0]["details"]) == (status, ["No more"])


def test_a_lost_answer_leaves_a_stream_behind(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("cut", when="after", method="POST")
    with pytest.raises(requests.exceptions.ConnectionError):
        api("POST", PATH, json={"name": "orphan"})
    assert [stream["name"] for stream in api.data(PATH)] == ["orphan"]
