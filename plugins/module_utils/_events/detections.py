# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections: the events that tell of one threat on one computer, and what became of it (R4, R5).

The product sends "detected", "quarantined" and "quarantine failed" as events of their own, in any order, joined by a
detection_id that is unique on one connector only (workflows document, "Correlating Events"; api-contract.md section 6).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from .._common.time import iso_time
from .event import Event
from .event_types import CLASS_OF, name_of

Outcome = Literal["quarantined", "detected", "quarantine_failed", "restored"]
Record = dict[str, Any]
Links = Callable[[Record], dict[str, str]]
"""Gives the pivot URLs of a record that is complete but for them; injected, so that nothing here knows a console."""

OUTCOMES: tuple[Outcome, ...] = ("quarantined", "detected", "quarantine_failed", "restored")
"""From the best to the worst (R5)."""

SEVERITIES = ("Low", "Medium", "High", "Critical")

BADNESS = {outcome: badness for badness, outcome in enumerate(OUTCOMES)}
_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}

_NEVER = 2**63

Entry = tuple[int, int, str, int]
"""One event of a detection: time, id (0 where it has none), digest (where it has no id), event type id. Entries order
events by (time, id), those without an id first."""


class Judgement(NamedTuple):
    """What the events of a detection say about it; `evidence` is the event that decided."""

    outcome: Outcome
    ok: int
    failed: int
    evidence: Entry


def judge(entries: Iterable[Entry]) -> Judgement:
    """The outcome of a detection from its events in any order (R5).

    Ordered by (time, id), the last decisive event wins. Events of one time of which one has no id cannot be ordered:
    then the worse outcome wins. Without a decisive event the threat is merely detected.
    """
    counts = {"quarantined": 0, "quarantine_failed": 0, "restored": 0}
    latest: list[Entry] = []
    for entry in entries:
        event_class = CLASS_OF[entry[3]]
        if event_class not in counts:
            continue
        counts[event_class] += 1
        if not latest or entry[0] > latest[0][0]:
            latest = [entry]
        elif entry[0] == latest[0][0]:
            latest.append(entry)
    if not latest:
        return Judgement("detected", 0, 0, min(entries))
    last = max(latest)
    decisive = max((entry for entry in latest if entry is last or not entry[1]), key=_worse)
    outcome: Outcome = CLASS_OF[decisive[3]]  # type: ignore[assignment]
    return Judgement(outcome, counts["quarantined"], counts["quarantine_failed"], decisive)


def _worse(entry: Entry) -> tuple[int, Entry]:
    return BADNESS[CLASS_OF[entry[3]]], entry  # type: ignore[index]


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of some outcomes (R5)."""
    return max(outcomes, key=BADNESS.__getitem__)


def highest_severity(severities: Iterable[str | None]) -> str | None:
    """The highest of some severities; None where there is none that is known."""
    known = [severity for severity in severities if severity in _SEVERITY_RANK]
    return max(known, key=_SEVERITY_RANK.__getitem__, default=None)


class Detection:
    """One detection, growing with its events; what it says does not depend on their order.

    `time` is that of its earliest event, `sha256` and `sha256_time` are those of its earliest event that carries a
    hash: they place it in the windows of the groupings (R6). Names come from the earliest event that has them. Where
    there is a watermark (R8), an event below it is late and moves neither time nor hash once they are known.
    """

    __slots__ = (
        "_detection_entry",
        "_hostname_entry",
        "_judgement",
        "_settled",
        "_sha256_entry",
        "connector_guid",
        "detection",
        "detection_id",
        "entries",
        "hostname",
        "is_changed",
        "key",
        "placed",
        "severity",
        "sha256",
        "sha256_time",
        "source",
        "time",
    )

    connector_guid: str | None
    detection_id: str | None
    hostname: str | None
    detection: str | None
    sha256: str | None
    sha256_time: int | None
    severity: str | None

    def __init__(self, key: str, event: Event) -> None:
        """A detection that is known from one event; `key` is its detection_key."""
        self.key = key
        self.source = event.source
        self.connector_guid = event.connector_guid
        self.detection_id = event.detection_id
        self.time = time = event.time
        event_id = event.id
        entry: Entry = (time, event_id or 0, "" if event_id else str(event.key), event.event_type_id or 0)
        self.entries: Sequence[Entry] = (entry,)
        self.sha256 = sha256 = event.sha256
        self.sha256_time = time if sha256 else None
        self.hostname = event.hostname
        self.detection = event.detection
        severity = event.severity
        self.severity = severity if severity in _SEVERITY_RANK else None
        self._sha256_entry = self._hostname_entry = self._detection_entry = entry
        self._settled = time if sha256 and self.hostname and self.detection else _NEVER
        self._judgement: Judgement | None = None
        # What windows.py notes: whether it changed, where it was placed.
        self.is_changed = False
        self.placed = 0

    def add(self, event: Event, watermark: int = 0) -> bool:
        """Take in another event of this detection that it has not had before; whether that changes where it belongs."""
        time, event_id = event.time, event.id
        entry: Entry = (time, event_id or 0, "" if event_id else str(event.key), event.event_type_id or 0)
        self.entries = _with(self.entries, entry)
        self._judgement = None
        severity = event.severity
        if severity is not None and severity != self.severity:
            self.severity = highest_severity((self.severity, severity))
        return time <= self._settled and self._learn(event, entry, watermark)

    def _learn(self, event: Event, entry: Entry, watermark: int) -> bool:
        """Take from an event what no earlier one tells. Events after all that told something have nothing to add."""
        time, before = entry[0], (self.time, self.sha256_time)
        if watermark <= time < self.time:
            self.time = time
        if event.sha256 and (self.sha256 is None or (entry < self._sha256_entry and watermark <= time)):
            self.sha256, self.sha256_time, self._sha256_entry = event.sha256, time, entry
        if event.hostname and (self.hostname is None or entry < self._hostname_entry):
            self.hostname, self._hostname_entry = event.hostname, entry
        if event.detection and (self.detection is None or entry < self._detection_entry):
            self.detection, self._detection_entry = event.detection, entry
        self._settle()
        return before != (self.time, self.sha256_time)

    def _settle(self) -> None:
        """Note from which time on no event can tell anything new but the outcome."""
        told = (self._sha256_entry[0], self._hostname_entry[0], self._detection_entry[0], self.time)
        self._settled = max(told) if self.sha256 and self.hostname and self.detection else _NEVER

    @property
    def last_place(self) -> int:
        """The later of the two times that place it."""
        return self.time if self.sha256_time is None else max(self.time, self.sha256_time)

    @property
    def judgement(self) -> Judgement:
        """What the events so far say (R5)."""
        if self._judgement is None:
            self._judgement = judge(self.entries)
        return self._judgement

    @property
    def outcome(self) -> Outcome:
        """quarantined, detected, quarantine_failed or restored."""
        return self.judgement.outcome

    @property
    def event_ids(self) -> list[str]:
        """The ids of its events as text, in the order of the events; the digest of an event that has no id."""
        entries = sorted(self.entries) if len(self.entries) > 1 else self.entries
        return [str(entry[1]) if entry[1] else entry[2] for entry in entries]

    def record(self, links: Links | None = None) -> Record:
        """The detection as JSON output and Jinja show it."""
        judgement = self.judgement
        time, event_id, digest, type_id = judgement.evidence
        record: Record = {
            "key": self.key,
            "source": self.source,
            "connector_guid": self.connector_guid,
            "hostname": self.hostname,
            "detection_id": self.detection_id,
            "detection": self.detection,
            "sha256": self.sha256,
            "time": iso_time(self.time),
            "outcome": judgement.outcome,
            "still_dangerous": judgement.outcome != "quarantined",
            "attempts": {"ok": judgement.ok, "failed": judgement.failed},
            "evidence": {
                "event_id": str(event_id) if event_id else digest,
                "event_type_id": type_id,
                "event_type": name_of(type_id),
                "time": iso_time(time),
            },
            "severity": self.severity,
            "event_ids": self.event_ids,
        }
        record["pivot_urls"] = links(record) if links else {}
        return record

    def row(self) -> DetectionRow:
        """All that it knows, as plain values for the store."""
        return DetectionRow(
            self.key,
            self.source,
            self.connector_guid,
            self.detection_id,
            self.hostname,
            self.detection,
            self.sha256,
            self.severity,
            self.time,
            self.last_place,
            self._state(),
        )

    def _state(self) -> str:
        entries = self.entries
        told = ",".join([f'[{time},{number},"{digest}",{kind}]' for time, number, digest, kind in entries])
        if len(entries) == 1:
            return f"[[{told}],0,0,0]"
        place = entries.index
        hostname, detection = place(self._hostname_entry), place(self._detection_entry)
        return f"[[{told}],{hostname},{detection},{place(self._sha256_entry)}]"

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Detection:
        """The detection of a row as `row` makes it."""
        self = cls.__new__(cls)
        self.key, self.source, self.connector_guid, self.detection_id = row[:4]
        self.hostname, self.detection, self.sha256, self.severity = row[4:8]
        self.time = row[8]
        entries, hostname, detection, sha256 = json.loads(row[10])
        self.entries = list(map(tuple, entries))
        self._hostname_entry = self.entries[hostname]
        self._detection_entry = self.entries[detection]
        self._sha256_entry = self.entries[sha256]
        self.sha256_time = self._sha256_entry[0] if self.sha256 else None
        self._settle()
        self._judgement = None
        self.is_changed = False
        self.placed = 0
        return self


def _with(entries: Sequence[Entry], entry: Entry) -> Sequence[Entry]:
    """One more. Nearly all detections have few, and a tuple of them costs the garbage collector nothing."""
    if isinstance(entries, list):
        entries.append(entry)
        return entries
    return (*entries, entry) if len(entries) < 32 else [*entries, entry]


class DetectionRow(NamedTuple):
    """A detection in the store. `last_place` is the later of the two times that place it; `state` is JSON."""

    key: str
    source: str
    connector_guid: str | None
    detection_id: str | None
    hostname: str | None
    detection: str | None
    sha256: str | None
    severity: str | None
    time: int
    last_place: int
    state: str


def detection_key(event: Event) -> str | None:
    """Which detection the event belongs to, as text that is unique over all sources; None for none (R4).

    `source/connector/detection_id`; an event of class detection without a detection_id is a detection of its own,
    `source/connector//event`. A slash within a part is escaped.
    """
    if event.event_class == "other":
        return None
    source, connector, detection_id = event.source, event.connector_guid or "", event.detection_id
    if detection_id is not None:
        key = f"{source}/{connector}/{detection_id}"
        if key.count("/") == 2 and "%" not in key:  # nearly always
            return key
    elif event.event_class != "detection":
        return None
    known = "/" + str(event.key) if detection_id is None else _escaped(detection_id)
    return f"{_escaped(source)}/{_escaped(connector)}/{known}"


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def correlate(events: Iterable[Event]) -> list[Detection]:
    """The detections that some events tell of, earliest first; an event given twice counts once (R1, R4, R5)."""
    detections: dict[str, Detection] = {}
    seen: set[tuple[str, int | str]] = set()
    for event in events:
        key = detection_key(event)
        if key is None or (event.source, event.key) in seen:
            continue
        seen.add((event.source, event.key))
        detection = detections.get(key)
        if detection is None:
            detections[key] = Detection(key, event)
        else:
            detection.add(event)
    return sorted(detections.values(), key=lambda detection: (detection.time, detection.key))
