# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is only read, over real TLS against the simulated cloud: all filters, unknowns (R31) and pages, and bad days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    audit_log_info,
    computer_activity_info,
    computer_trajectory_info,
    event_info,
    hunt_info,
    indicator_info,
    isolation_info,
    vulnerability_info,
)
from simulator import Simulator
from simulator.switches import TABLE
from unit.scripted_cloud import ENVIRONMENT, Result, run

CONCERNED = (
    "name_filter",
    "hostname_filter",
    "activity",
    "limit_over",
    "bad_parameter",
    "malformed",
    "not_found",
    "rate_limit_s",
)
SWITCHES = [(name, value) for name, switch in TABLE.items() if name.startswith(CONCERNED) for value in switch.allowed]
NOBODY = "00000000-0000-4000-8000-000000000000"
NO_FILE = "0" * 64


class Tenant:
    """The modules with the login of one simulated tenant."""

    def __init__(self, sim: Simulator) -> None:
        self.sim, self.control = sim, sim.control

    def run(self, module: Any, **options: Any) -> Result:
        """What check mode reads, too."""
        here = self.sim
        place = {"api_host": here.api_host, "ca_path": str(here.ca_path)}
        login = {"client_id": here.client_id, "api_key": here.api_key}
        self.control.clear_requests()
        return run(module, **{**place, **login, **options})

    def requests(self) -> int:
        assert {one["method"] for one in self.control.requests()} <= {"GET"}
        return len(self.control.requests())


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def tenant(simulator_api: Simulator) -> Tenant:
    return Tenant(simulator_api)


@pytest.fixture(scope="module")
def big_simulator() -> Iterator[Simulator]:
    with Simulator(broker=False, computers=1600, events=1200, rate_limit=100_000) as sim:
        everywhere = sim.cloud.vulnerabilities[0]
        everywhere.seen = dict.fromkeys(sim.cloud.tenant.computers, sim.cloud.clock.now() - 1000)
        yield sim


@pytest.fixture
def big(big_simulator: Simulator) -> Tenant:
    """Several pages of everything, and a program that ran on more than a thousand computers."""
    big_simulator.control.clear_faults()
    return Tenant(big_simulator)


def guids(records: list[dict[str, Any]]) -> set[str]:
    return {record["connector_guid"] for record in records}


@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_everything_is_read_under_every_value_of_every_unknown(tenant: Tenant, switch: str, value: Any) -> None:
    tenant.control.set_switches(**{switch: value})
    event = tenant.control.publish("detected_quarantined", computer="PC-0000", sha256="ab" * 32)[0]

    found = tenant.run(
        event_info,
        computers=["pc-0000"],
        groups=[tenant.sim.cloud.tenant.groups[tenant.control.computer("PC-0000").group_guid].guid],
        event_types=["Threat Detected"],
        detection_sha256="AB" * 32,
    )
    assert [one["id"] for one in found["events"]] == [str(event["id"])]
    assert guids(tenant.run(computer_activity_info, q="AB" * 32)["computers"]) == {
        tenant.control.computer("PC-0000").guid
    }
    assert "ab" * 32 in tenant.run(computer_trajectory_info, computer="pc-0000")["sha256s"]
    assert "knows no computer" in tenant.run(computer_trajectory_info, computer=NOBODY).msg.replace(
        "computers", "computer"
    )
    assert tenant.run(hunt_info, observables=["AB" * 32])["computers"] == []
    assert tenant.run(vulnerability_info, groups=["Protect"])["vulnerabilities"]
    assert tenant.run(vulnerability_info, sha256=NO_FILE)["computers"] == []
    assert "knows no computer" in tenant.run(vulnerability_info, computer=NOBODY).msg
    assert tenant.run(indicator_info, guids=[NOBODY])["indicators"] == []
    assert "audit_logs" in tenant.run(audit_log_info, limit=1)
    assert tenant.run(isolation_info, computers=["pc-0000"])["isolations"][0]["status"] == "not_isolated"


def test_all_events_come_once_newest_first_and_their_ids_are_exact_texts(big: Tenant) -> None:
    there = [str(one["id"]) for one in reversed(big.sim.cloud.tenant.events) if "id" in one]

    found = big.run(event_info)

    pages = -(-len(big.sim.cloud.tenant.events) // 500)
    assert [one["id"] for one in found["events"] if "id" in one] == there
    assert found["complete"]
    assert big.requests() == pages
    assert [one["id"] for one in big.run(event_info, limit=3)["events"]] == there[:3]
    assert big.requests() == 1


def test_events_that_come_while_reading_are_left_out_and_none_is_lost(big: Tenant) -> None:
    before = [str(one["id"]) for one in reversed(big.sim.cloud.tenant.events) if "id" in one]
    big.control.add_fault("shift", path="/v1/events", count=2, what="events", change="insert")

    assert [one["id"] for one in big.run(event_info)["events"] if "id" in one] == before


def test_events_of_many_computers_are_asked_for_in_parts(big: Tenant) -> None:
    wanted = list(big.sim.cloud.tenant.computers)[:120]
    there = [one for one in big.run(event_info)["events"] if one["computer"]["connector_guid"] in wanted]

    found = big.run(event_info, computers=wanted)["events"]

    assert big.requests() == 3
    assert [one["id"] for one in found if "id" in one] == [one["id"] for one in there if "id" in one]
    assert all(len(one["path"]) + len(str(one["query"])) < 8000 for one in big.control.requests())


def test_a_filter_by_time_holds_on_both_sides(tenant: Tenant) -> None:
    now = tenant.sim.cloud.clock.now()
    for age in (3000, 2000, 1000):
        tenant.control.publish("detected_quarantined", computer="PC-0000", at=now - age, sha256="cd" * 32)

    def at(age: float) -> str:
        from datetime import datetime, timezone

        return datetime.fromtimestamp(now - age, timezone.utc).isoformat()

    whole = tenant.run(event_info, detection_sha256="cd" * 32)["events"]
    middle = tenant.run(event_info, detection_sha256="cd" * 32, start_date=at(2500), end_date=at(1500))["events"]
    assert 0 < len(middle) < len(whole)
    assert all(now - 2501 <= one["timestamp"] <= now - 1499 for one in middle)


def test_events_of_a_computer_that_is_gone_are_still_found(tenant: Tenant) -> None:
    guid = tenant.control.computer("PC-0000").guid
    tenant.control.publish("detected_quarantined", computer="PC-0000")
    del tenant.sim.cloud.tenant.computers[guid]

    assert tenant.run(event_info, computers=[guid.upper()])["events"]
    assert tenant.requests() == 1
    assert 'No computers are named "PC-0000"' in tenant.run(event_info, computers=["PC-0000"]).msg


def test_an_event_about_the_application(tenant: Tenant) -> None:
    events = [
        one for one in tenant.sim.cloud.tenant.events if ((one.get("file") or {}).get("parent") or {}).get("identity")
    ]
    digest = events[0]["file"]["parent"]["identity"]["sha256"]

    found = tenant.run(event_info, application_sha256=digest.upper())["events"]

    assert str(events[0]["id"]) in {one["id"] for one in found}


def test_who_saw_a_file_an_address_a_url_and_who_was_active(tenant: Tenant) -> None:
    activity = tenant.sim.cloud.sightings
    entries = [(guid, one) for guid, seen in activity.items() for one in seen]
    file = next(one["file"] for _guid, one in entries if "file" in one)
    network = next(one["network_info"] for _guid, one in entries if "network_info" in one)
    for q in (file["identity"]["sha256"], file["file_name"], network["remote_ip"], network["dirty_url"][7:20]):
        found = tenant.run(computer_activity_info, q=q)
        assert found["computers"], q
        assert all(one["pivot_url"].startswith("https://") for one in found["computers"])
        assert found["partial"] == []
    user = next(one["user"] for _guid, one in entries)
    active = tenant.run(computer_activity_info, user=user)["computers"]
    assert guids(active) >= {guid for guid, one in entries if one["user"] == user}
    assert len(tenant.run(computer_activity_info, user=user, limit=1)["computers"]) == 1
    of_user = tenant.run(computer_trajectory_info, computer=active[0]["connector_guid"], user=user)
    assert of_user["events"]
    assert of_user["pivot_url"].endswith("/trajectory2")


def test_a_trajectory_by_what_it_holds(tenant: Tenant) -> None:
    guid, seen = next(
        (guid, seen) for guid, seen in tenant.sim.cloud.sightings.items() if any("file" in one for one in seen)
    )
    digest = next(one["file"]["identity"]["sha256"] for one in seen if "file" in one)

    whole = tenant.run(computer_trajectory_info, computer=guid)
    filtered = tenant.run(computer_trajectory_info, computer=guid, q=digest)

    assert digest in filtered["sha256s"]
    assert 0 < len(filtered["events"]) <= len(whole["events"])
    assert whole["computer"]["connector_guid"] == guid
    assert tenant.run(computer_trajectory_info, computer=guid, limit=1)["partial"] is True
    assert filtered["pivot_url"].endswith(f"trajectory?q={digest}")


def test_silent_computers_are_those_without_an_event(tenant: Tenant) -> None:
    """A quiet file is seen by many and no event is about it; then one of them raises one."""
    entries = [(guid, one) for guid, seen in tenant.sim.cloud.sightings.items() for one in seen if "file" in one]
    file = entries[0][1]["file"]
    digest = file["identity"]["sha256"]
    saw = {guid for guid, one in entries if one["file"]["identity"]["sha256"] == digest}
    assert guids(tenant.run(hunt_info, observables=[digest])["computers"]) == saw
    loud = sorted(saw)[0]
    tenant.control.publish("detected_quarantined", computer=loud, sha256=digest, file_name=file["file_name"])

    found = tenant.run(hunt_info, observables=[digest.upper(), file["file_name"]], include_application=True)

    assert guids([one for one in found["computers"] if one["observable"] == digest]) == saw - {loud}
    assert loud not in guids(found["computers"])
    summary = found["observables"][0]
    assert (summary["seen"], summary["alerted"], summary["silent"]) == (len(saw), 1, len(saw) - 1)
    assert "older than the cloud keeps" in summary["partial"][0]
    ids = [one["id"] for one in found["computers"]]
    assert len(set(ids)) == len(ids)
    again = tenant.run(hunt_info, observables=[digest, file["file_name"]], include_application=True)["computers"]
    assert [one["id"] for one in again] == ids


def test_a_hunt_whose_events_cannot_be_read_names_nobody(tenant: Tenant) -> None:
    """A failed reading of events would make every computer a silent one."""
    entries = [one for seen in tenant.sim.cloud.sightings.values() for one in seen if "file" in one]
    tenant.control.add_fault("status", path="/v1/events", count=None, status=503, html=True)

    result = tenant.run(hunt_info, observables=[entries[0]["file"]["identity"]["sha256"]])

    assert result.failed
    assert "computers" not in result


def test_vulnerable_software_of_tenant_group_file_and_computer(big: Tenant) -> None:
    rows = big.run(vulnerability_info, all_computers=True)["vulnerabilities"]
    crowded = [row for row in rows if row["computers_total_count"] > 1000]
    assert crowded
    assert all(len(row["computers"]) == row["computers_total_count"] for row in rows)
    assert big.requests() == 1 + sum(-(-row["computers_total_count"] // 500) for row in crowded)

    digest = crowded[0]["file"]["identity"]["sha256"]
    everyone = big.run(vulnerability_info, sha256=digest)["computers"]
    assert len(everyone) == crowded[0]["computers_total_count"]
    some = big.run(vulnerability_info, sha256=digest, groups=["Protect"])["computers"]
    assert 0 < len(some) < len(everyone)
    one = big.run(vulnerability_info, computer=everyone[0]["connector_guid"])["vulnerabilities"]
    assert digest.lower() in {row["file"]["identity"]["sha256"].lower() for row in one}
    recent = big.run(vulnerability_info, start_time="2999-01-01")["vulnerabilities"]
    assert recent == []


def test_indicators_by_guid_and_by_limit(tenant: Tenant) -> None:
    everything = tenant.run(indicator_info)["indicators"]
    wanted = [one["guid"] for one in everything[:3]]

    assert tenant.run(indicator_info, guids=[*wanted, NOBODY])["indicators"] == everything[:3]
    assert tenant.run(indicator_info, limit=2)["indicators"] == everything[:2]
    result = tenant.run(indicator_info, guids=["x", *wanted, "y"])
    assert 'not a GUID: "x", "y"' in result.msg
    assert tenant.requests() == 0


def test_audit_logs_by_every_filter(tenant: Tenant) -> None:
    everything = tenant.run(audit_log_info)["audit_logs"]
    sample = everything[len(everything) // 2]

    for name in ("audit_log_user", "audit_log_type", "event"):
        wanted = [one for one in everything if one[name] == sample[name]]
        assert tenant.run(audit_log_info, **{name: sample[name]})["audit_logs"] == wanted
    later = tenant.run(audit_log_info, start_time=sample["created_at"])["audit_logs"]
    earlier = tenant.run(audit_log_info, end_time=sample["created_at"])["audit_logs"]
    assert sample in later
    assert sample in earlier
    assert len(later) + len(earlier) > len(everything)


@pytest.mark.parametrize("module", [event_info, vulnerability_info, indicator_info, audit_log_info])
@pytest.mark.parametrize(
    "fault", [{"kind": "cut"}, {"kind": "status", "status": 502, "html": True}, {"kind": "broken_json"}]
)
def test_a_bad_moment_is_read_again_and_a_bad_day_is_a_failure(
    tenant: Tenant, module: Any, fault: dict[str, Any]
) -> None:
    if fault["kind"] != "broken_json":
        tenant.control.add_fault(**{**fault, "count": 1})
        assert not tenant.run(module).failed
    tenant.control.add_fault(**{**fault, "count": None})
    result = tenant.run(module)
    assert result.failed
    assert "/v1/" in result.msg


@pytest.mark.parametrize(
    ("module", "options", "told"),
    [
        (event_info, {"groups": ["Nowhere"]}, "Nowhere"),
        (event_info, {"event_types": ["No such type"]}, "No such type"),
        (event_info, {"computers": ["PC-REIMAGED"]}, "3 computers are named"),
        (event_info, {"limit": 0}, "limit must be 1 or more"),
        (computer_activity_info, {"user": " "}, "user is empty"),
        (computer_trajectory_info, {"computer": "nobody"}, "No computers are named"),
        (computer_trajectory_info, {"computer": "PC-0000", "q": "10.0.0.0/8"}, "is a network"),
        (computer_trajectory_info, {"computer": "PC-0000", "user": " "}, "user is empty"),
        (computer_trajectory_info, {"computer": "PC-0000", "limit": -1}, "limit must be 1 or more"),
        (hunt_info, {"observables": ["cmd.exe", " "]}, "is empty"),
        (vulnerability_info, {"sha256": "abc"}, "sha256 is not a SHA-256"),
        (vulnerability_info, {"groups": ["Nowhere"]}, "Nowhere"),
        (isolation_info, {"computers": ["nobody", "PC-REIMAGED"]}, "3 computers are named"),
    ],
)
def test_bad_input_is_told(tenant: Tenant, module: Any, options: dict[str, Any], told: str) -> None:
    assert told in tenant.run(module, **options).msg
