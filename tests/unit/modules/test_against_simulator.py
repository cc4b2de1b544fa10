# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules over real TLS against the simulated cloud, under every value of every unknown of the contract (R31)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    api_info,
    event_stream,
    event_stream_info,
    event_type_info,
    group_info,
)
from simulator import Simulator
from simulator.switches import TABLE
from unit.scripted_cloud import ENVIRONMENT, Result, run

CHECKOUT = Path(__file__).resolve().parents[3]
LIST = "/v1/event_streams"

SWITCHES = [
    (name, value)
    for name, switch in TABLE.items()
    if name.startswith(
        ("event_stream_", "name_filter", "limit_over", "bad_parameter", "malformed", "not_found", "rate_")
    )
    for value in (switch.allowed or ("Only 5 streams, sorry",))
]


@pytest.fixture
def sim(simulator_api: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return simulator_api


class Tenant:
    """The modules with the login of one simulated tenant."""

    def __init__(self, sim: Simulator, path: Path) -> None:
        self.sim, self.path = sim, path
        self.login = {
            "api_host": sim.api_host,
            "client_id": sim.client_id,
            "api_key": sim.api_key,
            "ca_path": str(sim.ca_path),
        }

    def set_switch(self, switch: str, value: Any) -> None:
        self.sim.control.set_switches(
            **{"event_stream_unique_names": switch == "event_stream_name_status", switch: value}
        )

    def run(self, module: Any, **options: Any) -> Result:
        return run(module, **{**self.login, **options})

    def stream(self, **options: Any) -> Result:
        return self.run(event_stream, **{"name": "soc", "credentials_path": str(self.path), **options})

    def ids(self) -> list[int]:
        return [one["id"] for one in self.sim.control.streams()]

    def child(self) -> tuple[str, str, str]:
        """A group below another one: its name, its GUID, the name above it."""
        groups = self.run(group_info)["groups"]
        below = next(group for group in groups if group["parent"])
        return below["name"], below["guid"], below["parent"]["name"]

    def saved(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self.path.read_text())
        return record


@pytest.fixture
def tenant(sim: Simulator, tmp_path: Path) -> Tenant:
    return Tenant(sim, tmp_path / "soc.json")


def same_but_for_ids(predicted: Result, real: Result) -> None:
    assert predicted["changed"] == real["changed"]
    assert predicted["before"] == real["before"]
    assert predicted["diff"] == real["diff"]
    assert predicted["calls"]["planned"] == real["calls"]["planned"]
    hidden = {"id"} - set(predicted["after"] or {})
    assert predicted["after"] == (real["after"] and {k: v for k, v in real["after"].items() if k not in hidden})


@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_a_life_of_a_stream_under_every_value_of_every_unknown(tenant: Tenant, switch: str, value: Any) -> None:
    child, _guid, above = tenant.child()
    tenant.set_switch(switch, value)
    steps: list[dict[str, Any]] = [
        {"event_types": ["Threat Detected", "553648143"], "groups": [child]},
        {"event_types": [], "groups": [child, above]},
        {"groups": []},
        {"state": "absent"},
    ]
    for step in steps:
        predicted, real = tenant.stream(_check=True, **step), tenant.stream(**step)
        assert real.get("msg") is None
        same_but_for_ids(predicted, real)
        assert real.changed
        assert not tenant.stream(**step).changed
    assert tenant.ids() == []
    assert os.listdir(tenant.path.parent) == []


@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_recreating_under_every_value_of_every_unknown(tenant: Tenant, switch: str, value: Any) -> None:
    tenant.set_switch(switch, value)
    first = tenant.stream(event_types=["Threat Detected"])
    tenant.path.unlink()
    again = tenant.stream(on_missing_credentials="recreate")
    assert again.get("msg") is None
    assert again["after"]["id"] != first["after"]["id"]
    assert tenant.saved()["stream_id"] == again["after"]["id"]
    listed = tenant.run(event_stream_info, resolve_names=True)["event_streams"]
    assert [(one["id"], one["name"], one["event_type_names"]) for one in listed] == [
        (again["after"]["id"], "soc", ["Threat Detected"])
    ]
    assert not tenant.stream(on_missing_credentials="recreate").changed


@pytest.mark.parametrize(("switch", "value"), SWITCHES)
def test_reading_under_every_value_of_every_unknown(tenant: Tenant, switch: str, value: Any) -> None:
    tenant.set_switch(switch, value)
    assert tenant.run(api_info)["version"] == "v1.2.0"
    detected = tenant.run(event_type_info, ids=["1090519054"])["event_types"]
    assert [row["name"] for row in detected] == ["Threat Detected"]
    child, guid, above = tenant.child()
    assert [group["guid"] for group in tenant.run(group_info, name=child, details=True)["groups"]] == [guid]
    there = tenant.run(group_info, guids=[guid, "00000000-0000-4000-8000-000000000000"])["groups"]
    assert [group["parent"]["name"] for group in there] == [above]


@pytest.mark.parametrize("status", TABLE["read_only_status"].allowed)
def test_a_key_that_may_only_read_deletes_nothing_and_says_so(tenant: Tenant, status: int) -> None:
    assert tenant.stream().changed
    tenant.sim.control.set_switches(read_only_status=status)
    tenant.login |= {"client_id": tenant.sim.read_only_client_id, "api_key": tenant.sim.read_only_api_key}

    assert tenant.stream(state="absent").failed
    assert tenant.stream(event_types=["Threat Detected"]).failed
    assert tenant.path.exists()
    assert not tenant.stream().changed


# the answer to the POST


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("cut", {"when": "before"}),
        ("cut", {"when": "body"}),
        ("cut", {"when": "after"}),
        ("effect_status", {"status": 503}),
        ("effect_status", {"status": 500, "html": True}),
        ("status", {"status": 502, "html": True}),
        ("broken_json", {}),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_leaves_one_usable_stream_or_none(
    tenant: Tenant, kind: str, options: dict[str, Any], times: int
) -> None:
    tenant.sim.control.add_fault(kind, method="POST", path=LIST, count=times, **options)

    result = tenant.stream()

    if times == 1:
        assert tenant.ids() == [int(tenant.saved()["stream_id"])]
    else:
        assert "no event stream was left behind" in result.msg
        assert tenant.ids() == []
        assert os.listdir(tenant.path.parent) == []


def test_streams_of_others_are_not_mistaken_for_it(tenant: Tenant) -> None:
    theirs = tenant.run(event_stream, name="theirs", return_credentials=True)["after"]["id"]
    tenant.sim.control.add_fault("cut", method="POST", path=LIST, when="after")
    assert tenant.stream().changed
    assert sorted(map(str, tenant.ids())) == sorted([theirs, tenant.saved()["stream_id"]])


KILLED = """
import os, signal, sys
from ansible.utils.collection_loader import _collection_finder
_collection_finder._AnsibleCollectionFinder(paths=[{collections!r}])._install()
sys.path.insert(0, {tests!r})
from unit.scripted_cloud import run
from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _credentials_file
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream
real = getattr(_credentials_file.{where}, {name!r})
def die(*arguments, **options):
    if {after!r}:
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(_credentials_file.{where}, {name!r}, die)
run(event_stream, **{options!r})
"""


@pytest.mark.parametrize(
    ("where", "name", "after"),
    [
        ("Reservation", "commit", False),
        ("os", "rename", False),
        ("os", "rename", True),
        ("CredentialsFile", "discard_pending", False),
    ],
)
def test_a_kill_between_the_answer_and_the_file_is_mended_by_the_next_run(
    tenant: Tenant, where: str, name: str, after: bool
) -> None:
    script = KILLED.format(
        collections=str(CHECKOUT / ".cache/collections"),
        tests=str(CHECKOUT / "tests"),
        options={**tenant.login, "name": "soc", "credentials_path": str(tenant.path)},
        where=where,
        name=name,
        after=after,
    )
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(tenant.ids()) == 1

    predicted, real = tenant.stream(_check=True), tenant.stream()

    same_but_for_ids(predicted, real)
    assert tenant.ids() == [int(tenant.saved()["stream_id"])]
    assert os.listdir(tenant.path.parent) == ["soc.json"]
    assert not tenant.stream().changed


# limits and bad answers


def test_the_sixth_stream_is_told_without_a_request_that_changes(tenant: Tenant) -> None:
    for number in range(5):
        tenant.run(event_stream, name=f"s{number}", return_credentials=True)
    tenant.sim.control.clear_requests()
    assert "5 are the most it may have" in tenant.stream().msg
    assert [entry["method"] for entry in tenant.sim.control.requests()] == ["GET"]


def test_a_sixth_stream_that_somebody_else_made_first_is_told_in_the_clouds_words(tenant: Tenant) -> None:
    for number in range(4):
        tenant.run(event_stream, name=f"s{number}", return_credentials=True)

    def somebody_else() -> None:
        tenant.run(event_stream, name="theirs", return_credentials=True)

    tenant.sim.control.add_hook(once(somebody_else), method="POST", path=LIST)
    assert "Maximum number of event streams reached" in tenant.stream().msg
    assert os.listdir(tenant.path.parent) == []


def once(call: Callable[[], None]) -> Callable[[], None]:
    calls = [call]
    return lambda: calls.pop()() if calls else None


@pytest.mark.parametrize(("reset", "fails"), [(30, False), (300, True)])
def test_a_429_is_waited_for_or_told(tenant: Tenant, reset: int, fails: bool) -> None:
    tenant.sim.control.add_fault("status", status=429, reset=reset)
    result = tenant.run(event_stream_info, rate_limit_wait=60)
    assert result.failed is fails
    if fails:
        assert result["error"]["kind"] == "rate_limited"
        assert f"resets in {reset} seconds" in result.msg


def test_a_503_page_is_told_as_such(tenant: Tenant) -> None:
    tenant.sim.control.add_fault("status", status=503, html=True, count=None)
    result = tenant.run(event_stream_info)
    assert "an HTML page" in result.msg
    assert result["error"]["status"] == 503


def test_a_wrong_key_is_told_with_a_hint(tenant: Tenant) -> None:
    result = tenant.run(api_info, api_key="00000000-0000-0000-0000-000000000000")
    assert "Unknown API key or Client ID" in result.msg


def test_no_password_is_in_any_output_or_left_behind(tenant: Tenant) -> None:
    results = [tenant.stream(), tenant.stream(event_types=["Threat Detected"]), tenant.run(event_stream_info)]
    password = tenant.saved()["password"]
    results.append(tenant.stream(state="absent"))
    assert password not in json.dumps(results)
    assert tenant.login["api_key"] not in json.dumps(results)
