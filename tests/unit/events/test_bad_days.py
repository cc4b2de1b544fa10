# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days of a tenant: what the engine makes of an epidemic of indicators, of contradictions and of hostile texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.facts import MAX_TEXT
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import Rule, group_incidents
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.records import record_line

from .making import DETECTED, FAILED, RECEIVED, RESTORED, event, fields, sha

CLEARED, BLOCKED = 553648146, 553648168
CLOUD_IOC, EXECUTED_MALWARE = 1107296274, 1107296272
HOSTS = 500


def seen(number: int, type_id: int, disposition: str | None, **more: Any) -> Event:
    """Event `number` about one file, which the cloud takes for `disposition`."""
    file = {"identity": {"sha256": sha("f1")}, "file_name": "f1.exe", "disposition": disposition}
    given = {"file": None, "detection_id": None, "at": number / 1000} | more
    return event_from_object(fields(number, type_id, **given) | {"file": file}, source="soc", received_ns=RECEIVED)


def incidents(rule: Rule, *events: Event) -> list[dict[str, Any]]:
    return [incident.record() for incident in group_incidents(correlate(events), rule, 300)]


def epidemic(type_id: int, disposition: str | None) -> list[Event]:
    return [
        seen(number, type_id, disposition, computer=f"h{number:05}", severity="Critical")
        for number in range(1, HOSTS + 1)
    ]


@pytest.mark.parametrize("disposition", ["Clean", "Unknown", None])
def test_a_critical_indicator_on_500_hosts_needs_a_person_for_each_and_spreads_no_hash(disposition: str | None) -> None:
    events = epidemic(CLOUD_IOC, disposition)
    found = incidents("same_computer", *events)
    assert len(found) == HOSTS
    assert {(one["outcome"], one["needs_person"], one["still_dangerous"]) for one in found} == {
        ("indicated", True, False)
    }
    assert incidents("same_hash", *events) == []
    assert incidents("same_hash_same_computer", *events) == []


def test_where_the_file_of_the_indicator_is_malware_the_500_hosts_are_one_incident() -> None:
    (one,) = incidents("same_hash", *epidemic(EXECUTED_MALWARE, "Malicious"))
    assert (one["totals"]["computers"], one["totals"]["hostnames"], len(one["hostnames"])) == (HOSTS, HOSTS, 20)
    assert (one["totals"]["file_names"], one["file_names"]) == (1, ["f1.exe"])
    assert (one["outcome"], one["severity"], one["needs_person"]) == ("indicated", "Critical", True)


@pytest.mark.parametrize(("of_indicator", "together"), [("Malicious", 2), ("Clean", 1), (None, 1)])
def test_one_file_by_an_indicator_and_by_a_detection(of_indicator: str | None, together: int) -> None:
    indicator = seen(1, CLOUD_IOC, of_indicator, severity="Low")
    detection = seen(2, DETECTED, "Malicious", detection_id="d1")
    for rule in ("same_hash", "same_hash_same_computer"):
        (one,) = incidents(rule, indicator, detection)
        assert (one["totals"]["detections"], one["outcome"]) == (together, "detected")
    (both,) = incidents("same_computer", indicator, detection)
    assert both["totals"]["detections"] == 2
    assert both["detections"][0].endswith("/d1")  # what is still dangerous stands first


def test_prevented_and_failed_in_one_window_is_failed_and_names_both() -> None:
    blocked = seen(1, BLOCKED, "Malicious", detection="W32.Blocked")
    failed = [seen(2, DETECTED, "Malicious", detection_id="d1", detection="W32.Failed")]
    failed.append(seen(3, FAILED, "Malicious", detection_id="d1", detection="W32.Failed"))
    for rule in ("same_computer", "same_hash", "same_hash_same_computer"):
        (one,) = incidents(rule, blocked, *failed)
        assert (one["outcome"], one["needs_person"], one["names"]) == (
            "quarantine_failed",
            True,
            ["W32.Failed", "W32.Blocked"],
        )


@pytest.mark.parametrize(
    ("order", "outcome", "needs_person"),
    [((RESTORED, CLEARED), "cleared", False), ((CLEARED, RESTORED), "restored", True)],
)
def test_cleared_after_restored_and_the_reverse(order: tuple[int, int], outcome: str, needs_person: bool) -> None:
    events = [event(1, DETECTED), *(event(number, type_id, at=number) for number, type_id in enumerate(order, 2))]
    for given in (events, events[::-1]):
        (found,) = correlate(given)
        assert (found.outcome, found.needs_person) == (outcome, needs_person)
    same_moment = [event(1, DETECTED), *(event(number, type_id) for number, type_id in enumerate(order, 2))]
    (found,) = correlate(same_moment)
    assert found.outcome == outcome  # ids decide


HOSTILE = [
    "x" * 10_000,
    "{{ lookup('pipe', 'touch /tmp/was_here') }}",
    "{% raw %}",
    "\x1b[2J\x1b]0;title\x07",
    "exe.\u202egnp",
    "line\r\nanother\u2028third\x00",
    "\ud83d lone surrogate",
    '","outcome":"quarantined',
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_stay_text_of_bounded_length_on_one_line_of_ascii(text: str) -> None:
    file = {"disposition": text, "file_name": text, "file_path": text, "parent": {"file_name": text}}
    computer = {"hostname": text, "user": text, "network_addresses": [{"ip": text}]}
    hostile = {"file": file, "computer": computer, "detection": text, "command_line": {"arguments": [text, text]}}
    made = fields() | hostile | {"event_type_id": 1090519999, "event_type": text, "error": {"description": text}}
    (found,) = correlate([event_from_object(made, source="soc", received_ns=RECEIVED)])
    (incident,) = group_incidents([found], "same_computer", 300)

    for kind, record in (("detection", found.record()), ("incident", incident.record())):
        line = record_line(kind, record)
        assert line.isascii()
        assert line.count(b"\n") == 1
        assert json.loads(line) == {"kind": kind, **record}
    record = found.record()
    stored = text.encode("utf-8", "replace").decode()[:MAX_TEXT]
    assert [record[name] for name in ("file_name", "file_path", "user", "hostname", "name")] == [stored] * 5
    assert len(record["command_line"]) <= MAX_TEXT
    assert record["outcome"] == "detected"
