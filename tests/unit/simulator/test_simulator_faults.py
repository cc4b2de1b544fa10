# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault does what `faults.py` says, and only where and as often as it is told."""

from __future__ import annotations

import json

import pytest
import requests
from plain_client import Api
from simulator import Simulator


def test_a_status_comes_instead_of_the_effect(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=503, method="POST", path="/v1/event_streams")
    answered = api("POST", "/v1/event_streams", json={"name": "x"})
    assert answered.status_code == 503
    assert answered.json()["errors"][0]["error_code"] == 503
    assert api.data("/v1/event_streams") == []


def test_a_gateways_page_is_html(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=502, html=True)
    answered = api.get("/v1/version")
    assert (answered.status_code, answered.headers["content-type"]) == (502, "text/html")
    assert "<h1>502 Bad Gateway</h1>" in answered.text
    assert "x-ratelimit-remaining" not in answered.headers


def test_an_effect_can_hide_behind_a_status(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("effect_status", status=504, method="POST")
    assert api("POST", "/v1/event_streams", json={"name": "x"}).status_code == 504
    assert len(api.data("/v1/event_streams")) == 1


def test_a_401_looks_like_the_real_one(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=401)
    assert "metadata" not in api.get("/v1/version").json()


def test_a_429_tells_when_it_ends(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=429, reset=7)
    answered = api.get("/v1/version")
    assert answered.status_code == 429
    assert answered.headers["x-ratelimit-reset"] == "7"
    assert answered.headers["x-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cut_connection_gives_no_answer_at_all(api: Api, simulator_api: Simulator, when: str) -> None:
    simulator_api.control.add_fault("cut", when=when, method="POST")
    with pytest.raises(requests.exceptions.ConnectionError):
        api("POST", "/v1/event_streams", json={"name": "x"})
    assert len(api.data("/v1/event_streams")) == (1 if when == "after" else 0)
    assert simulator_api.control.requests()[0]["status"] == (201 if when == "after" else None)


def test_a_cut_in_the_body_leaves_half_an_answer(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("cut", when="body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        api.get("/v1/event_types")
    assert api.get("/v1/event_types").status_code == 200


def test_broken_json_arrives_whole_and_cannot_be_parsed(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("broken_json")
    answered = api.get("/v1/event_types")
    assert answered.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answered.text)


def test_a_wrong_content_type(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("content_type", value="text/plain")
    assert api.get("/v1/version").headers["content-type"] == "text/plain"


def test_an_oversized_body_is_sent_and_is_json(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("oversized", bytes=3_000_000)
    answered = api.get("/v1/version")
    assert len(answered.content) == 3_000_000
    assert answered.json()["version"] == "v1.2.0"


def test_a_delay_waits_and_leaves_other_faults_their_turn(
    api: Api, simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("simulator.faults.answers.time.sleep", slept.append)
    simulator_api.control.set_latency(0.08)
    simulator_api.control.add_fault("status", status=500)
    assert [api.get("/v1/version").status_code for _number in range(2)] == [500, 200]
    assert slept == [0.08, 0.08]


def test_count_skip_method_and_path_choose_the_requests(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=500, method="GET", path="/v1/gr*", skip=1, count=2)
    statuses = [api.get("/v1/groups").status_code for _number in range(4)]
    assert statuses == [200, 500, 500, 200]
    assert api.get("/v1/version").status_code == 200
    assert simulator_api.control.faults()[0]["hits"] == 2
    simulator_api.control.clear_faults()
    simulator_api.control.add_fault("status", status=500, count=None)
    assert [api.get("/v1/groups").status_code for _number in range(3)] == [500] * 3


def test_a_computer_vanishes_between_two_requests(api: Api, simulator_api: Simulator) -> None:
    guid = api.data("/v1/computers?limit=1")[0]["connector_guid"]
    simulator_api.control.add_fault("vanish", connector_guid=guid, path=f"/v1/computers/{guid}", skip=1)
    assert [api.get(f"/v1/computers/{guid}").status_code for _number in range(2)] == [200, 404]


@pytest.mark.parametrize(("change", "total"), [("insert", 49), ("remove", 47)])
def test_pages_shift_while_they_are_read(api: Api, simulator_api: Simulator, change: str, total: int) -> None:
    simulator_api.control.add_fault("shift", what="computers", change=change)
    first = api.get("/v1/computers?limit=10").json()
    second = api.get("/v1/computers?limit=10&offset=10").json()
    assert (first["metadata"]["results"]["total"], second["metadata"]["results"]["total"]) == (48, total)
    overlap = {one["connector_guid"] for one in first["data"]} & {one["connector_guid"] for one in second["data"]}
    assert len(overlap) == (1 if change == "insert" else 0)


def test_events_shift_too(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("shift", what="events", change="insert")
    newest = api.data("/v1/events?limit=1")
    assert api.data("/v1/events?limit=1&offset=1") == newest


def test_a_hook_runs_before_the_request_is_looked_at(api: Api, simulator_api: Simulator) -> None:
    group = next(iter(simulator_api.tenant.groups))
    simulator_api.control.add_hook(lambda: simulator_api.tenant.groups.pop(group), path=f"/v1/groups/{group}")
    assert api.get(f"/v1/groups/{group}").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"kind": "fire"}, {"kind": "delay", "status": 5}, {"kind": "cut", "when": "sometimes"}]
)
def test_unknown_faults_are_refused(simulator_api: Simulator, wrong: dict[str, object]) -> None:
    kind = str(wrong.pop("kind"))
    with pytest.raises(ValueError, match=r"unknown|take|one of"):
        simulator_api.control.add_fault(kind, **wrong)


def test_the_log_has_every_request_in_order(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.add_fault("status", status=500, method="DELETE")
    api.get("/v1/groups/?name%5B%5D=a%20b&limit=1")
    api("POST", "/v1/event_streams", json={"name": "x", "event_type": [1090519054]})
    api("PATCH", "/v1/event_streams/1", data={"name": "form"})
    api("DELETE", "/v1/event_streams/1")
    assert simulator_api.control.requests() == [
        {"method": "GET", "path": "/v1/groups/", "query": "name%5B%5D=a%20b&limit=1", "body": None, "status": 200},
        {
            "method": "POST",
            "path": "/v1/event_streams",
            "query": "",
            "body": {"name": "x", "event_type": [1090519054]},
            "status": 201,
        },
        {"method": "PATCH", "path": "/v1/event_streams/1", "query": "", "body": {"name": "form"}, "status": 400},
        {"method": "DELETE", "path": "/v1/event_streams/1", "query": "", "body": None, "status": 500},
    ]
    simulator_api.control.clear_requests()
    assert simulator_api.control.requests() == []
