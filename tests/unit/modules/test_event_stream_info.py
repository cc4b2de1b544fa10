# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""event_stream_info: one request for the streams, one more for each kind of name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_info
from unit.modules.stream_cases import AUDIT, DETECTED, EVENT_TYPES, GROUPS, LIST, created, stream
from unit.scripted_cloud import GET, ScriptedCloud, run

SOC = stream(1474, "soc", [DETECTED], [AUDIT])


@pytest.mark.parametrize("check", [False, True])
def test_the_streams_are_one_request(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(GET(LIST).answers([SOC]))

    result = run(event_stream_info, _check=check)

    assert not result.changed
    assert result["event_streams"] == [
        {
            "id": "1474",
            "name": "soc",
            "event_types": ["1090519054"],
            "group_guids": [AUDIT],
            "amqp_credentials": SOC["amqp_credentials"],
        }
    ]


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({"name": "soc"}, ["1474", "1500"]),
        ({"stream_id": "1500"}, ["1500"]),
        ({"name": "SOC"}, []),
        ({}, ["1474", "1500"]),
    ],
)
def test_a_name_or_an_id_chooses(cloud: ScriptedCloud, chosen: dict[str, Any], ids: list[str]) -> None:
    cloud.expects(GET(LIST).answers([SOC, stream(1500, "soc")]))
    assert [record["id"] for record in run(event_stream_info, **chosen)["event_streams"]] == ids


def test_names_cost_one_request_for_each_kind(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([SOC, stream(1500, "all")]),
        GET("/v1/event_types").answers(EVENT_TYPES),
        GET("/v1/groups", limit=500).answers(GROUPS),
    )

    soc, everything = run(event_stream_info, resolve_names=True)["event_streams"]

    assert (soc["event_type_names"], soc["group_names"]) == (["Threat Detected"], ["Audit"])
    assert (everything["event_type_names"], everything["group_names"]) == ([], [])


def test_streams_of_everything_have_no_names_to_read(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([stream(1500, "all")]))
    assert run(event_stream_info, resolve_names=True)["event_streams"][0]["group_names"] == []


def test_what_has_no_name_any_more_keeps_its_id(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(LIST).answers([SOC]),
        GET("/v1/event_types").answers([]),
        GET("/v1/groups", limit=500).answers([]),
    )
    record = run(event_stream_info, resolve_names=True)["event_streams"][0]
    assert (record["event_type_names"], record["group_names"]) == (["1090519054"], [AUDIT])


def test_a_password_that_an_old_cloud_shows_is_dropped(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(LIST).answers([created(1474, "soc", "hunter2")]))
    assert "hunter2" not in str(run(event_stream_info))


@pytest.mark.parametrize(
    "record",
    [
        {"name": "no id"},
        {"id": 1.5, "name": "x"},
        {"id": True, "name": "x"},
        {"id": 7},
        {"id": 7, "name": None},
        {"id": 7, "name": "x", "event_types": ["many"]},
        {"id": 7, "name": "x", "group_guids": [7]},
    ],
)
def test_another_shape_is_told_not_guessed(cloud: ScriptedCloud, record: dict[str, Any]) -> None:
    cloud.expects(GET(LIST).answers([record]))
    assert run(event_stream_info)["error"]["kind"] == "protocol"


@pytest.mark.parametrize("numbers", [[DETECTED], [str(DETECTED)]])
def test_ids_come_as_numbers_or_as_their_digits(cloud: ScriptedCloud, numbers: list[Any]) -> None:
    cloud.expects(GET(LIST).answers([stream(1474, "soc", numbers)]))
    assert run(event_stream_info)["event_streams"][0]["event_types"] == ["1090519054"]
