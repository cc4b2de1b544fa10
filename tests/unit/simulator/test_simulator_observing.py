# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen where: activity, trajectories, vulnerabilities, indicators, audit logs (api-contract 4 and 10)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from plain_client import Api
from simulator import Simulator
from simulator.tenant.sightings import QUIET_FILES

ACTIVITY_KEYS = {"connector_guid", "hostname", "windows_processor_id", "active", "links"}


@pytest.mark.parametrize("query", ["203.0.113.66", QUIET_FILES[0], QUIET_FILES[0].upper(), "bad.example/drop"])
def test_activity_finds_computers_by_address_file_name_and_part_of_a_url(api: Api, query: str) -> None:
    found = api.data(f"/v1/computers/activity?q={quote(query, safe='')}")
    assert found
    assert len({one["connector_guid"] for one in found}) == len(found)
    for one in found:
        assert set(one) | {"windows_processor_id"} == ACTIVITY_KEYS
        trajectory = one["links"]["trajectory"]
        assert trajectory == api.url(f"/v1/computers/{one['connector_guid']}/trajectory?q={quote(query, safe='')}")
        assert api.session.get(trajectory, timeout=20).json()["data"]["events"]


def test_activity_is_paged_and_needs_a_query(api: Api) -> None:
    body = api.get(f"/v1/computers/activity?q={QUIET_FILES[1]}&limit=2").json()
    assert body["metadata"]["results"]["items_per_page"] == 2
    assert body["metadata"]["links"]["next"].endswith(f"activity?q={QUIET_FILES[1]}&limit=2&offset=2")
    assert api.get("/v1/computers/activity").status_code == 400
    assert api.data(f"/v1/computers/activity?q={'ab' * 32}") == []
    assert api.data("/v1/computers/activity?q=198.51.100") == []


def test_some_hashes_were_seen_and_raised_no_event(api: Api) -> None:
    guid = api.data(f"/v1/computers/activity?q={QUIET_FILES[0]}")[0]["connector_guid"]
    entry = api.data(f"/v1/computers/{guid}/trajectory?q={QUIET_FILES[0]}")["events"][0]
    digest = entry["file"]["identity"]["sha256"]
    assert api.data(f"/v1/events?detection_sha256={digest}") == []
    assert guid in [one["connector_guid"] for one in api.data(f"/v1/computers/activity?q={digest.upper()}")]


def test_only_so_many_entries_are_searched(api: Api, simulator_api: Simulator) -> None:
    assert len(api.data(f"/v1/computers/activity?q={QUIET_FILES[0]}")) > 1
    simulator_api.control.set_switches(activity_entries=1)
    assert len(api.data(f"/v1/computers/activity?q={QUIET_FILES[0]}")) == 1


def test_a_trajectory_mixes_quiet_sightings_and_events_newest_first(api: Api, simulator_api: Simulator) -> None:
    computer = simulator_api.control.computer()
    simulator_api.control.publish("detected_quarantined", computer=computer.guid)
    body = api.get(f"/v1/computers/{computer.guid}/trajectory").json()
    assert "results" not in body["metadata"]
    assert body["data"]["computer"] == api.data(f"/v1/computers/{computer.guid}")
    events = body["data"]["events"]
    times = [(one["timestamp"], one["timestamp_nanoseconds"]) for one in events]
    assert times == sorted(times, reverse=True)
    quiet = [one for one in events if "event_type_id" not in one]
    loud = [one for one in events if "event_type_id" in one]
    assert quiet
    assert all(
        "id" not in one and one["event_type"] in ("Executed by", "Created by", "Moved by", "NFM") for one in quiet
    )
    assert all(isinstance(one["id"], str) for one in loud if "id" in one)
    assert all("computer" not in one for one in events)
    assert len(api.data(f"/v1/computers/{computer.guid}/trajectory?limit=2")["events"]) == 2


def test_a_user_can_be_followed(api: Api) -> None:
    user = quote("m.keller")
    found = api.data(f"/v1/computers/user_activity?q={user}")
    assert found
    for one in found:
        assert api.data(f"/v1/computers/{one['connector_guid']}/user_trajectory?q={user}")["events"]
    assert api.data("/v1/computers/user_activity?q=nobody") == []


def test_the_user_of_a_user_trajectory_may_be_left_out(api: Api) -> None:
    """q is optional (api-contract 14); Cisco's own example script sends none."""
    guid = api.data("/v1/computers/user_activity?q=m.keller")[0]["connector_guid"]
    everybody = api.data(f"/v1/computers/{guid}/user_trajectory")["events"]
    of_one = api.data(f"/v1/computers/{guid}/user_trajectory?q=m.keller")["events"]
    assert len(everybody) > len(of_one) > 0
    assert all(one in everybody for one in of_one)


def test_the_user_trajectory_may_be_gone_and_the_trajectory_finds_users_then(
    api: Api, simulator_api: Simulator
) -> None:
    guid = api.data("/v1/computers/user_activity?q=m.keller")[0]["connector_guid"]
    of_one = api.data(f"/v1/computers/{guid}/user_trajectory?q=m.keller")["events"]
    simulator_api.control.set_switches(user_trajectory="gone")
    assert api.get(f"/v1/computers/{guid}/user_trajectory?q=m.keller").status_code == 404
    assert api.data(f"/v1/computers/{guid}/trajectory?q=m.keller")["events"] == of_one


def test_a_trajectory_between_two_times(api: Api, simulator_api: Simulator) -> None:
    """start_time and end_time, ISO 8601 (api-contract 14)."""
    guid = simulator_api.control.computer().guid
    events = api.data(f"/v1/computers/{guid}/trajectory")["events"]
    first, last = quote(events[-1]["date"]), quote(events[0]["date"])
    assert api.data(f"/v1/computers/{guid}/trajectory?start_time={first}")["events"] == events
    earlier = api.data(f"/v1/computers/{guid}/trajectory?end_time={last}")["events"]
    assert 0 < len(earlier) < len(events)
    assert api.get(f"/v1/computers/{guid}/trajectory?start_time=soon").status_code == 400


def test_a_file_is_created_and_then_executed_as_its_system_does_it(api: Api, simulator_api: Simulator) -> None:
    """Created by and Executed by of one hash, with a path and a command line that fit the system (api-contract 4)."""
    systems = set()
    for computer in simulator_api.tenant.computers.values():
        events = api.data(f"/v1/computers/{computer.guid}/trajectory")["events"]
        entries = [one for one in reversed(events) if "event_type_id" not in one and "file" in one]
        for executed in (one for one in entries if one["event_type"] == "Executed by"):
            digest, path = executed["file"]["identity"]["sha256"], executed["file"]["file_path"]
            came = next(one for one in entries if one["file"]["identity"]["sha256"] == digest)
            assert came["event_type"] in ("Created by", "Moved by")
            windows = computer.product == "windows"
            assert path.startswith("/c:/") == windows
            assert executed["command_line"]["arguments"].startswith("c:/" if windows else path)
            systems.add(computer.product)
    assert {"windows", "mac", "linux"} <= systems


def test_a_cloud_ioc_names_a_tool_of_the_system_as_clean(simulator_api: Simulator) -> None:
    """What is Malicious there is the parent (api-contract 18)."""
    for hostname, tool in (("PC-0000", "powershell.exe"), ("ubu-0008", "bash"), ("mac-0006", "osascript")):
        (event,) = simulator_api.control.publish("cloud_ioc", computer=hostname)
        assert (event["file"]["file_name"], event["file"]["disposition"]) == (tool, "Clean")
        assert event["file"]["parent"]["disposition"] == "Malicious"
        assert event["command_line"]["arguments"].startswith(tool)


def test_faults_are_events_with_a_title(api: Api) -> None:
    """api-contract 15."""
    raised = api.data("/v1/events?event_type=1090519107")
    cleared = api.data("/v1/events?event_type=553648196")
    assert raised
    assert cleared
    assert {one["intervention_required"] for one in raised} == {"yes"}
    assert all(one["fault_event_title"] for one in raised + cleared)


def test_vulnerabilities_have_the_recorded_keys(api: Api) -> None:
    found = api.data("/v1/vulnerabilities")
    assert found
    for one in found:
        assert set(one) == {
            "application", "version", "file", "cves", "latest_timestamp", "latest_date", "groups",
            "computers_total_count", "computers",
        }  # fmt: skip
        assert one["computers_total_count"] == len(one["computers"]) > 0
        assert set(one["cves"][0]) == {"id", "link", "cvss"}
    hashes = [one["file"]["identity"]["sha256"] for one in found]
    assert any(digest == digest.upper() for digest in hashes)
    assert any(digest == digest.lower() for digest in hashes)


def test_computers_of_a_vulnerability_and_vulnerabilities_of_a_computer(api: Api) -> None:
    one = api.data("/v1/vulnerabilities")[0]
    digest = one["file"]["identity"]["sha256"]
    computers = api.data(f"/v1/vulnerabilities/{digest.lower()}/computers")
    assert [{**item, "group_guid": None} for item in computers] == [
        {**item, "group_guid": None} for item in one["computers"]
    ]
    body = api.get(f"/v1/computers/{computers[0]['connector_guid']}/vulnerabilities").json()
    assert body["data"]["group_guid"] == computers[0]["group_guid"]
    assert digest in [item["file"]["identity"]["sha256"] for item in body["data"]["vulnerabilities"]]
    assert body["metadata"]["results"]["total"] == len(body["data"]["vulnerabilities"])
    assert api.get(f"/v1/vulnerabilities/{'ab' * 32}/computers").status_code == 404


def test_vulnerabilities_by_group_and_time(api: Api) -> None:
    one = api.data("/v1/vulnerabilities")[0]
    group = one["groups"][0]["guid"]
    for item in api.data(f"/v1/vulnerabilities?group_guid[]={group}"):
        assert [one["guid"] for one in item["groups"]] == [group]
    assert api.data("/v1/vulnerabilities?start_time=2999-01-01") == []
    assert api.data("/v1/vulnerabilities?end_time=2000-01-01") == []
    assert len(api.data("/v1/vulnerabilities?start_time=2000-01-01&end_time=2999-01-01")) == len(
        api.data("/v1/vulnerabilities")
    )


def test_beyond_a_thousand_computers_an_item_holds_the_first_only() -> None:
    with Simulator(broker=False, computers=6000, events=0) as running:
        api = Api(running, running.client_id, running.api_key)
        with api.session:
            one = max(api.data("/v1/vulnerabilities"), key=lambda item: int(item["computers_total_count"]))
            assert one["computers_total_count"] > len(one["computers"]) == 1000
            path = f"/v1/vulnerabilities/{one['file']['identity']['sha256']}/computers?offset=1000"
            assert api.get(path).json()["metadata"]["results"]["total"] == one["computers_total_count"]
            assert api.data(path)


def test_the_event_of_a_vulnerable_application_tells_the_same_hash(api: Api) -> None:
    known = {one["file"]["identity"]["sha256"].lower() for one in api.data("/v1/vulnerabilities")}
    events = api.data("/v1/events?event_type=1107296279")
    assert events
    assert {one["file"]["identity"]["sha256"].lower() for one in events} <= known
    assert set(events[0]["vulnerabilities"][0]) == {"name", "version", "cve", "score", "url"}


def test_indicators(api: Api) -> None:
    found = api.data("/v1/indicators")
    assert api.get("/v1/indicators?limit=3").json()["metadata"]["results"]["total"] == len(found) > 3
    assert any("mitre" not in one for one in found)
    assert any("description" not in one for one in found)
    assert api.data(f"/v1/indicators/{found[0]['guid']}") == found[0]
    assert set(found[0]["mitre"]) == {"tactics", "techniques"}
    assert api.get("/v1/indicators/00000000-0000-4000-8000-000000000000").status_code == 404


def test_audit_logs_tell_who_did_what_newest_first(api: Api, simulator_api: Simulator) -> None:
    assert api("POST", "/v1/groups", json={"name": "Seen", "description": "x"}).status_code == 201
    newest = api.data("/v1/audit_logs?limit=1")[0]
    assert set(newest) == {
        "event", "audit_log_type", "audit_log_id", "audit_log_user", "created_at", "old_attributes", "new_attributes",
    }  # fmt: skip
    assert (newest["event"], newest["audit_log_type"]) == ("create", "Group")
    assert newest["audit_log_user"] == simulator_api.client_id
    assert newest["new_attributes"] == {"name": "Seen"}
    assert api.data(f"/v1/audit_logs?audit_log_user={simulator_api.client_id}") == [newest]
    assert api.data(f"/v1/audit_logs?start_time={newest['created_at']}") == [newest]
    assert newest not in api.data("/v1/audit_logs?end_time=2020-01-01")
    assert {one["audit_log_type"] for one in api.data("/v1/audit_logs?audit_log_type=Computer&event=create")} == {
        "Computer"
    }


def test_app_trajectory_lists_connections_of_a_bundle(api: Api) -> None:
    """api-contract 15: metadata has links.self only."""
    body = api.get("/v1/app_trajectory/queries?ios_bid=com.example.mail").json()
    assert set(body["metadata"]) == {"links"}
    assert set(body["data"][0]) == {
        "connector_guid", "bundle_id", "group_guids", "links", "cdhash", "timestamp", "timestamp_nanoseconds", "date",
        "query_type", "network_info", "ver",
    }  # fmt: skip
    assert api.data("/v1/app_trajectory/queries?ios_bid=com.example.other") == []
    assert api.get("/v1/app_trajectory/queries").status_code == 400
