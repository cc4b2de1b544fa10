# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computers, groups, events and event types as a reader sees them (api-contract 4, 6, 10)."""

from __future__ import annotations

from itertools import pairwise
from urllib.parse import quote

import pytest
from plain_client import Api
from simulator import Simulator
from simulator.tenant.computers import HOSTILE_HOSTNAME

COMPUTER_KEYS = {
    "connector_guid", "hostname", "windows_processor_id", "active", "links", "connector_version", "operating_system",
    "os_version", "internal_ips", "external_ip", "group_guid", "install_date", "is_compromised", "demo",
    "network_addresses", "policy", "groups", "last_seen", "faults", "isolation", "orbital", "av_update_definitions",
    "csc_id", "risk_score", "host_firewall", "mac_hardware_id",
}  # fmt: skip
OPTIONAL_COMPUTER_KEYS = {
    "windows_processor_id", "av_update_definitions", "csc_id", "risk_score", "host_firewall", "mac_hardware_id",
}  # fmt: skip
GROUP_KEYS = {
    "name", "description", "guid", "source", "links", "creator", "created_at", "computers_count",
    "descendant_computers_count", "policies",
}  # fmt: skip
POLICY_KEYS = {
    "name", "description", "guid", "product", "default", "serial_number", "links", "file_lists", "ip_lists",
    "isolation_ip_lists", "used_in_groups", "inherited",
}  # fmt: skip


def test_computers_have_exactly_the_recorded_keys(api: Api) -> None:
    computers = api.data("/v1/computers")
    assert len(computers) >= 40
    for computer in computers:
        assert set(computer) | OPTIONAL_COMPUTER_KEYS == COMPUTER_KEYS
    for optional in OPTIONAL_COMPUTER_KEYS:
        assert 0 < sum(optional in computer for computer in computers) < len(computers)
    assert set(computers[0]["links"]) == {"computer", "trajectory", "group"}
    assert set(computers[0]["isolation"]) == {"available", "status"}


def test_the_tenant_has_the_odd_ones_that_real_tenants_have(api: Api) -> None:
    computers = api.data("/v1/computers")
    names = [computer["hostname"] for computer in computers]
    assert names.count("PC-REIMAGED") == 3
    assert HOSTILE_HOSTNAME in names
    many = [computer for computer in computers if len(computer["internal_ips"]) > 1]
    assert many
    assert all(ip.startswith(" ") == (ip != one["internal_ips"][0]) for one in many for ip in one["internal_ips"])
    addresses = [address for computer in computers for address in computer["network_addresses"]]
    assert any(address["ip"] == "" for address in addresses)
    assert any(address["ip"].startswith("169.254.") for address in addresses)
    assert any(address["mac"] != address["mac"].lower() for address in addresses)
    assert any(len(computer["faults"]) > 1 for computer in computers)
    windows = [computer for computer in computers if computer["operating_system"].startswith("Windows")]
    assert any("windows_processor_id" not in computer for computer in windows)
    assert any(computer.get("windows_processor_id") == "0" * 16 for computer in windows)
    macs = [computer for computer in computers if computer["operating_system"].startswith("macOS")]
    assert all("mac_hardware_id" in one and "windows_processor_id" not in one for one in macs)
    systems = {computer["operating_system"].split()[0] for computer in computers}
    assert {"Windows", "macOS", "Ubuntu", "Red", "iOS", "Android"} <= systems


def test_a_computer_alone_is_the_object_of_the_list(api: Api) -> None:
    listed = api.data("/v1/computers?limit=1")[0]
    assert api.data(f"/v1/computers/{listed['connector_guid']}") == listed
    assert api.data(f"/v1/computers/{listed['connector_guid'].upper()}/") == listed


def test_an_unknown_computer_is_a_404(api: Api) -> None:
    assert api.get("/v1/computers/00000000-0000-4000-8000-000000000000").status_code == 404
    assert api.get("/v1/computers/not-a-guid").status_code == 404


def test_filters_of_computers_and_repeats_or(api: Api) -> None:
    computers = api.data("/v1/computers")
    first, second = computers[0], computers[3]
    both = api.data(f"/v1/computers?hostname[]={first['hostname']}&hostname[]={second['hostname']}")
    assert both == [first, second]
    assert api.data(f"/v1/computers?hostname={first['hostname']}") == [first]
    in_group = api.data(f"/v1/computers?hostname[]=0&group_guid[]={first['group_guid']}")
    assert first in in_group
    assert {one["group_guid"] for one in in_group} == {first["group_guid"]}
    assert api.data(f"/v1/computers?internal_ip={first['internal_ips'][0].strip()}") == [first]
    external = api.data(f"/v1/computers?external_ip={first['external_ip']}")
    assert {one["external_ip"] for one in external} == {first["external_ip"]}


def test_computers_by_processor_and_risk(api: Api, simulator_api: Simulator) -> None:
    """api-contract 15."""
    computers = api.data("/v1/computers")
    one = next(item for item in computers if item.get("windows_processor_id", "0" * 16) != "0" * 16)
    assert api.data(f"/v1/computers?processor_id={one['windows_processor_id']}") == [one]
    risky = api.data("/v1/computers?risk_score[]=high&risk_score[]=critical")
    assert risky == [item for item in computers if item.get("risk_score") in ("high", "critical")]
    assert api.data("/v1/computers?kenna_risk_score=high&risk_score=low") == []
    assert api.get("/v1/computers?risk_score=enormous").status_code == 400
    simulator_api.control.set_switches(computer_risk_score="number")
    assert {item["risk_score"] for item in api.data("/v1/computers?risk_score=high")} == {75}


def test_last_seen_filters_part_the_tenant_in_two(api: Api) -> None:
    recent = api.data("/v1/computers?last_seen_within=7")
    stale = api.data("/v1/computers?last_seen_over=7")
    assert recent
    assert stale
    assert len(recent) + len(stale) == 48


def test_groups_show_where_they_stand_in_the_tree(api: Api) -> None:
    groups = {(one["name"], len(one.get("ancestry", []))): one for one in api.data("/v1/groups")}
    child = groups["Database Servers", 1]
    assert [one["name"] for one in child["ancestry"]] == ["Servers"]
    parent = api.data(f"/v1/groups/{child['ancestry'][0]['guid']}")
    assert "Database Servers" in [one["name"] for one in parent["child_groups"]]
    assert parent["computers_count"] + parent["descendant_computers_count"] > parent["computers_count"]


def test_a_group_alone_has_its_policies_one_a_product(api: Api) -> None:
    group = api.data(f"/v1/groups/{api.data('/v1/groups?name[]=Protect')[0]['guid']}")
    assert set(group) >= GROUP_KEYS
    assert set(group) - GROUP_KEYS == {"child_groups"}
    assert sorted(policy["product"] for policy in group["policies"]) == [
        "android", "ios", "linux", "mac", "network", "windows",
    ]  # fmt: skip
    for policy in group["policies"]:
        assert set(policy) - {"exclusion_sets"} == POLICY_KEYS
        assert group["guid"] in [one["guid"] for one in policy["used_in_groups"]]


def test_two_groups_and_two_policies_may_share_a_name(api: Api) -> None:
    assert len(api.data("/v1/groups?name[]=Kiosk")) == 2
    group = api.data(f"/v1/groups/{api.data('/v1/groups?name[]=Protect')[0]['guid']}")
    guards = [policy for policy in group["policies"] if policy["name"] == "Guard"]
    assert len({policy["guid"] for policy in guards}) == len(guards) > 1


def test_event_types_are_unpaged_with_a_total_only(api: Api) -> None:
    body = api.get("/v1/event_types").json()
    assert body["metadata"]["results"] == {"total": len(body["data"])}
    assert len(body["data"]) >= 106
    assert {"id", "name", "description"} == set(body["data"][0])
    assert {1090519054: "Threat Detected", 2164260880: "Quarantine Failure"}.items() <= {
        one["id"]: one["name"] for one in body["data"]
    }.items()


def test_events_are_newest_first_and_every_odd_shape_is_there(api: Api) -> None:
    events = [event for offset in (0, 500, 1000) for event in api.data(f"/v1/events?offset={offset}")]
    times = [event["timestamp"] for event in events]
    assert sum(earlier < later for earlier, later in pairwise(times)) < len(events) / 10
    assert any("id" not in event for event in events)
    assert any("severity" not in event for event in events)
    assert any(event["computer"].get("user") == "Not Available" for event in events)
    paths = [event["file"]["file_path"] for event in events if "file_path" in event.get("file", {})]
    for beginning in ("\\\\?\\C:\\", "/C:/", "/c:/", "file:///C%3A/"):
        assert any(path.startswith(beginning) for path in paths), beginning
    hashes = [event["file"]["identity"]["sha256"] for event in events if "file" in event]
    assert any(digest != digest.lower() for digest in hashes)
    quarantined = next(event for event in events if event["event_type_id"] == 553648143)
    assert set(quarantined["file"]) == {"disposition", "identity"}
    assert set(quarantined["file"]["identity"]) == {"sha256"}
    assert "detection" not in quarantined
    assert "user" not in quarantined["computer"]
    recalled = next(event for event in events if event["event_type_id"] == 553648147)
    assert recalled["event_type"] == "Retrospective Detection"


@pytest.mark.parametrize(
    ("event_type", "keys"),
    [
        (1107296258, {"detection", "severity", "start_timestamp", "start_date"}),
        (1107296272, {"detection", "severity", "start_timestamp", "start_date"}),
        (1107296274, {"cloud_ioc", "severity", "start_timestamp", "start_date"}),
        (1107296278, {"severity"}),
        (1107296279, {"vulnerabilities", "severity", "start_timestamp", "start_date"}),
        (1107296344, {"threat_hunting", "tactics", "techniques", "severity"}),
        (1091567628, {"scan", "severity"}),
        (553648173, {"file"}),
    ],
)
def test_indications_and_news_have_the_recorded_keys_and_no_detection_id(
    api: Api, event_type: int, keys: set[str]
) -> None:
    """api-contract 6 and 18."""
    found = api.data(f"/v1/events?event_type={event_type}")
    assert found
    for event in found:
        assert keys <= set(event)
        assert "detection_id" not in event


def test_a_technique_of_a_hunt_is_an_object_with_everything(api: Api) -> None:
    (technique,) = api.data("/v1/events?event_type=1107296344")[0]["techniques"]
    assert set(technique) == {
        "name", "description", "external_id", "mitre_name", "mitre_url", "tactics_names", "platforms",
        "system_requirements", "permissions", "data_sources",
    }  # fmt: skip


def test_every_type_that_correlates_is_in_the_history(api: Api) -> None:
    for event_type in (1090519054, 553648143, 2164260880, 553648147, 553648155):
        found = api.data(f"/v1/events?event_type[]={event_type}")
        assert found
        assert all(isinstance(event["detection_id"], str) for event in found)


def test_filters_of_events(api: Api) -> None:
    event = api.data("/v1/events?event_type=1090519054&limit=1")[0]
    digest, guid = event["file"]["identity"]["sha256"], event["connector_guid"]
    found = api.data(f"/v1/events?detection_sha256={digest.upper()}&connector_guid[]={guid}")
    assert event in found
    assert {one["connector_guid"] for one in found} == {guid}
    assert {one["file"]["identity"]["sha256"].lower() for one in found} == {digest.lower()}
    parent = event["file"]["parent"]["identity"]["sha256"]
    assert api.data(f"/v1/events?application_sha256={parent}") == [event]
    two = api.data("/v1/events?event_type[]=1107296272&event_type[]=1107296274")
    assert {one["event_type_id"] for one in two} == {1107296272, 1107296274}
    group = event["group_guids"][0]
    assert all(group in one["group_guids"] for one in api.data(f"/v1/events?group_guid[]={group}"))


def test_start_date_takes_every_spelling_and_is_inclusive(api: Api) -> None:
    event = api.data("/v1/events?offset=600&limit=1")[0]
    later = [one for one in api.data("/v1/events") + api.data("/v1/events?offset=500") + api.data(
        "/v1/events?offset=1000") if one["timestamp"] >= event["timestamp"]]  # fmt: skip
    for text in (event["date"], event["date"].replace("+00:00", "Z"), event["date"][:19]):
        answered = api.get(f"/v1/events?limit=1&start_date={quote(text)}").json()
        assert answered["metadata"]["results"]["total"] == len(later)
    assert api.get(f"/v1/events?start_date={event['date'][:10]}").status_code == 200


def test_the_same_seed_makes_the_same_tenant() -> None:
    def shape(seed: int) -> tuple[list[object], list[object]]:
        with Simulator(broker=False, seed=seed, events=50) as running:
            computers = [(one.guid, one.hostname) for one in running.tenant.computers.values()]
            return computers, [(one["event_type_id"], one["connector_guid"]) for one in running.tenant.events]

    assert shape(7) == shape(7)
    assert shape(7) != shape(8)
