# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules R1, R4 to R6a, R7 and R8a by table, over plain event objects: what the engine is compared with.

Shares no code with the engine and knows no speed: a detection is the list of all its events, an incident a list of
detections, and everything is worked out anew from these lists.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import datetime
from typing import Any

Fields = dict[str, Any]

PREVENTED = {553648168, 553648199, 1090519103, 1090519112}
QUARANTINED = {553648143, 553648152, 553648155}
FAILED = {2164260880, 2164260893, 2181038130}
RESTORED = {553648149}
CLEARED = {553648146, 553648154}
HUNTING = 1107296344
DETECTIONS = {
    *(553648145, 553648147, 553648222, 553648225, 1090519054, 1090519081, 1090519084, 1090519089, 1090519102),
    *(1090519105, 1090524040, 1090524041, 1107296278),
}
HEALTH = {553648166, 2164260931, 2164260939, 2164260941, 2164260943, 553648215}
OTHERS = {
    *(1003, 1004, 1005, 50331649, 553648130, 553648150, 553648170, 553648202, 554696714, 570425394, 1107296279),
    *(2164260866, 2164260884, 2164260892, 2001, 553648131, 2164260868, *HEALTH),
}
"""Some of them: what the scenarios use."""

WORST_FIRST = ["restored", "quarantine_failed", "detected", "indicated", "cleared", "blocked", "quarantined"]
DANGEROUS = {"restored", "quarantine_failed", "detected"}
SEVERITIES = ["Low", "Medium", "High", "Critical"]


def class_of(fields: Fields) -> str:
    """R4."""
    type_id = fields.get("event_type_id")
    if type_id in PREVENTED:
        says_audit = ["audit" in str(fields.get(name, "")).lower() for name in ("event_type", "action", "mode")]
        return "detection" if any(says_audit) else "prevented"
    for name, ids in (
        ("quarantined", QUARANTINED),
        ("quarantine_failed", FAILED),
        ("restored", RESTORED),
        ("cleared", CLEARED),
        ("detection", DETECTIONS),
        ("other", OTHERS),
    ):
        if type_id in ids:
            return name
    if isinstance(type_id, int) and 0x42000000 <= type_id <= 0x4200FFFF:
        return "indicator"
    marks = bool(sha256_of(fields) or fields.get("detection"))
    severe = severity_of(fields) in ("Medium", "High", "Critical")
    return "detection" if fields.get("detection_id") or (severe and marks) else "other"


def is_unknown(fields: Fields) -> bool:
    """R4."""
    type_id = fields.get("event_type_id")
    known = PREVENTED | QUARANTINED | FAILED | RESTORED | CLEARED | DETECTIONS | OTHERS
    return type_id not in known and not (isinstance(type_id, int) and 0x42000000 <= type_id <= 0x4200FFFF)


def severity_of(fields: Fields) -> str | None:
    found = fields.get("severity")
    return found if found in SEVERITIES else None


def file_of(fields: Fields) -> Fields:
    return fields.get("file") or {}


def sha256_of(fields: Fields) -> str | None:
    found = (file_of(fields).get("identity") or {}).get("sha256")
    return found.lower() if isinstance(found, str) and re.fullmatch("[0-9a-fA-F]{64}", found) else None


def time_of(fields: Fields) -> int:
    """R2, without clocks that run ahead: nanoseconds."""
    if fields.get("timestamp"):
        return int(fields["timestamp"]) * 10**9 + int(fields.get("timestamp_nanoseconds", 0))
    return int(datetime.fromisoformat(fields["date"]).timestamp()) * 10**9


def identity(fields: Fields) -> tuple[Any, ...]:
    """R1, within a source."""
    if not fields.get("id"):
        return (json.dumps(fields, sort_keys=True),)
    stated = (fields.get("timestamp"), fields.get("timestamp_nanoseconds"))
    if not fields.get("timestamp"):
        stated = (fields.get("date"), None)
    return (fields["id"], fields.get("event_type_id"), *stated, fields.get("detection_id"))


def detection_of(fields: Fields) -> tuple[Any, ...] | None:
    """Which detection of its source an event belongs to (R4)."""
    event_class, connector = class_of(fields), fields.get("connector_guid")
    if event_class == "other":
        return None
    hunting = fields.get("threat_hunting") or {}
    if fields.get("event_type_id") == HUNTING and hunting.get("incident_report_guid"):
        return (connector, "hunting", hunting["incident_report_guid"])
    if fields.get("detection_id"):
        return (connector, "id", str(fields["detection_id"]))
    return (connector, "own", identity(fields)) if event_class in ("detection", "prevented", "indicator") else None


def order(fields: Fields) -> tuple[int, int]:
    return time_of(fields), fields.get("id") or 0


def outcome_of(events: list[Fields]) -> str:
    """R5: the worst of the decisive events that no other one is known to follow."""
    decisive = [one for one in events if class_of(one) in ("quarantined", "quarantine_failed", "restored", "cleared")]

    def follows(later: Fields, earlier: Fields) -> bool:
        if time_of(later) != time_of(earlier):
            return time_of(later) > time_of(earlier)
        return bool(later.get("id")) and bool(earlier.get("id")) and later["id"] > earlier["id"]

    last = [one for one in decisive if not any(follows(other, one) for other in decisive)]
    if last:
        return min((class_of(one) for one in last), key=WORST_FIRST.index)
    classes = {class_of(one) for one in events}
    return {("prevented",): "blocked", ("indicator",): "indicated"}.get(tuple(classes), "detected")


def disposition_of(events: list[Fields]) -> str | None:
    told = [one for one in sorted(events, key=order) if file_of(one).get("disposition")]
    return file_of(told[-1])["disposition"] if told else None


def judged(events: list[Fields]) -> dict[str, Any]:
    """What the record of a detection says about its meaning, from all its events in any order (R5, R6)."""
    outcome = outcome_of(events)
    told = sorted(events, key=order)
    severities = [found for one in events if (found := severity_of(one))]
    severity = max(severities, key=SEVERITIES.index) if severities else None
    if any(one.get("event_type_id") == HUNTING for one in events):
        severity = next((found for one in reversed(told) if (found := severity_of(one))), None)
    disposition = disposition_of(events)
    parents = [file_of(one).get("parent") for one in told]
    parent = next((one for one in parents if one), {})
    suspicious = severity in ("High", "Critical") or "Malicious" in (disposition, parent.get("disposition"))
    return {
        "class": {"blocked": "prevented", "indicated": "indicator"}.get(outcome, "detection"),
        "outcome": outcome,
        "still_dangerous": outcome in DANGEROUS,
        "needs_person": outcome in DANGEROUS or (outcome == "indicated" and suspicious),
        "severity": severity,
        "disposition": disposition,
        "attempts": {
            "ok": sum(class_of(one) == "quarantined" for one in events),
            "failed": sum(class_of(one) == "quarantine_failed" for one in events),
        },
        "event_ids": [str(one["id"]) for one in told if one.get("id")],
    }


def placed(events: list[Fields], rule: str) -> tuple[Any, int] | None:
    """Under which key and at which time a rule places a detection (R6)."""
    connector = events[0].get("connector_guid")
    if rule == "same_computer":
        return (connector, min(map(time_of, events))) if connector else None
    told = [one for one in sorted(events, key=order) if sha256_of(one)]
    verdict = judged(events)
    is_tool = verdict["disposition"] == "Clean" or (
        verdict["class"] == "indicator" and verdict["disposition"] != "Malicious"
    )
    if not told or is_tool:
        return None
    digest = sha256_of(told[0])
    if rule == "same_hash":
        return digest, time_of(told[0])
    return ((digest, connector), time_of(told[0])) if connector else None


def detections(events: list[Fields]) -> dict[tuple[Any, ...], list[Fields]]:
    """The events of each detection, each event once (R1)."""
    found: dict[tuple[Any, ...], dict[tuple[Any, ...], Fields]] = defaultdict(dict)
    for one in events:
        key = detection_of(one)
        if key is not None:
            found[key].setdefault(identity(one), one)
    return {key: list(members.values()) for key, members in found.items()}


class Incident:
    """`start` is the time of its anchor, which never moves; `members` are keys of detections."""

    def __init__(self, key: Any, start: int, anchor: Any, late: bool) -> None:
        self.key, self.start, self.late, self.anchor = key, start, late, anchor
        self.members = [anchor]


def drained(drains: list[list[Fields]], rule: str, window: int, lateness: int) -> list[Incident]:
    """R8a: the batch of each drain and what it says of incidents of earlier drains. Times are nanoseconds."""
    history: dict[tuple[Any, ...], list[Fields]] = {}
    known: set[tuple[Any, ...]] = set()
    is_placed: set[Any] = set()
    incidents: list[Incident] = []
    largest = 0
    for drain in drains:
        watermark = largest - lateness
        open_before = [one for one in incidents if one.start + window > watermark]
        for one in drain:
            key = detection_of(one)
            if identity(one) not in known and key is not None:
                history.setdefault(key, []).append(one)
            known.add(identity(one))
        batch = []
        for key, events in history.items():
            if key in is_placed:
                continue
            where = placed(events, rule)
            if where is not None:
                batch.append((where[1], repr(key), key, where[0]))
            if where is not None or (rule != "same_computer" and any(map(sha256_of, events))):
                is_placed.add(key)  # a hash that was left out once stays out
        for time, _text, key, group in sorted(batch):
            covering = [one for one in incidents if one.key == group and one.start <= time < one.start + window]
            near = [one for one in open_before if one.key == group and one.start - lateness <= time < one.start]
            if covering:
                max(covering, key=lambda one: (not one.late, one.start)).members.append(key)
            elif near:
                min(near, key=lambda one: (one.late, one.start)).members.append(key)
            else:
                incidents.append(Incident(group, time, key, time < watermark))
        largest = max([largest, *map(time_of, drain)])
    return incidents
