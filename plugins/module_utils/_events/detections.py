# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections: the events that tell of one threat on one computer, and what became of it (R4, R5).

The product sends "detected", "quarantined" and "quarantine failed" as events of their own, in any order, joined by a
detection_id that is unique on one connector only (workflows document, "Correlating Events"; api-contract.md section 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple, Protocol

from .event import Event, iso_time, sha256_of, time_of_iso
from .event_types import CLASS_OF, name_of

Outcome = Literal["quarantined", "detected", "quarantine_failed", "restored"]
Record = dict[str, Any]
Links = Callable[[Record], dict[str, str]]
"""Gives the pivot URLs of a record that is complete but for them; injected, so that nothing here knows a console."""

OUTCOMES: tuple[Outcome, ...] = ("quarantined", "detected", "quarantine_failed", "restored")
"""From the best to the worst (R5)."""

SEVERITIES = ("Low", "Medium", "High", "Critical")

_BADNESS = {outcome: badness for badness, outcome in enumerate(OUTCOMES)}
_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}

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
    return _BADNESS[CLASS_OF[entry[3]]], entry  # type: ignore[index]


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of some outcomes (R5)."""
    return max(outcomes, key=_BADNESS.__getitem__)


def highest_severity(severities: Iterable[str | None]) -> str | None:
    """The highest of some severities; None where there is none that is known."""
    known = [severity for severity in severities if severity in _SEVERITY_RANK]
    return max(known, key=_SEVERITY_RANK.__getitem__, default=None)


class Member(Protocol):
    """What grouping asks of a detection, whether it grows with events or was read from a record."""

    @property
    def key(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def connector_guid(self) -> str | None: ...
    @property
    def hostname(self) -> str | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def sha256_time(self) -> int | None: ...
    @property
    def time(self) -> int: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def event_ids(self) -> list[str]: ...


class RecordedDetection(NamedTuple):
    """A detection as its record tells it: it can be grouped, not grow."""

    key: str
    source: str
    connector_guid: str | None
    hostname: str | None
    sha256: str | None
    sha256_time: int | None
    time: int
    outcome: Outcome
    severity: str | None
    event_ids: list[str]


def detection_from_record(record: Mapping[str, Any]) -> RecordedDetection:
    """The detection of a record as Detection.record makes it. Raises ValueError naming the field that is wrong."""
    for name, kinds in _RECORD_FIELDS.items():
        if not isinstance(record.get(name), kinds):
            raise ValueError(f"the field {name} of a detection is missing or of the wrong type")
    time = time_of_iso(record["time"])
    if not time:
        raise ValueError("the field time of a detection is no ISO 8601 date and time")
    if record["outcome"] not in _BADNESS:
        raise ValueError(f"the field outcome of a detection must be one of {', '.join(OUTCOMES)}")
    fields = {name: record[name] for name in _RECORD_FIELDS}
    return RecordedDetection(**fields | {"time": time, "sha256_time": time if record["sha256"] else None})


_RECORD_FIELDS: dict[str, tuple[type, ...]] = {
    "key": (str,),
    "source": (str,),
    "connector_guid": (str, type(None)),
    "hostname": (str, type(None)),
    "sha256": (str, type(None)),
    "time": (str,),
    "outcome": (str,),
    "severity": (str, type(None)),
    "event_ids": (list,),
}


class Detection:
    """One detection, growing with its events; what it says does not depend on their order.

    `time` is that of its earliest event, `sha256` and `sha256_time` are those of its earliest event that carries a
    hash: they place it in the windows of the groupings (R6). Names come from the earliest event that has them.
    """

    __slots__ = (
        "_host_entry",
        "_judgement",
        "_name_entry",
        "_sha256_entry",
        "connector_guid",
        "detection",
        "detection_id",
        "entries",
        "hostname",
        "key",
        "severity",
        "sha256",
        "source",
        "time",
    )

    def __init__(self, key: str, source: str, connector_guid: str | None, detection_id: str | None) -> None:
        self.key = key
        self.source = source
        self.connector_guid = connector_guid
        self.detection_id = detection_id
        self.entries: list[Entry] = []
        self.time = 0
        self.hostname: str | None = None
        self.detection: str | None = None
        self.sha256: str | None = None
        self.severity: str | None = None
        self._host_entry: Entry | None = None
        self._name_entry: Entry | None = None
        self._sha256_entry: Entry | None = None
        self._judgement: Judgement | None = None

    def add(self, event: Event) -> None:
        """Take in one event of this detection that it has not had before."""
        event_id = event.id
        entry: Entry = (event.time, event_id or 0, "" if event_id else str(event.key), event.event_type_id or 0)
        if not self.entries or entry[0] < self.time:
            self.time = entry[0]
        self.entries.append(entry)
        self._judgement = None
        fields = event.fields
        if self._sha256_entry is None or entry < self._sha256_entry:
            sha256 = sha256_of(fields)
            if sha256:
                self.sha256, self._sha256_entry = sha256, entry
        if self._host_entry is None or entry < self._host_entry:
            hostname = event.hostname
            if hostname:
                self.hostname, self._host_entry = hostname, entry
        if self._name_entry is None or entry < self._name_entry:
            name = event.detection
            if name:
                self.detection, self._name_entry = name, entry
        severity = fields.get("severity")
        if severity != self.severity and isinstance(severity, str):
            self.severity = highest_severity((self.severity, severity))

    @property
    def sha256_time(self) -> int | None:
        """When the hash was first told of."""
        return self._sha256_entry[0] if self._sha256_entry else None

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
        return [str(entry[1]) if entry[1] else entry[2] for entry in sorted(self.entries)]

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


def detection_key(event: Event) -> str | None:
    """Which detection the event belongs to, as text that is unique over all sources; None for none (R4).

    `source/connector/detection_id`; an event of class detection without a detection_id is a detection of its own,
    `source/connector//event`. A slash within a part is escaped.
    """
    event_class = event.event_class
    if event_class == "other":
        return None
    source, connector, detection_id = event.source, event.connector_guid or "", event.detection_id
    if "/" in source or "%" in source:
        source = _escaped(source)
    if "/" in connector or "%" in connector:
        connector = _escaped(connector)
    if detection_id is not None:
        if "/" in detection_id or "%" in detection_id:
            detection_id = _escaped(detection_id)
        return f"{source}/{connector}/{detection_id}"
    return f"{source}/{connector}//{event.key}" if event_class == "detection" else None


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
            detection = detections[key] = Detection(key, event.source, event.connector_guid, event.detection_id)
        detection.add(event)
    return sorted(detections.values(), key=lambda detection: (detection.time, detection.key))
