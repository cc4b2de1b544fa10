# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rulebook gets: values of known shape, names broken and only when asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import parse_event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.form import (
    break_marks,
    form_of_event,
    form_of_line,
)
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from ..deliveries import CONNECTOR, NOW, ROUTING_KEY, fields

HOSTILE = "{{ lookup('pipe', 'touch /tmp/x') }}"
NAMES: dict[str, Any] = {
    "detection": HOSTILE,
    "severity": HOSTILE,
    "detection_id": HOSTILE,
    "group_guids": [HOSTILE, CONNECTOR.upper()],
    "computer": {
        "hostname": HOSTILE,
        "user": "\x1b[31mroot",
        "external_ip": HOSTILE,
        "network_addresses": [{"ip": HOSTILE}, {"ip": "10.0.0.1"}, 5],
    },
    "file": {
        "disposition": HOSTILE,
        "file_name": HOSTILE,
        "file_path": HOSTILE,
        "identity": {"sha256": HOSTILE},
    },
    "network_info": {"remote_ip": "fe80::1%{{7*7}}", "remote_port": HOSTILE, "local_port": 443},
    "error": {"error_code": HOSTILE},
    "event_type": HOSTILE,
}


def form_of(event: dict[str, Any], *, untrusted: bool = False, source: str = "soc", key: str = "") -> dict[str, Any]:
    parsed = parse_event(json.dumps(event).encode(), source=source, routing_key=key or ROUTING_KEY, received_ns=NOW)
    return form_of_event(parsed, place="queue", untrusted=untrusted)


def test_what_is_of_known_shape_goes_through() -> None:
    form = form_of(fields(1, file={"disposition": "Malicious", "identity": {"sha256": "AB" * 32}}))
    assert form["kind"] == "event"
    assert form["event_type"] == "Threat Detected"
    assert form["event_class"] == "detection"
    assert form["connector_guid"] == CONNECTOR
    assert form["sha256"] == "ab" * 32
    assert form["disposition"] == "Malicious"
    assert form["meta"]["source_offset"] == f"queue:{form['key']}"
    assert isinstance(form["key"], str)
    assert "untrusted" not in form


def test_no_text_of_the_event_gets_through() -> None:
    form = form_of({**fields(1), **NAMES}, source=HOSTILE)
    assert "lookup" not in json.dumps(form)
    assert form["group_guids"] == [CONNECTOR]
    assert form["ips"] == ["10.0.0.1"]
    assert form["local_port"] == 443
    missing = {"severity", "detection_id", "sha256", "disposition", "external_ip", "remote_ip", "remote_port", "source"}
    assert not missing & set(form)


def test_protection_that_stopped_is_told_apart() -> None:
    assert form_of(fields(1, 553648166))["health"] is True
    assert "health" not in form_of(fields(1))


def test_a_connector_in_the_routing_key_is_checked_too() -> None:
    event = fields(1)
    del event["connector_guid"], event["computer"]
    assert "connector_guid" not in form_of(event, key=f"business.{HOSTILE.replace('.', '')}.1")


def test_names_come_when_asked_for_and_are_no_templates_and_no_escapes() -> None:
    untrusted = form_of({**fields(1), **NAMES}, untrusted=True)["untrusted"]
    assert set(untrusted) == {"hostname", "user", "name", "file_name", "file_path"}
    assert "lookup(" in untrusted["file_name"]
    assert untrusted["user"] == "\\x1b[31mroot"
    for text in untrusted.values():
        assert Environment(autoescape=False).from_string(text).render() == text  # noqa: S701


@given(st.text(alphabet="{}%#-+ 7*a\n\x1b", max_size=40))
def test_broken_text_renders_to_itself(text: str) -> None:
    broken = break_marks(text)
    assert Environment(autoescape=False, keep_trailing_newline=True).from_string(broken).render() == broken  # noqa: S701
    assert not {"{{", "{%", "{#", "}}", "%}", "#}"} & {broken[at : at + 2] for at in range(len(broken))}


def test_the_uuid_is_the_same_for_the_same_event_and_another_for_another() -> None:
    first = form_of(fields(1))["meta"]["uuid"]
    assert form_of(fields(1, severity="High"))["meta"]["uuid"] == first
    assert form_of(fields(2))["meta"]["uuid"] != first
    assert form_of(fields(1), source="other")["meta"]["uuid"] != first


DETECTION = {
    "kind": "detection",
    "source": "soc",
    "key": f"soc/{CONNECTOR}/7001",
    "time": "2020-09-13T12:26:40.000000000Z",
    "severity": "High",
    "connector_guid": CONNECTOR,
    "hostname": HOSTILE,
    "detection_id": "7001",
    "class": "detection",
    "name": HOSTILE,
    "event_types": [{"id": 1090519054, "name": "Threat Detected"}],
    "unknown_type": False,
    "sha256": "ab" * 32,
    "archived_sha256": HOSTILE,
    "disposition": "Malicious",
    "file_name": HOSTILE,
    "file_path": HOSTILE,
    "parent": {"file_name": HOSTILE, "sha256": "cd" * 32, "disposition": HOSTILE},
    "user": HOSTILE,
    "command_line": HOSTILE,
    "network": {"direction": HOSTILE, "remote_ip": "198.51.100.9", "remote_port": 80, "url": HOSTILE},
    "error": {"code": 3221225524, "description": HOSTILE},
    "tactics": ["TA0005", HOSTILE],
    "techniques": ["T1070.004", HOSTILE],
    "cves": [HOSTILE],
    "computer": {"hostname": HOSTILE, "ips": ["10.0.0.1", HOSTILE], "group_guids": [CONNECTOR, HOSTILE]},
    "outcome": "quarantine_failed",
    "still_dangerous": True,
    "needs_person": True,
    "attempts": {"ok": 0, "failed": 1},
    "event_ids": ["1", "2"],
}


def line(record: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**record, **changes}).encode() + b"\n"


def test_a_detection_tells_its_outcome_and_is_a_new_fact_with_each_event() -> None:
    form = form_of_line(line(DETECTION), place="7")
    assert form["outcome"] == "quarantine_failed"
    assert form["still_dangerous"] is True
    assert form["meta"]["source_offset"] == "7"
    assert "lookup" not in json.dumps(form)
    assert (form["needs_person"], form["disposition"], form["error_code"]) == (True, "Malicious", 3221225524)
    assert (form["tactics"], form["techniques"], form["cves"]) == (["TA0005"], ["T1070.004"], [])
    assert (form["ips"], form["group_guids"], form["remote_ip"]) == (["10.0.0.1"], [CONNECTOR], "198.51.100.9")
    assert "direction" not in form
    assert "parent_disposition" not in form
    more = form_of_line(line(DETECTION, event_ids=["1", "2", "3"]), place="8")
    assert more["meta"]["uuid"] != form["meta"]["uuid"]


def test_free_text_of_a_detection_comes_when_asked_for_and_is_no_template() -> None:
    untrusted = form_of_line(line(DETECTION), place="7", untrusted=True)["untrusted"]
    assert {"name", "file_name", "user", "command_line", "url", "parent_file_name"} <= set(untrusted)
    assert "{{" not in json.dumps(untrusted)


def test_a_detection_that_an_older_release_recorded_has_a_form() -> None:
    names = ("kind", "source", "key", "time", "severity", "connector_guid", "hostname", "detection_id", "sha256")
    more = ("outcome", "still_dangerous", "attempts", "event_ids")
    older = {name: DETECTION[name] for name in (*names, *more)}
    form = form_of_line(line(older), place="7", untrusted=True)
    assert (form["needs_person"], form["techniques"]) == (True, [])


@pytest.mark.parametrize(("computers", "guid"), [([CONNECTOR], CONNECTOR), ([CONNECTOR, CONNECTOR[::-1]], None)])
def test_an_incident_names_a_computer_only_where_it_is_one(computers: list[str], guid: str | None) -> None:
    incident = {
        "kind": "incident",
        "source": "soc",
        "id": "ab" * 32,
        "revision": 2,
        "state": "open",
        "rule": "same_hash",
        "window_seconds": 300,
        "first_time": "2020-09-13T12:26:40.000000000Z",
        "last_time": "2020-09-13T12:26:41.000000000Z",
        "severity": None,
        "outcome": "detected",
        "still_dangerous": True,
        "late": False,
        "computers": computers,
        "needs_person": True,
        "hostnames": [HOSTILE],
        "names": [HOSTILE],
        "file_names": [HOSTILE],
        "users": [HOSTILE],
        "dispositions": ["Malicious", HOSTILE],
        "techniques": ["T1070.004", HOSTILE],
        "hashes": ["ab" * 32, HOSTILE],
        "detections": ["a", "b", "c"],
    }
    form = form_of_line(line(incident), place="9", untrusted=True)
    assert form.get("connector_guid") == guid
    assert form["computer_count"] == len(computers)
    assert form["detection_count"] == 3
    assert form["sha256s"] == ["ab" * 32]
    assert (form["dispositions"], form["techniques"]) == (["Malicious"], ["T1070.004"])
    assert "{{" not in json.dumps(form["untrusted"])
    assert form_of_line(line(incident, revision=3), place="10")["meta"]["uuid"] != form["meta"]["uuid"]
