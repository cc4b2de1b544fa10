# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenarios of a file or a connection that is bad: detected, quarantined, or not."""

from __future__ import annotations

from typing import Any

from ..tenant import words
from ..tenant.computers import Computer
from ..tenant.events import Event
from . import factory as types
from .factory import EventFactory
from .stories import Detection, scenario


@scenario
def detected_quarantined(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make the usual pair, both with the same time."""
    one = Detection(factory, computer, at, options)
    return [one.full(types.THREAT_DETECTED), one.bare(types.THREAT_QUARANTINED)]


@scenario
def quarantined_first(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make the pair in the wrong order of arrival."""
    return detected_quarantined(factory, computer, at, options)[::-1]


@scenario
def detected(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Seen, and nothing done (an audit policy)."""
    return [Detection(factory, computer, at, options).full(types.THREAT_DETECTED)]


@scenario
def failure(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Seen, and the quarantine failed."""
    one = Detection(factory, computer, at, options)
    return [one.full(types.THREAT_DETECTED), one.bare(types.QUARANTINE_FAILURE, error=factory.error())]


@scenario
def failed_then_quarantined(
    factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]
) -> list[Event]:
    """Make events: the first attempt fails, the second succeeds."""
    one = Detection(factory, computer, at, options)
    return [
        one.full(types.THREAT_DETECTED),
        one.bare(types.QUARANTINE_FAILURE, error=factory.error()),
        one.bare(types.THREAT_QUARANTINED, after=2.0),
    ]


@scenario
def recall(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the cloud changes its mind about a file that was let in: found and quarantined later."""
    one = Detection(factory, computer, at, options)
    return [one.full(types.RECALL_DETECTION), one.bare(types.RECALL_QUARANTINE, after=1.0)]


@scenario
def recall_failed(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: the recall finds the file, and its quarantine fails."""
    one = Detection(factory, computer, at, options)
    failed = one.bare(types.RECALL_QUARANTINE_FAILED, after=1.0, error=factory.error())
    return [one.full(types.RECALL_DETECTION), failed]


@scenario
def restored(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Quarantined, and taken out again by somebody."""
    one = Detection(factory, computer, at, options)
    return [
        one.full(types.THREAT_DETECTED),
        one.bare(types.THREAT_QUARANTINED),
        one.bare(types.RESTORED, after=60.0),
    ]


@scenario
def archive(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make a detection inside an archive: the inner file stands in archived_file."""
    one = Detection(factory, computer, at, options)
    one.file = {
        **one.file,
        "archived_file": {"disposition": "Malicious", "identity": {"sha256": factory.random_sha256()}},
    }
    return [one.full(types.THREAT_DETECTED), one.bare(types.THREAT_QUARANTINED)]


@scenario
def network(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Device flow correlation saw a bad address."""
    info = {
        "dirty_url": "http://bad.example/drop?x=1&y=2",
        "remote_ip": "203.0.113.66",
        "remote_port": 443,
        "local_ip": computer.internal_ip,
        "local_port": 51432,
        "nfm": {"direction": "Outgoing connection from", "protocol": "TCP"},
        "parent": {
            "process_id": 4711,
            "disposition": "Clean",
            "file_name": words.of_product(words.PARENTS, computer.product)[0],
            "identity": {"sha256": factory.random_sha256()},
        },
    }
    one = Detection(factory, computer, at, options)
    return [
        factory.event(
            types.NETWORK_THREAT,
            computer,
            at,
            detection=one.name,
            detection_id=one.id,
            severity=one.severity,
            user=one.user,
            network_info=info,
        )
    ]


@scenario
def exploit(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Exploit prevention stopped a process."""
    one = Detection(factory, computer, at, options)
    attacked = {  # the file is the program that was attacked, which is clean
        **one.file,
        "disposition": "Clean",
        "file_name": options.get("file_name") or "winword.exe",
        "attack_details": {
            "application": "winword.exe",
            "attacked_module": "C:\\Windows\\System32\\ntdll.dll",
            "base_address": "0x7FFE0000",
            "suspicious_files": [],
            "indicators": [
                {
                    "id": "5b1f2f6e-6a53-4f0f-9f2d-7d3f8a1c0b11",
                    "severity": "medium",
                    "short_description": "Code in memory that should have none",
                    "tactics": ["TA0005"],
                    "techniques": ["T1027"],
                }
            ],
        },
    }
    return [factory.event(types.EXPLOIT_PREVENTION, computer, at, severity="High", user=one.user, file=attacked)]


@scenario
def execution_blocked(factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> list[Event]:
    """Make events: a program on a blocking list was started, and stopped."""
    one = Detection(factory, computer, at, options)
    return [factory.event(553648168, computer, at, severity="Medium", user=one.user, file=one.file)]
