# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""event_info, computer_activity_info, computer_trajectory_info and hunt_info: what is asked, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    computer_activity_info,
    computer_trajectory_info,
    event_info,
    hunt_info,
)
from unit.scripted_cloud import GET, ScriptedCloud, run

ONE = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
TWO = "367a2c23-d0e7-464b-ac3f-9a209868b31d"
DIGEST = "814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e"
PARENT = "121118a0f5e0e8c933efd28c9901e54e42792619a8a3a6d11e1f0025a7324bc2"
BIG = 6533241145273614339


def saw(guid: str, hostname: str = "PC-1") -> dict[str, Any]:
    return {"connector_guid": guid, "hostname": hostname, "active": True, "links": {}}


def event(number: int, seconds: int, guid: str = ONE, **more: Any) -> dict[str, Any]:
    return {"id": number, "timestamp": seconds, "event_type_id": 1090519054, "connector_guid": guid, **more}


def test_events_are_read_by_every_filter_and_ids_are_texts(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/groups", limit=500).answers([{"guid": TWO, "name": "Protect"}]),
        GET("/v1/event_types").answers([{"id": 1090519054, "name": "Threat Detected", "description": ""}]),
        GET(
            "/v1/events",
            **{
                "detection_sha256": DIGEST,
                "group_guid[]": TWO,
                "event_type[]": [1090519054],
                "start_date": "2026-01-31",
                "limit": 500,
            },
        ).answers([event(BIG, 1593079552)]),
    )

    result = run(
        event_info,
        detection_sha256=DIGEST.upper(),
        groups=["Protect"],
        event_types=["Threat Detected"],
        start_date="2026-01-31",
    )

    assert [found["id"] for found in result["events"]] == [str(BIG)]
    assert result["complete"]


def test_events_that_come_in_meanwhile_are_left_out(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/events", limit=500).answers([event(3, 30), event(2, 20)], total=3),
        GET("/v1/events", limit=500, offset=2).answers([event(2, 20), event(1, 10)], total=4, offset=2),
    )

    assert [found["id"] for found in run(event_info)["events"]] == ["3", "2", "1"]


def test_an_end_date_is_held_to_on_our_side(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/events", limit=500).answers([event(2, 1769904000), event(1, 1769900000)]))

    assert [found["id"] for found in run(event_info, end_date="2026-01-31T23:59:00Z")["events"]] == ["1"]


@pytest.mark.parametrize("options", [{"computers": []}, {"groups": []}, {"event_types": []}])
def test_an_empty_list_matches_nothing_and_asks_nothing(cloud: ScriptedCloud, options: dict[str, Any]) -> None:
    assert run(event_info, **options)["events"] == []
    assert cloud.requests == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"detection_sha256": "abc"}, "detection_sha256 is not a SHA-256"),
        ({"start_date": "yesterday"}, "start_date is not a date"),
    ],
)
def test_bad_filters_are_told_before_anything_is_asked(
    cloud: ScriptedCloud, options: dict[str, Any], told: str
) -> None:
    assert told in run(event_info, **options).msg
    assert cloud.requests == []


def test_who_saw_it_comes_with_a_link(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/computers/activity", q=DIGEST, limit=500).answers([saw(ONE)]))

    result = run(computer_activity_info, q=DIGEST.upper())

    assert result["computers"][0]["pivot_url"] == f"https://console.amp.cisco.com/computers/{ONE}/trajectory?q={DIGEST}"
    assert result["partial"] == []


def test_the_computers_of_a_user(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/computers/user_activity", q="m.keller", limit=500).answers([saw(ONE)]))

    result = run(computer_activity_info, user="m.keller")

    assert result["computers"][0]["pivot_url"] == f"https://console.amp.cisco.com/computers/{ONE}/trajectory2"


def test_the_bound_of_the_clouds_search_is_told(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/computers/activity", q="cmd.exe", limit=1).answers([saw(ONE)], total=5000))

    result = run(computer_activity_info, q="cmd.exe", limit=1)

    assert "5000 entries" in result["partial"][0]
    assert "may be incomplete" in result.warnings[0]


@pytest.mark.parametrize(("q", "told"), [("10.0.0.0/8", "is a network"), ("  ", "is empty")])
def test_what_the_cloud_does_not_look_for_is_refused(cloud: ScriptedCloud, q: str, told: str) -> None:
    assert told in run(computer_activity_info, q=q).msg
    assert cloud.requests == []


def test_a_trajectory_gives_the_hashes_to_look_up(cloud: ScriptedCloud) -> None:
    files = [
        {"identity": {"sha256": DIGEST.upper()}, "parent": {"identity": {"sha256": PARENT}}},
        {"identity": {"sha256": DIGEST}, "parent": {}},
        {"identity": {"sha256": "no hash"}},
    ]
    events = [{"event_type": "Executed by", "file": file} for file in files]
    answer = {"computer": saw(ONE), "events": [*events, {"id": BIG, "event_type_id": 1}]}
    cloud.expects(GET(f"/v1/computers/{ONE}/trajectory", limit=500).answers(answer))

    result = run(computer_trajectory_info, computer=ONE)

    assert result["sha256s"] == [DIGEST, PARENT]
    assert result["events"][3]["id"] == str(BIG)
    assert not result["partial"]


def test_a_trajectory_that_reaches_its_bound_says_so(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"/v1/computers/{ONE}/user_trajectory", limit=1, q="root").answers({"events": [{}]}))

    assert run(computer_trajectory_info, computer=ONE, user="root", limit=1)["partial"]


def test_an_unknown_computer_has_no_trajectory(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"/v1/computers/{ONE}/trajectory", limit=500).refuses(404))

    assert f"knows no computer {ONE}" in run(computer_trajectory_info, computer=ONE).msg


def test_silent_computers_saw_it_and_raised_nothing(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/computers/activity", q=DIGEST, limit=500).answers([saw(ONE, "loud"), saw(TWO.upper(), "silent")]),
        GET("/v1/events", detection_sha256=DIGEST, limit=500).answers([event(1, 10)]),
    )

    result = run(hunt_info, observables=[DIGEST])

    assert [found["hostname"] for found in result["computers"]] == ["silent"]
    assert result["computers"][0]["pivot_url"].endswith(f"/{TWO}/trajectory?q={DIGEST}")
    [summary] = result["observables"]
    assert (summary["seen"], summary["alerted"], summary["silent"]) == (2, 1, 1)
    assert "events older than the cloud keeps" in summary["partial"][0]


def test_everybody_who_saw_it_comes_from_the_same_requests_when_asked_for(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/computers/activity", q=DIGEST, limit=500).answers([saw(ONE, "loud"), saw(TWO, "silent")]),
        GET("/v1/events", detection_sha256=DIGEST, limit=500).answers([event(1, 10)]),
    )

    result = run(hunt_info, observables=[DIGEST], include_alerted=True)

    assert [(found["hostname"], found["silent"]) for found in result["computers"]] == [
        ("loud", False),
        ("silent", True),
    ]


def test_a_computer_that_raised_an_event_saw_the_file_also_where_the_history_of_activity_is_too_short(
    cloud: ScriptedCloud,
) -> None:
    activity, events = [saw(ONE, "loud")], [event(1, 10), event(2, 9, guid=TWO, computer={"hostname": "earlier"})]
    cloud.expects(
        GET("/v1/computers/activity", q=DIGEST, limit=500).answers(activity),
        GET("/v1/events", detection_sha256=DIGEST, limit=500).answers(events),
        GET("/v1/computers/activity", q=DIGEST, limit=500).answers([]),
        GET("/v1/events", detection_sha256=DIGEST, limit=500).answers(events[1:]),
    )

    result = run(hunt_info, observables=[DIGEST], include_alerted=True)
    assert [(found["hostname"], found["silent"]) for found in result["computers"]] == [
        ("loud", False),
        ("earlier", False),
    ]
    [summary] = result["observables"]
    assert (summary["seen"], summary["alerted"], summary["silent"]) == (2, 2, 0)
    assert summary["partial"][0].startswith("1 of them are known from events only")
    assert [one["hostname"] for one in run(hunt_info, observables=[DIGEST], include_alerted=True)["computers"]] == [
        "earlier"
    ]


def test_an_event_of_the_application_counts_when_asked_for(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/computers/activity", q=DIGEST, limit=500).answers([saw(ONE)]),
        GET("/v1/events", detection_sha256=DIGEST, limit=500).answers([]),
        GET("/v1/events", application_sha256=DIGEST, limit=500).answers([event(1, 10)]),
    )

    assert run(hunt_info, observables=[DIGEST], include_application=True)["computers"] == []


def test_other_observables_are_looked_for_in_the_events_of_who_saw_them(cloud: ScriptedCloud) -> None:
    there = [event(1, 10, network_info={"remote_ip": "82.165.37.127"}), event(2, 9, guid=TWO, network_info=None)]
    cloud.expects(
        GET("/v1/computers/activity", q="82.165.37.127", limit=500).answers([saw(ONE), saw(TWO)]),
        GET("/v1/events", **{"connector_guid[]": [TWO, ONE], "limit": 500}).answers(there),
    )

    result = run(hunt_info, observables=["82.165.37.127"])

    assert [found["connector_guid"] for found in result["computers"]] == [TWO]


def test_a_hunt_that_meets_the_limit_returns_what_it_has_found(cloud: ScriptedCloud) -> None:
    activity = [GET("/v1/computers/activity", q=name, limit=500) for name in ("one.exe", "two.exe")]
    cloud.expects(activity[0].answers([]))
    cloud.expects(activity[1].refuses(429, headers={"x-ratelimit-reset": "3000"}))

    result = run(hunt_info, observables=["one.exe", "two.exe", "three.exe"], concurrency=1)

    assert result.failed
    assert "The hunt ended after 1 of 3 observables" in result.msg
    assert [one["observable"] for one in result["observables"]] == ["one.exe"]


def test_nobody_saw_it(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/computers/activity", q="evil.exe", limit=500).answers([]))

    assert run(hunt_info, observables=["evil.exe", " evil.exe"])["observables"] == [
        {"observable": "evil.exe", "kind": "text", "seen": 0, "alerted": 0, "silent": 0, "partial": []}
    ]


def test_an_alert_has_the_same_id_in_each_run(cloud: ScriptedCloud) -> None:
    ids = set()
    for _run in range(2):
        cloud.expects(
            GET("/v1/computers/activity", q=DIGEST, limit=500).answers([saw(ONE)]),
            GET("/v1/events", detection_sha256=DIGEST, limit=500).answers([]),
        )
        ids.add(run(hunt_info, observables=[DIGEST])["computers"][0]["id"])
    assert len(ids) == 1
