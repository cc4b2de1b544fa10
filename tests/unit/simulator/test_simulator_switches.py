# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every unknown of the contract is a switch that is documented and does something (R31)."""

from __future__ import annotations

from pathlib import Path

import pytest
import simulator as package
from plain_client import Api
from simulator import Simulator
from simulator.switches import TABLE, Switches


def test_every_switch_is_documented_and_its_default_is_allowed() -> None:
    for name, switch in TABLE.items():
        assert switch.decides, name
        assert not switch.allowed or switch.default in switch.allowed, name


def test_every_switch_is_used() -> None:
    folder = Path(package.__file__).parent
    code = "".join(path.read_text() for path in folder.rglob("*.py") if path.name != "switches.py")
    assert [name for name in TABLE if f'"{name}"' not in code] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("nothing", 1), ("name_filter", "regex"), ("event_stream_create_status", 500), ("name_filter", 1)],
)
def test_what_is_not_in_the_table_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="switch"):
        Switches().set(name, value)


def test_text_from_the_command_line_becomes_the_switchs_own_type() -> None:
    switches = Switches()
    switches.set("event_stream_create_status", "202")
    switches.set("event_stream_patch_body", "False")
    assert switches["event_stream_create_status"] == 202
    assert switches["event_stream_patch_body"] is False


@pytest.mark.parametrize(("way", "names"), [("exact", 0), ("prefix", 1), ("substring", 3)])
def test_name_filters_match_as_the_switch_says(api: Api, simulator_api: Simulator, way: str, names: int) -> None:
    simulator_api.control.set_switches(name_filter=way, hostname_filter=way)
    # "Servers", "Database Servers"; nothing is named "server"
    assert len(api.data("/v1/groups?name[]=server")) == (2 if way == "substring" else names)
    hostname = api.data("/v1/computers?limit=1")[0]["hostname"]
    part = {"exact": hostname, "prefix": hostname[:-1], "substring": hostname[1:]}[way]
    assert hostname in [one["hostname"] for one in api.data(f"/v1/computers?hostname[]={part}")]


@pytest.mark.parametrize(("way", "status"), [("clamp", 200), ("refuse", 400)])
def test_a_limit_above_the_maximum(api: Api, simulator_api: Simulator, way: str, status: int) -> None:
    simulator_api.control.set_switches(limit_over_maximum=way)
    answered = api.get("/v1/events?limit=1000")
    assert answered.status_code == status
    if status == 200:
        assert answered.json()["metadata"]["results"]["items_per_page"] == 500


def test_statuses_of_refusals(api: Api, read_only: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(
        bad_parameter_status=422,
        malformed_guid_status=400,
        not_found_status=403,
        read_only_status=404,
        event_stream_missing_status=404,
    )
    assert api.get("/v1/groups?x=1").status_code == 422
    assert api.get("/v1/groups/none").status_code == 400
    assert api.get("/v1/groups/00000000-0000-4000-8000-000000000000").status_code == 403
    assert read_only("POST", "/v1/event_streams", json={"name": "x"}).status_code == 404
    assert api.get("/v1/event_streams/1").status_code == 404


def test_a_reset_brings_the_defaults_back(simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(name_filter="exact")
    simulator_api.control.reset()
    assert simulator_api.control.switches() == {name: switch.default for name, switch in TABLE.items()}
