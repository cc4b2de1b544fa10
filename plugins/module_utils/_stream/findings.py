# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections, incidents and watermarks in the store: what live correlation looks up, and what it changed (R8, R10)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._events.detections import Detection, Links
from .._events.history import WatermarkRow
from .._events.incidents import Incident, IncidentRow, Rule
from .._events.live import Changes
from .records import record_line
from .store import Kind, Store

Row = Sequence[Any]

_SECOND = 10**9
_DETECTION = "key, source, connector_guid, detection_id, hostname, detection, sha256, severity, time, last_place, state"
_INCIDENT = "id, rule, window_seconds, source, key, start, late, anchor, state, revision, members"

_UPSERT_DETECTION = f"""
INSERT INTO detection ({_DETECTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
    hostname = excluded.hostname, detection = excluded.detection, sha256 = excluded.sha256,
    severity = excluded.severity, time = excluded.time, last_place = excluded.last_place, state = excluded.state
"""  # noqa: S608 - our own column names
_UPSERT_INCIDENT = f"""
INSERT INTO incident ({_INCIDENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (rule, window_seconds, source, key, start, late) DO UPDATE SET
    state = excluded.state, revision = excluded.revision, members = excluded.members
"""  # noqa: S608 - our own column names


class IncidentPlace(NamedTuple):
    """What is unique about an incident besides its id, and keeps those of one key together."""

    rule: Rule
    window_seconds: int
    source: str
    key: str
    start: int
    late: int


def place_of(incident: Incident) -> IncidentPlace:
    """Where the incident stands in the store."""
    return IncidentPlace(
        incident.rule, incident.window_seconds, incident.source, incident.key, incident.start, int(incident.late)
    )


class Findings:
    """The History that `Live` asks, and where its changes go. `links` gives the pivot URLs of a source's records."""

    def __init__(self, store: Store, links: Mapping[str, Links]) -> None:
        self._store = store
        self._db = store.connection
        self._links = links

    # What Live asks, within the transaction that is being made

    def detections(self, keys: Collection[str]) -> Iterable[Row]:
        """See History."""
        return self._db.execute(
            f"SELECT {_DETECTION} FROM detection WHERE key IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps(list(keys)),),
        ).fetchall()

    def incident(self, rule: Rule, window_seconds: int, source: str, key: str, time: int) -> Row | None:
        """See History."""
        found: Row | None = self._db.execute(
            f"SELECT {_INCIDENT} FROM incident WHERE rule = ? AND window_seconds = ? AND source = ? AND key = ?"  # noqa: S608
            " AND start <= ? AND start > ? ORDER BY late, start DESC LIMIT 1",
            (rule, window_seconds, source, key, time, time - window_seconds * _SECOND),
        ).fetchone()
        return found

    def watermarks(self) -> Iterable[Row]:
        """See History."""
        return self._db.execute("SELECT source, at, shown FROM watermark").fetchall()

    def detections_since(self, source: str, time: int) -> Iterable[Row]:
        """See History."""
        return self._db.execute(
            f"SELECT {_DETECTION} FROM detection WHERE source = ? AND last_place >= ?",  # noqa: S608
            (source, time),
        ).fetchall()

    def incidents_since(self, window_seconds: int, source: str, time: int) -> Iterable[Row]:
        """See History."""
        return self._db.execute(
            f"SELECT {_INCIDENT} FROM incident WHERE window_seconds = ? AND source = ? AND start >= ?",  # noqa: S608
            (window_seconds, source, time),
        ).fetchall()

    # What it changed

    def save(self, changes: Changes, kinds: Collection[Kind], stored_ns: int) -> None:
        """Store the changes and put the records of `kinds` into the outbox; within the transaction of their events."""
        self._db.executemany(_UPSERT_DETECTION, [detection.row() for detection in changes.detections])
        self._db.executemany(_UPSERT_INCIDENT, [incident.row() for incident in changes.incidents])
        self._db.executemany(
            "INSERT INTO watermark (source, at, shown) VALUES (?, ?, ?)"
            " ON CONFLICT (source) DO UPDATE SET at = excluded.at, shown = excluded.shown",
            [WatermarkRow(*row) for row in changes.watermarks],
        )
        if "detection" in kinds:
            self._tell("detection", changes.detections, stored_ns)
        if "incident" in kinds:
            self._tell("incident", changes.incidents, stored_ns)

    def _tell(self, kind: Kind, changed: Sequence[Detection] | Sequence[Incident], stored_ns: int) -> None:
        lines = [record_line(kind, one.record(self._links.get(one.source))) for one in changed]
        self._store.append(kind, lines, stored_ns)

    # What users ask

    def detections_of(self, keys: Collection[str]) -> list[Detection]:
        """Those detections, as they are stored."""
        return [Detection.from_row(row) for row in self.detections(keys)]

    def incidents_of(self, places: Collection[IncidentPlace]) -> list[Incident]:
        """Those incidents with their detections, as they are stored."""
        query = (
            f"SELECT {_INCIDENT} FROM incident WHERE rule = ? AND window_seconds = ? AND source = ? AND key = ?"  # noqa: S608
            " AND start = ? AND late = ?"
        )
        rows = [self._db.execute(query, place).fetchone() for place in places]
        return [self._with_members(IncidentRow(*row)) for row in rows]

    def _with_members(self, row: IncidentRow) -> Incident:
        return Incident.from_row(row, self.detections_of(json.loads(row.members)))
