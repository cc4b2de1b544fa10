# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""isolation and isolation_info over real TLS against the simulated cloud, whose clock moves by the module's pauses.

Every unknown of the contract (R31), endpoints that are slow, offline, unable or fail, bad days, the request bound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    audit_log_info,
    computer_info,
    event_info,
    isolation,
    isolation_info,
)
from simulator import Simulator
from simulator.switches import TABLE
from unit.scripted_cloud import ENVIRONMENT, Result, run

CONCERNED = ("isolation", "hostname_filter", "limit_over", "not_found", "malformed", "rate_limit_s", "bad_parameter")
SWITCHES = [(name, value) for name, switch in TABLE.items() if name.startswith(CONCERNED) for value in switch.allowed]
READS = {"GET", "HEAD", "OPTIONS"}
# Computers of the seed: the first can be isolated, the phone never can.
HOSTS = ["PC-0000", "ltsc-0001", "NB-0002"]
PHONE = "iphone-0012"


class Tenant:
    """isolation with the login of one simulated tenant."""

    def __init__(self, sim: Simulator) -> None:
        self.sim, self.control = sim, sim.control
        self.login = {"client_id": sim.client_id, "api_key": sim.api_key}

    def run(self, module: Any, **options: Any) -> Result:
        place = {"api_host": self.sim.api_host, "ca_path": str(self.sim.ca_path)}
        return run(module, **{**place, **self.login, **options})

    def isolate(self, *computers: str, **options: Any) -> Result:
        self.control.clear_requests()
        return self.run(isolation, computers=list(computers), **options)

    def release(self, *computers: str, **options: Any) -> Result:
        return self.isolate(*computers, state="released", **options)

    def predicted_then_done(self, *computers: str, **options: Any) -> Result:
        """Check mode writes nothing and says the same; the next run has nothing to do."""
        predicted = self.isolate(*computers, _check=True, **options)
        assert self.writes() == []
        done = self.isolate(*computers, **options)
        assert done["calls"]["made"] == done["calls"]["planned"], self.control.requests()
        for name in ("changed", "before", "after", "diff", "counts"):
            assert predicted[name] == done[name], name
        assert predicted["calls"]["planned"] == done["calls"]["planned"]
        assert not self.isolate(*computers, **options).changed
        return done

    def counted(self) -> Counter[str]:
        return Counter(one["method"] for one in self.control.requests())

    def writes(self) -> list[str]:
        return [f"{one['method']} {one['path']}" for one in self.control.requests() if one["method"] not in READS]

    def isolable(self, count: int) -> list[str]:
        """GUIDs of computers that are on line, can be isolated and are free."""
        wanted = {"available": True, "status": "not_isolated"}
        free = [
            one["connector_guid"]
            for one in self.run(computer_info)["computers"]
            if one.get("isolation") == wanted and self.control.computer(one["connector_guid"]).online
        ]
        assert len(free) >= count
        return free[:count]

    def status(self, guid: str) -> str:
        return str(self.run(isolation_info, computers=[guid])["isolations"][0]["status"])


@pytest.fixture(autouse=True)
def _shell(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def tenant(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    move_clock_by_pauses(simulator_api, monkeypatch)
    return Tenant(simulator_api)


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tenant]:
    """A tenant of three pages."""
    with Simulator(broker=False, computers=1200, rate_limit=100_000) as sim:
        move_clock_by_pauses(sim, monkeypatch)
        yield Tenant(sim)


def move_clock_by_pauses(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause takes no time here and its whole time in the cloud."""
    time = [0.0]

    def pause(_client: Client, seconds: float, _why: str = "") -> None:
        time[0] += seconds
        sim.control.advance_clock(seconds)

    monkeypatch.setattr(Client, "pause", pause)
    monkeypatch.setattr(Client, "now", lambda _client: time[0])


def outcomes(result: Result) -> list[str]:
    return [row["outcome"] for row in result["computers"]]


@pytest.mark.parametrize("precheck", ["options", "none"])
@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_everything_works_under_every_value_of_every_unknown(
    tenant: Tenant, switch: str, value: Any, precheck: str
) -> None:
    tenant.control.set_switches(**{switch: value})
    asks = {"precheck": precheck}

    done = tenant.predicted_then_done(*HOSTS, comment="drill", **asks)
    assert done["counts"] == {"changed": 3}
    assert done["calls"] == {"planned": 3, "made": 3}
    refused = tenant.isolate(PHONE, "PC-0000", **asks)
    assert outcomes(refused) == ["not_available", "already"]
    assert refused.failed
    told = tenant.run(isolation_info, computers=HOSTS)["isolations"]
    assert [(one["status"], one["comment"], "unlock_code" in one) for one in told] == [("isolated", "drill", False)] * 3
    assert tenant.predicted_then_done(*HOSTS, state="released")["counts"] == {"changed": 3}
    assert outcomes(tenant.release(PHONE)) == ["already"]
    assert "computers have the id" in tenant.isolate("00000000-0000-4000-8000-000000000000", "nobody", **asks).msg


@pytest.mark.parametrize("status", TABLE["isolation_unavailable_status"].allowed)
def test_where_the_list_says_available_and_the_cloud_refuses(tenant: Tenant, status: int) -> None:
    """The policy changes between reading and writing."""
    tenant.control.set_switches(isolation_unavailable_status=status)
    guid = tenant.isolable(1)[0]
    tenant.control.add_hook(lambda: tenant.control.set_computer(guid, isolation_supported=False), method="PUT")

    result = tenant.isolate(guid, precheck="none")

    assert outcomes(result) == ["not_available"]
    assert "the API does not say which" in result.msg
    assert not result.changed


@pytest.mark.parametrize("status", TABLE["isolation_conflict_status"].allowed)
@pytest.mark.parametrize("how", ["PUT", "DELETE"])
def test_somebody_else_is_quicker(tenant: Tenant, status: int, how: str) -> None:
    tenant.control.set_switches(isolation_conflict_status=status)
    guid = tenant.isolable(1)[0]
    if how == "DELETE":
        tenant.isolate(guid)
    cloud = tenant.sim.cloud

    def begin() -> None:
        here = cloud.tenant.isolation_of(cloud.tenant.computers[guid])
        here.ask("pending_start" if how == "PUT" else "pending_stop", cloud.clock.now(), cloud.isolation_pace)
        cloud.tenant.isolations[guid] = here

    tenant.control.add_hook(begin, method=how)
    result = tenant.isolate(guid, state="isolated" if how == "PUT" else "released")

    assert outcomes(result) == ["already"]
    assert not result.changed
    assert not result.failed


@pytest.mark.parametrize("status", TABLE["read_only_status"].allowed)
def test_a_read_only_key_isolates_nothing_and_stops_soon(tenant: Tenant, status: int) -> None:
    tenant.control.set_switches(read_only_status=status)
    guids = tenant.isolable(20)
    reader = tenant.sim.cloud.tenant.read_only
    tenant.login = {"client_id": reader.client_id, "api_key": reader.api_key}

    result = tenant.isolate(*guids, concurrency=2)

    assert result.failed
    assert not result.changed
    assert set(outcomes(result)) == {"failed", "not_tried"} or status == 404
    assert set(outcomes(result)) <= {"failed", "not_tried"}


def test_a_slow_endpoint_is_waited_for_in_growing_pauses(tenant: Tenant) -> None:
    tenant.control.set_isolation_pace(seconds=100)
    guid = tenant.isolable(1)[0]

    assert outcomes(tenant.isolate(guid)) == ["changed"]
    rounds = tenant.counted()["GET"] - 1
    assert rounds <= 9  # 2 s, then half as much again each time, 30 s at most


def test_an_offline_host_stays_pending_and_running_again_changes_nothing(tenant: Tenant) -> None:
    on, off = tenant.isolable(2)
    tenant.control.set_computer(off, online=False)

    first = tenant.isolate(on, off, wait_timeout=20)
    assert first.failed
    assert first.changed
    assert outcomes(first) == ["changed", "timed_out"]
    assert first["after"]["computers"][1]["isolation"] == "pending_start"
    second = tenant.isolate(on, off, wait_timeout=20, fail_on=["failed"])
    assert not second.failed, second.msg
    assert not second.changed
    assert tenant.writes() == []
    tenant.control.set_computer(off, online=True)
    assert outcomes(tenant.isolate(on, off)) == ["already", "already"]


@pytest.mark.parametrize("state", ["isolated", "released"])
def test_an_endpoint_that_fails_is_told_at_once(tenant: Tenant, state: str) -> None:
    guid, other = tenant.isolable(2)
    if state == "released":
        tenant.isolate(guid, other)
    tenant.control.fail_isolation(guid)

    result = tenant.isolate(guid, other, state=state)

    assert outcomes(result) == ["failed", "changed"]
    assert "did not work" in result.msg
    assert tenant.status(guid) == ("not_isolated" if state == "isolated" else "isolated")
    assert outcomes(tenant.isolate(guid, other, state=state)) == ["changed", "already"]


def test_a_release_under_way_ends_first_and_the_other_way_round(tenant: Tenant) -> None:
    tenant.control.set_isolation_pace(seconds=12)
    guid = tenant.isolable(1)[0]
    tenant.isolate(guid)
    assert outcomes(tenant.release(guid, wait=False)) == ["changed"]
    assert tenant.isolate(guid, _check=True).changed

    assert outcomes(tenant.isolate(guid)) == ["changed"]
    assert tenant.status(guid) == "isolated"
    tenant.release(guid)
    assert outcomes(tenant.isolate(guid, wait=False)) == ["changed"]
    assert outcomes(tenant.release(guid)) == ["changed"]
    assert tenant.status(guid) == "not_isolated"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("effect_status", {"status": 502}),
        ("effect_status", {"status": 500, "html": True}),
        ("status", {"status": 503}),
        ("cut", {"when": "before"}),
        ("cut", {"when": "body"}),
        ("cut", {"when": "after"}),
        ("broken_json", {}),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_lost_answer_is_looked_after(tenant: Tenant, method: str, kind: str, settings: dict[str, Any]) -> None:
    guids = tenant.isolable(3)
    if method == "DELETE":
        tenant.isolate(*guids)
    tenant.control.add_fault(
        kind, method=method, path="*/isolation", count=1, **settings
    )  # two could meet one computer twice

    result = tenant.isolate(*guids, state="isolated" if method == "PUT" else "released")

    assert not result.failed, result.msg
    assert outcomes(result) == ["changed"] * 3


def test_a_429_in_the_middle_of_the_writes_says_what_was_done_and_a_re_run_finishes(tenant: Tenant) -> None:
    guids = tenant.isolable(20)
    tenant.control.add_fault("status", method="PUT", path="*", skip=8, count=1, status=429, reset=2000)

    first = tenant.isolate(*guids, concurrency=4)

    assert first.failed
    assert first.changed
    assert first["counts"]["failed"] == 1
    assert first["counts"]["changed"] >= 8
    tenant.control.set_rate_limit(remaining=2000, reset=3000)
    second = tenant.isolate(*guids)
    assert not second.failed, second.msg
    assert second["counts"] == {
        "already": first["counts"]["changed"],
        "changed": 20 - first["counts"]["changed"],
    }


def test_a_429_while_waiting_returns_what_was_begun(tenant: Tenant) -> None:
    guids = tenant.isolable(2)
    tenant.control.add_fault("status", method="GET", path="/v1/computers", skip=1, count=1, status=429, reset=2000)

    result = tenant.isolate(*guids)

    assert result.failed
    assert result.changed
    assert outcomes(result) == ["failed", "failed"]
    assert [row["status"] for row in result["computers"]] == ["pending_start"] * 2
    assert "whether it came to be is not known" in result.msg
    assert result["calls"] == {"planned": 2, "made": 2}


def test_a_cloud_that_is_out_of_order_for_a_while_is_waited_for(tenant: Tenant) -> None:
    guid = tenant.isolable(1)[0]
    tenant.control.add_fault("status", method="GET", path=f"/v1/computers/{guid}", skip=1, count=6, status=503)
    assert outcomes(tenant.isolate(guid)) == ["changed"]

    tenant.control.add_fault("status", method="GET", path=f"/v1/computers/{guid}", skip=1, count=None, status=503)
    result = tenant.release(guid, wait_timeout=60)
    assert result.changed
    assert outcomes(result) == ["timed_out"]
    assert "503" in result.msg


@pytest.mark.parametrize(("method", "skip"), [("OPTIONS", 0), ("PUT", 0)])
def test_a_host_that_vanishes_fails_alone(tenant: Tenant, method: str, skip: int) -> None:
    guids = tenant.isolable(5)
    path = f"/v1/computers/{guids[2]}/isolation"
    tenant.control.add_fault("vanish", method=method, path=path, skip=skip, connector_guid=guids[2])

    result = tenant.isolate(*guids)

    assert outcomes(result) == ["changed", "changed", "failed", "changed", "changed"]
    assert "not in the tenant any more" in result.msg


def test_hosts_that_vanish_while_they_are_waited_for_fail_alone(tenant: Tenant) -> None:
    guids = tenant.isolable(3)
    tenant.control.add_fault("vanish", method="GET", path="/v1/computers", skip=1, connector_guid=guids[1])

    assert outcomes(tenant.isolate(*guids)) == ["changed", "failed", "changed"]


def test_pages_that_shift_while_waiting_lose_nobody(tenant: Tenant) -> None:
    tenant.control.set_isolation_pace(seconds=17)
    for change in ("insert", "remove"):
        tenant.control.add_fault("shift", path="/v1/computers", count=1, what="computers", change=change)

    assert set(outcomes(tenant.isolate(*tenant.isolable(20)[5:]))) == {"changed"}


def test_when_the_limit_will_not_suffice_that_is_said_first(tenant: Tenant) -> None:
    guids = tenant.isolable(20)
    tenant.control.set_rate_limit(remaining=9, reset=3000)  # 4 hosts' worth; the 8 under way meet the end

    result = tenant.isolate(*guids)

    assert result.failed
    assert result.warnings[0].startswith("40 requests are needed and 8 are left")
    assert "rate_limit_reserve" not in result.warnings[0]  # an isolation may use the reserve up
    assert sum(result["counts"].values()) == 20
    assert result["counts"]["not_tried"] > 0


def test_three_hundred_hosts_keep_to_the_bound(fleet: Tenant) -> None:
    pages, rounds = 3, 3
    guids = fleet.isolable(600)[::2]  # on all pages
    fleet.control.set_isolation_pace(seconds=8)  # 2 + 3 + 4.5 seconds of pauses

    assert fleet.isolate(*guids, comment="outbreak")["counts"] == {"changed": 300}

    made = fleet.counted()
    assert made["OPTIONS"] == 300
    assert made["PUT"] == 300
    assert made["GET"] <= pages + rounds * pages + 3
    again = fleet.isolate(*guids, comment="outbreak")
    assert again["counts"] == {"already": 300}
    assert set(fleet.counted()) == {"GET"}
    assert fleet.counted()["GET"] <= pages + 3  # three of them for the comment
    assert fleet.release(*guids)["counts"] == {"changed": 300}
    assert fleet.counted()["OPTIONS"] == 0


def test_few_hosts_of_a_big_fleet_are_looked_at_one_by_one(fleet: Tenant) -> None:
    rounds = 4
    guids = fleet.isolable(2)
    fleet.control.set_isolation_pace(seconds=15)

    assert fleet.isolate(*guids)["counts"] == {"changed": 2}

    assert fleet.counted()["GET"] <= 2 + rounds * 2 + 3


def test_comment_and_code_of_one_that_is_isolated_stay_and_that_is_said(tenant: Tenant) -> None:
    guid = tenant.isolable(1)[0]
    own = tenant.isolate(guid, comment="ours", unlock_code="sesame-1")
    assert "unlock_code" not in own["computers"][0]

    result = tenant.isolate(guid, comment="theirs", unlock_code="sesame-2")

    assert not result.changed
    assert "keeps its own comment and unlock_code" in result.warnings[0]
    assert "sesame" not in str(result) + str(own)
    told = tenant.run(isolation_info, computers=[guid], return_unlock_code=True)["isolations"][0]
    assert (told["comment"], told["unlock_code"]) == ("ours", "sesame-1")


def test_codes_that_the_cloud_made_come_when_asked_for(tenant: Tenant) -> None:
    guids = tenant.isolable(2)
    begun = tenant.isolate(*guids, return_unlock_code=True)
    again = tenant.isolate(*guids, return_unlock_code=True)

    codes = [row["unlock_code"] for row in begun["computers"]]
    assert all(len(code) == 6 for code in codes)
    assert [row["unlock_code"] for row in again["computers"]] == codes
    assert "unlock_code" not in tenant.isolate(*guids)["computers"][0]


def test_who_is_isolated_is_found_without_names_and_the_old_comment_stays(tenant: Tenant) -> None:
    there = {one["connector_guid"] for one in tenant.run(isolation_info)["isolations"]}
    first, second = tenant.isolable(2)
    tenant.isolate(first, second, comment="why")
    tenant.control.set_computer(second, online=False)
    tenant.release(second, wait=False)
    tenant.control.clear_requests()

    found = {one["connector_guid"]: one for one in tenant.run(isolation_info)["isolations"]}

    assert found.keys() - there == {first, second}
    assert found[second]["status"] == "pending_stop"
    assert found[first]["isolated_by"] == tenant.sim.client_id
    assert tenant.counted() == {"GET": 1 + len(found)}
    tenant.release(first)
    assert tenant.run(isolation_info, computers=[first])["isolations"][0]["comment"] == "why"


def test_an_empty_list_is_nothing_to_do_and_names_may_be_given_twice(tenant: Tenant) -> None:
    assert not tenant.isolate().changed
    assert tenant.counted() == {}
    assert outcomes(tenant.isolate("pc-0000", "PC-0000", tenant.control.computer("PC-0000").guid)) == ["changed"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"computers": ["PC-REIMAGED", "nobody"]}, '3 computers are named "PC-REIMAGED"'),
        ({"computers": ["PC-0000", " "]}, "holds an empty text"),
        ({"computers": ["PC-0000"], "wait_timeout": -1}, "wait_timeout is negative"),
        ({"computers": ["PC-0000"], "state": "released", "unlock_code": "sesame-1"}, "a release needs none"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(tenant: Tenant, options: dict[str, Any], told: str) -> None:
    tenant.control.clear_requests()

    result = tenant.run(isolation, **options)

    assert told in result.msg
    assert "Nothing was changed" in result.msg
    assert tenant.writes() == []


def test_what_was_done_is_seen_in_events_and_audit_logs(tenant: Tenant) -> None:
    guid = tenant.isolable(1)[0]
    tenant.isolate(guid)
    tenant.release(guid)

    events = tenant.run(event_info, computers=[guid], event_types=["553648202", "553648204"])["events"]
    assert [event["event_type_id"] for event in events][:2] == [553648204, 553648202]
    logs = tenant.run(audit_log_info, audit_log_type="Computer", event="update")["audit_logs"]
    assert [log["audit_log_id"] for log in logs][:2] == [guid, guid]
