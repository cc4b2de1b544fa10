# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists, computers and groups over real TLS against the simulated cloud: every unknown of the contract (R31), bad days,
and how many requests all of it costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    computer,
    computer_group,
    computer_info,
    file_list_entry,
    file_list_info,
    group,
    group_info,
    policy_info,
)
from simulator import Simulator
from simulator.switches import TABLE
from unit.scripted_cloud import ENVIRONMENT, Result, run

READS = {"GET", "HEAD", "OPTIONS"}
OF_OTHERS = ("event_stream", "stream_event", "isolation", "activity", "read_only", "rate_limit")
SWITCHES = [
    (name, value) for name, switch in TABLE.items() if not name.startswith(OF_OTHERS) for value in switch.allowed
]
CUSTOM = {"file_list": "Simple Custom Detection List", "file_list_type": "simple_custom_detections"}


def sha(number: int) -> str:
    return f"{number:064x}"


class Tenant:
    """The modules with the login of one simulated tenant."""

    def __init__(self, sim: Simulator) -> None:
        self.sim, self.control = sim, sim.control
        self.login = {"client_id": sim.client_id, "api_key": sim.api_key}

    def run(self, module: Any, **options: Any) -> Result:
        place = {"api_host": self.sim.api_host, "ca_path": str(self.sim.ca_path)}
        return run(module, **{**place, **self.login, **options})

    def predicted_then_done(self, module: Any, **options: Any) -> Result:
        """In check mode nothing is written and the same is predicted; the next run has nothing to do."""
        self.control.clear_requests()
        predicted = self.run(module, _check=True, **options)
        assert self.writes() == []
        done = self.run(module, **options)
        assert "msg" not in predicted, predicted.msg
        assert "msg" not in done, done.msg
        for key in ("changed", "before", "diff", "counts", "computers"):
            assert predicted.get(key) == done.get(key), key
        again = self.run(module, **options)
        assert "msg" not in again, again.msg
        assert not again.changed
        return done

    def requests(self) -> list[str]:
        return [f"{one['method']} {one['path']}" for one in self.control.requests()]

    def writes(self) -> list[str]:
        return [line for line in self.requests() if line.split()[0] not in READS]

    def hashes(self, name: str = CUSTOM["file_list"]) -> set[str]:
        lists = self.run(file_list_info, name=name, files=True)["file_lists"]
        return {entry["sha256"] for entry in lists[0]["files"]}

    def hosts(self, count: int) -> list[str]:
        """GUIDs of the first computers; none of them is in the group Unused."""
        return [one["connector_guid"] for one in self.run(computer_info, limit=count)["computers"]]


@pytest.fixture
def tenant(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return Tenant(simulator_api)


@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_everything_works_under_every_value_of_every_unknown(tenant: Tenant, switch: str, value: Any) -> None:
    tenant.control.set_switches(**{"group_unique_names": switch == "group_name_status", switch: value})

    entries = [sha(1), {"sha256": sha(2), "description": "d"}]
    assert tenant.predicted_then_done(file_list_entry, **CUSTOM, entries=entries)["counts"] == {"added": 2}
    other = [{"sha256": sha(2), "description": "e"}]
    assert tenant.predicted_then_done(file_list_entry, **CUSTOM, entries=other, update_description=True).changed
    assert tenant.predicted_then_done(file_list_entry, **CUSTOM, entries=[sha(1)], state="absent").changed
    assert sha(2) in tenant.hashes()

    wanted = {"name": "Reception", "parent": "Branch North", "policies": {"windows": "Kiosk Lockdown"}}
    assert tenant.predicted_then_done(group, **wanted).changed
    assert tenant.predicted_then_done(group, name="Reception", parent="", policies={"mac": "Hunt"}).changed
    hosts = ["PC-0000", "nb-0002", "SRV16-0003"]
    assert tenant.predicted_then_done(computer_group, computers=hosts, group="Reception")["counts"] == {"moved": 3}
    assert tenant.run(computer_info, hostnames=["PC-0000"])["computers"][0]["groups"][0]["name"] == "Reception"
    assert "Say with move_computers_to" in tenant.run(group, name="Reception", state="absent").msg
    assert tenant.predicted_then_done(group, name="Reception", state="absent", move_computers_to="Protect").changed
    assert tenant.run(group_info, name="Reception")["groups"] == []

    assert tenant.predicted_then_done(computer, computers=["iphone-0012"])["counts"] == {"removed": 1}
    assert tenant.run(computer, computers=["iphone-0012", sha(1)[:8] + "-0000-4000-8000-000000000000"])["counts"] == {
        "absent": 2
    }
    assert [one["name"] for one in tenant.run(policy_info, names=["Guard"], product="mac")["policies"]] == ["Guard"]


@pytest.mark.parametrize("status", TABLE["read_only_status"].allowed)
def test_with_a_read_only_key_every_write_fails_whatever_the_cloud_answers(tenant: Tenant, status: int) -> None:
    tenant.control.set_switches(read_only_status=status)
    there, hosts = sorted(tenant.hashes())[0], tenant.hosts(1)
    reader = tenant.sim.cloud.tenant.read_only
    tenant.login = {"client_id": reader.client_id, "api_key": reader.api_key}
    for module, options in (
        (file_list_entry, {**CUSTOM, "entries": [sha(1)]}),
        (file_list_entry, {**CUSTOM, "entries": [there], "state": "absent"}),
        (computer_group, {"computers": hosts, "group": "Domain Controller"}),
        (computer, {"computers": hosts}),
        (group, {"name": "New"}),
        (group, {"name": "Unused", "state": "absent"}),
    ):
        result = tenant.run(module, **options)
        assert result.failed, module
        assert not result.changed, module


def test_a_thousand_hashes_into_a_list_that_holds_half_of_them(tenant: Tenant) -> None:
    wanted = [sha(number) for number in range(1000)]
    assert tenant.run(file_list_entry, **CUSTOM, entries=wanted[:500]).changed
    tenant.control.clear_requests()

    result = tenant.run(file_list_entry, **CUSTOM, entries=wanted)

    assert result["counts"] == {"present": 500, "added": 500}
    pages = 2  # the list holds 503 entries
    assert len(tenant.writes()) == 500
    assert len(tenant.requests()) <= 500 + pages + 3
    tenant.control.clear_requests()
    assert not tenant.run(file_list_entry, **CUSTOM, entries=wanted).changed
    assert len(tenant.requests()) <= 3 + 3  # 1,003 entries


def test_a_429_in_the_middle_is_waited_for_or_left_to_the_next_run(tenant: Tenant) -> None:
    wanted = [sha(number) for number in range(60)]
    fault = {"method": "POST", "path": "/v1/file_lists/*", "skip": 20, "count": 1, "status": 429, "reset": 2000}
    tenant.control.add_fault("status", **fault)

    first = tenant.run(file_list_entry, **CUSTOM, entries=wanted)

    assert first.failed
    counts = first["counts"]
    assert counts["added"] + counts["failed"] + counts["not_tried"] == 60
    assert counts["added"] >= 20
    tenant.control.set_rate_limit(remaining=2000, reset=3000)
    second = tenant.run(file_list_entry, **CUSTOM, entries=wanted)
    assert second["counts"] == {"present": counts["added"], "added": 60 - counts["added"]}


def test_writes_whose_answers_are_lost_are_done_once(tenant: Tenant) -> None:
    tenant.control.add_fault("effect_status", method="POST", path="/v1/file_lists/*", count=3, status=502)
    tenant.control.add_fault("cut", method="POST", path="/v1/file_lists/*", count=3, when="before")
    tenant.control.add_fault("cut", method="PATCH", path="/v1/computers/*", count=2, when="after")
    tenant.control.add_fault("effect_status", method="DELETE", path="*", count=1, status=503)
    tenant.control.add_fault("effect_status", method="POST", path="/v1/groups", count=1, status=503)

    added = tenant.run(file_list_entry, **CUSTOM, entries=[sha(number) for number in range(20)])
    assert added["counts"] == {"added": 20}
    hosts = tenant.hosts(5)
    moved = tenant.run(computer_group, computers=hosts, group="Unused")
    assert moved["counts"] == {"moved": 5}
    assert tenant.run(computer, computers=hosts[:1])["counts"] == {"removed": 1}
    assert tenant.run(group, name="Reception").changed
    assert len(tenant.run(group_info, name="Reception")["groups"]) == 1


def test_a_move_counts_once_it_is_seen_though_the_answer_shows_it_before(tenant: Tenant) -> None:
    tenant.control.set_switches(group_patch_delay=2)
    (host,) = tenant.hosts(1)

    assert tenant.run(computer_group, computers=[host], group="Unused")["counts"] == {"moved": 1}
    assert tenant.run(computer_group, computers=[host], group="Unused")["counts"] == {"already": 1}


def test_a_host_that_vanishes_between_reading_and_moving_fails_alone(tenant: Tenant) -> None:
    hosts = tenant.hosts(20)
    tenant.control.add_fault("vanish", method="PATCH", path=f"/v1/computers/{hosts[7]}", connector_guid=hosts[7])

    result = tenant.run(computer_group, computers=hosts, group="Unused")

    assert result.failed
    assert result["counts"] == {"moved": 19, "failed": 1}
    assert [row["connector_guid"] for row in result["computers"] if row["outcome"] == "failed"] == [hosts[7]]


def test_a_group_that_is_deleted_in_the_middle_ends_the_task(tenant: Tenant) -> None:
    guid = tenant.run(group, name="Short-lived")["after"]["guid"]
    hosts = tenant.hosts(60)

    def delete() -> None:
        here = tenant.sim.cloud
        with here.lock:
            for one in here.tenant.members(guid):
                one.group_guid = next(iter(here.tenant.groups))
            here.tenant.groups.pop(guid, None)

    tenant.control.add_hook(delete, method="PATCH", path="/v1/computers/*", skip=10)
    result = tenant.run(computer_group, computers=hosts, group="Short-lived", concurrency=4)

    assert result.failed
    assert result["counts"]["not_tried"] >= 20
    assert "was deleted in the meantime" in result.msg


def test_a_list_that_shifts_while_it_is_read_loses_nobody(tenant: Tenant) -> None:
    for change in ("insert", "remove"):
        tenant.control.add_fault("shift", path="/v1/computers", count=1, what="computers", change=change)
    hosts = tenant.hosts(40)[5:]

    assert tenant.run(computer_group, computers=hosts, group="Unused")["counts"] == {"moved": 35}


def test_removal_by_age_follows_the_clock_and_spares_who_came_back(tenant: Tenant) -> None:
    stale = tenant.run(computer_info, last_seen_over=100)["computers"]
    assert stale

    refused = tenant.run(computer, last_seen_over=100, max_removals=len(stale) - 1)
    assert "would be removed, more than max_removals" in refused.msg
    done = tenant.predicted_then_done(computer, last_seen_over=100, max_removals=len(stale))

    assert done["counts"] == {"removed": len(stale)}
    assert tenant.run(computer_info, last_seen_over=100)["computers"] == []


def test_reading_a_file_of_ten_thousand_hashes_changes_nothing_when_one_line_is_wrong(
    tenant: Tenant, tmp_path: Path
) -> None:
    source = tmp_path / "blocked.txt"
    source.write_text("\n".join(sha(number) for number in range(10_000)) + "\nnot a hash\n")
    tenant.control.clear_requests()

    assert 'line 10001: "not a hash"' in tenant.run(file_list_entry, **CUSTOM, src=str(source)).msg
    assert tenant.requests() == []


def test_allowed_applications_by_name_and_what_is_only_audited(tenant: Tenant) -> None:
    allowed = {"file_list": "Allowed Application List", "file_list_type": "allowed_applications"}

    result = tenant.predicted_then_done(file_list_entry, **allowed, entries=[sha(1)], check_enforcement=True)

    assert {policy["name"] for policy in result["audit_policies"]} == {"Observe"}
