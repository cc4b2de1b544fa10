# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the type of a field in an answer: a module ends with its result or an error of ours, never a traceback."""

from __future__ import annotations

import copy
import importlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from unit.scripted_cloud import Expected, Result, _response, run

GUIDS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(9)]
COMPUTER, GROUP, PARENT, POLICY, LIST, TOP = GUIDS[1:7]
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_GROUP = {"guid": GROUP, "name": "Kiosks", "description": "", "source": None}
_ANCESTRY = [{"guid": PARENT, "name": "World"}, {"guid": TOP, "name": "Top"}]
_POLICY = {"guid": POLICY, "name": "Audit", "product": "windows", "default": False, "serial_number": 12}
_COMPUTER = {
    "connector_guid": COMPUTER,
    "hostname": "PC-1",
    "active": True,
    "operating_system": "Windows 11",
    "internal_ips": [" 10.0.0.1"],
    "external_ip": "192.0.2.1",
    "group_guid": GROUP,
    "groups": [{"guid": GROUP, "name": "Kiosks"}],
    "last_seen": "2026-01-31T12:00:00Z",
    "isolation": {"available": True, "status": "not_isolated"},
    "policy": {"guid": POLICY, "name": "Audit"},
}
_FILE = {"file_name": "a.exe", "identity": {"sha256": SHA256}}
_EVENT = {
    "id": 6180352115244794000,
    "timestamp": 1769860800,
    "timestamp_nanoseconds": 5,
    "event_type": "Threat Detected",
    "connector_guid": COMPUTER,
    "computer": {"connector_guid": COMPUTER, "hostname": "PC-1"},
    "file": {**_FILE, "parent": _FILE},
    "network_info": {"remote_ip": "192.0.2.9", "local_ip": "10.0.0.1", "dirty_url": "http://example.org/"},
}
_ROW = {
    "application": "Reader",
    "computers": [{"connector_guid": COMPUTER, "hostname": "PC-1"}],
    "computers_total_count": 2,
    "file": {"identity": {"sha256": SHA256}},
}

ANSWERS: dict[str, Any] = {
    "/v1/version": {},
    "/v1/computers": [_COMPUTER],
    f"/v1/computers/{COMPUTER}": _COMPUTER,
    f"/v1/computers/{COMPUTER}/isolation": {
        "available": True,
        "status": "isolated",
        "comment": "c",
        "unlock_code": "u",
    },
    f"/v1/computers/{COMPUTER}/trajectory": {"computer": _COMPUTER, "events": [_EVENT]},
    f"/v1/computers/{COMPUTER}/vulnerabilities": {"connector_guid": COMPUTER, "vulnerabilities": [_ROW]},
    "/v1/computers/activity": [{"connector_guid": COMPUTER, "hostname": "PC-1", "active": True}],
    "/v1/events": [_EVENT],
    "/v1/event_types": [{"id": 1090519054, "name": "Threat Detected", "description": "A threat."}],
    "/v1/event_streams": [
        {
            "id": 1474,
            "name": "soc",
            "event_types": ["1090519054"],
            "group_guids": [GROUP],
            "amqp_credentials": {"user_name": "1474-x", "queue_name": "event_stream_1474", "host": "h", "port": "443"},
        }
    ],
    "/v1/groups": [{**_GROUP, "ancestry": _ANCESTRY}, {**_GROUP, "guid": PARENT, "name": "World"}],
    f"/v1/groups/{GROUP}": {
        **_GROUP,
        "ancestry": _ANCESTRY,
        "child_groups": [{"guid": TOP, "name": "Child"}],
        "policies": [_POLICY],
        "computers_count": 1,
        "descendant_computers_count": 0,
    },
    f"/v1/groups/{PARENT}": {**_GROUP, "guid": PARENT, "name": "World"},
    f"/v1/groups/{TOP}": {**_GROUP, "guid": TOP, "name": "Top"},
    "/v1/policies": [_POLICY],
    f"/v1/policies/{POLICY}": {
        **_POLICY,
        "file_lists": [{"guid": LIST, "name": "Allowed", "type": "application_whitelist"}],
        "used_in_groups": [{"guid": GROUP, "name": "Kiosks"}],
    },
    "/v1/file_lists/simple_custom_detections": [{"guid": LIST, "name": "Blocked", "type": "simple_custom_detections"}],
    "/v1/file_lists/application_blocking": [],
    f"/v1/file_lists/{LIST}": {"guid": LIST, "name": "Blocked", "type": "simple_custom_detections"},
    f"/v1/file_lists/{LIST}/files": {
        "guid": LIST,
        "items": [{"sha256": SHA256, "description": "d", "source": "s"}],
        "policies": [{"guid": POLICY, "name": "Audit"}],
    },
    "/v1/indicators": [{"guid": TOP, "name": "W32.X", "severity": "high"}],
    "/v1/audit_logs": [{"event": "update", "audit_log_user": "a@example.org", "audit_log_type": "Group"}],
    "/v1/vulnerabilities": [_ROW],
    f"/v1/vulnerabilities/{SHA256}/computers": [{"connector_guid": COMPUTER, "hostname": "PC-1"}],
}

TREE = str(Path(__file__).with_name("mutated_tenant.yml"))
TASKS: list[tuple[str, dict[str, Any]]] = [
    ("api_info", {}),
    ("audit_log_info", {"audit_log_user": "a@example.org"}),
    ("computer", {"computers": ["pc-1"], "state": "absent"}),
    ("computer", {"last_seen_over": 3, "max_removals": 5, "state": "absent"}),
    ("computer_activity_info", {"q": SHA256}),
    ("computer_group", {"computers": ["pc-1"], "group": "World"}),
    ("computer_info", {"hostnames": ["pc-1"], "groups": ["Kiosks"]}),
    ("computer_trajectory_info", {"computer": COMPUTER}),
    ("event_info", {"event_types": ["Threat Detected"], "groups": ["World"], "computers": ["pc-1"]}),
    ("event_stream", {"name": "soc", "event_types": ["Threat Detected"], "groups": ["World"], "state": "present"}),
    ("event_stream_info", {"resolve_names": True}),
    ("event_type_info", {}),
    ("file_list_entry", {"file_list": "Blocked", "entries": ["0" * 64], "check_enforcement": False}),
    ("file_list_info", {"files": True}),
    ("file_list_info", {"types": ["allowed_applications"]}),
    ("group", {"name": "Kiosks", "parent": "World", "policies": {"windows": "Audit"}, "state": "present"}),
    ("group", {"name": "Kiosks", "move_computers_to": "World", "state": "absent"}),
    ("group_info", {"details": True}),
    ("hunt_info", {"observables": [SHA256, "192.0.2.9"]}),
    ("indicator_info", {}),
    ("isolation", {"computers": ["pc-1"], "precheck": "none", "state": "isolated"}),
    ("isolation_info", {"computers": ["pc-1"]}),
    ("policy_info", {"details": True}),
    ("tenant_config", {"src": TREE, "exclusive": ["file_lists"]}),
    ("tenant_config", {"src": TREE, "read_policies": "always"}),
    ("tenant_export", {"dest": str(Path(tempfile.gettempdir(), "tenant.yml"))}),
    ("vulnerability_info", {"all_computers": True}),
    ("vulnerability_info", {"computer": "pc-1"}),
]
OTHERS: list[Any] = [None, 5, -1, 5.5, True, "", "text", [], {}, [5], [None], [{}], {"guid": 5}, 10**30]


def documents() -> dict[str, Any]:
    return {path: Expected("GET", path).answers(data).content for path, data in ANSWERS.items()}


def run_against(documents: dict[str, bytes], module: str, options: dict[str, Any]) -> Result:
    """Run in check mode against answers that are always the same for a path."""

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **_settings: Any) -> requests.Response:
        path = urlsplit(request.url or "").path
        call = Expected(str(request.method), path)
        known = path in documents
        return _response(adapter, request, call.answers(documents[path]) if known else call.refuses(404, "not found"))

    loaded = importlib.import_module(f"ansible_collections.ampops.secure_endpoint.plugins.modules.{module}")
    with mock.patch.object(HTTPAdapter, "send", send), mock.patch("time.sleep"):
        return run(loaded, _check=True, **options)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where something stands in a document, the whole of it first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, found in inner:
        yield from places(found, (*path, key))


def replaced(content: bytes, place: tuple[Any, ...], other: Any) -> bytes:
    document = copy.deepcopy(json.loads(content))
    if not place:
        return json.dumps(other).encode()
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = other
    return json.dumps(document).encode()


@pytest.mark.parametrize(("module", "options"), TASKS, ids=[module for module, _options in TASKS])
def test_the_answers_as_they_are_give_a_result(module: str, options: dict[str, Any]) -> None:
    result = run_against(documents(), module, options)
    assert not result.failed or "on_missing" in result.msg or "return_credentials" in result.msg, result.msg


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_answer_ends_in_a_traceback(data: st.DataObject) -> None:
    module, options = data.draw(st.sampled_from(TASKS))
    mutated = documents()
    for _time in range(data.draw(st.integers(min_value=1, max_value=3))):
        path = data.draw(st.sampled_from(sorted(mutated)))
        place = data.draw(st.sampled_from(list(places(json.loads(mutated[path])))))
        mutated[path] = replaced(mutated[path], place, data.draw(st.sampled_from(OTHERS)))
    result = run_against(mutated, module, options)
    assert not result.failed or result["error"]["kind"]


@pytest.mark.parametrize(
    ("module", "options", "path", "place", "other", "told"),
    [
        ("group_info", {}, "/v1/groups", ("data", 0, "ancestry"), 5, "data[0].ancestry: expected a list, got 5"),
        ("group_info", {}, "/v1/groups", ("data", 0, "ancestry", 1), "x",
         "data[0].ancestry[1]: expected an object, got text"),
        ("group_info", {}, "/v1/groups", ("data", 1, "guid"), None, "data[1].guid: expected text, got nothing"),
        ("group_info", {}, "/v1/groups", ("data",), True, "data: expected a list, got true"),
        ("computer_info", {"hostnames": ["pc-1"]}, "/v1/computers", ("data", 0, "groups", 0, "guid"), 5,
         "data[0].groups[0].guid: expected text, got 5"),
        ("computer_trajectory_info", {"computer": COMPUTER}, f"/v1/computers/{COMPUTER}/trajectory",
         ("data", "events"), 5, "data.events: expected a list, got 5"),
        ("vulnerability_info", {"computer": COMPUTER}, f"/v1/computers/{COMPUTER}/vulnerabilities",
         ("data", "vulnerabilities", 0), [], "data.vulnerabilities[0]: expected an object, got a list"),
        ("event_stream_info", {}, "/v1/event_streams", ("data", 0, "id"), "soc", "data[0].id: expected a whole number"),
    ],
)  # fmt: skip
def test_the_field_that_is_wrong_is_named_with_its_place(
    module: str, options: dict[str, Any], path: str, place: tuple[Any, ...], other: Any, told: str
) -> None:
    answers = documents()
    answers[path] = replaced(answers[path], place, other)
    result = run_against(answers, module, options)
    assert f"GET {path}: the answer has another form than documented: {told}" in result.msg
