# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of detections and incidents as the outbox has them, and the settings of a response, for these tests."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.host_patterns import HostPatterns
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.response import ResponseSettings

Record = dict[str, Any]

DETECTED, QUARANTINED, FAILED, RESTORED, CLEARED = 1090519054, 553648143, 2164260880, 553648149, 553648154
EXPLOIT, CLOUD_IOC, UNKNOWN_TYPE = 1090519103, 1107296274, 1090519999
START = 1_790_000_000
DIGEST = "ab" * 32
CONTROLLERS, OFFICE = "00000000-0000-4000-9000-000000000001", "00000000-0000-4000-9000-000000000002"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def detection(
    *types: int,
    computer: int = 1,
    number: int = 1,
    at: int = 0,
    severity: str | None = "Medium",
    disposition: str | None = "Malicious",
    sha256: str = DIGEST,
    hostname: str | None = "pc-0001",
    groups: Sequence[str] = (OFFICE,),
) -> Record:
    """Return the record of the detection that events of these types make."""
    file = {"identity": {"sha256": sha256}, **({"disposition": disposition} if disposition else {})}
    events = [
        {
            "id": number * 1000 + place,
            "event_type_id": type_id,
            "timestamp": START + at + place,
            "detection_id": str(number),
            "connector_guid": guid(computer),
            "group_guids": list(groups),
            "computer": {"hostname": hostname} if hostname else {},
            "file": file,
            **({"severity": severity} if severity else {}),
        }
        for place, type_id in enumerate(types)
    ]
    (found,) = correlate(event_from_object(one, source="soc", received_ns=2**62) for one in events)
    return {"kind": "detection", **json.loads(json.dumps(found.record()))}


def incident(*detections: Record, rule: str = "same_computer", name: str = "i1", revision: int = 1) -> Record:
    """Return the parts of an incident's record that a response goes by."""
    return {
        "kind": "incident",
        "id": name,
        "revision": revision,
        "rule": rule,
        "still_dangerous": any(one["still_dangerous"] for one in detections),
        "detections": [one["key"] for one in detections],
    }


class Store:
    """The detections as they are now, to be asked for by key."""

    def __init__(self, *detections: Record) -> None:
        self.detections = {one["key"]: one for one in detections}

    def __call__(self, keys: Collection[str]) -> list[Record]:
        return [self.detections[key] for key in keys if key in self.detections]


def settings(**changes: Any) -> ResponseSettings:
    hosts = changes.pop("exclude_hosts", [])
    given: dict[str, Any] = {
        "actions": frozenset(["isolate", "block_hash"]),
        "act": True,
        "severity": "Medium",
        "exclude_groups": frozenset(),
        "max_actions_per_hour": 10,
        "block_computers": 3,
        "window_seconds": 300,
        **changes,
    }
    return ResponseSettings(exclude_hosts=HostPatterns(hosts), host_patterns=hosts, **given)


def now(seconds: float = 0) -> int:
    return (START + 60) * 10**9 + int(seconds * 10**9)
