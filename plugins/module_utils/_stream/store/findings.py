# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections, incidents and watermarks in the store: what live correlation looks up, and what it changed (R8, R10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ..._events.detections import Detection, Links, Record
from ..._events.history import Changes, WatermarkRow
from ..._events.incidents import Incident, IncidentRow, Rule
from .records import record_line
from .schema import key_sum
from .store import Kind, Store

Row = Sequence[Any]

_SECOND = 10**9
_DAY = 24 * 3600 * _SECOND
_DETECTION = "key, source, connector_guid, detection_id, hostname, detection, sha256, severity, time, last_place, state"
_INCIDENT = "number, rule, window_seconds, source, key, start, late, anchor, state, revision, members"

_UPSERT_DETECTION = f"""
INSERT INTO detection (known, day, {_DETECTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (known, key) DO UPDATE SET
    hostname = excluded.hostname, detection = excluded.detection, sha256 = excluded.sha256,
    severity = excluded.severity, time = excluded.time, last_place = excluded.last_place, state = excluded.state,
    day = excluded.day
"""  # noqa: S608 - our own column names
_INSERT_INCIDENT = f"""
INSERT INTO incident (bucket, key_sum, day, {_INCIDENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - our own column names
_UPDATE_INCIDENT = "UPDATE incident SET state = ?, revision = ?, members = ?, day = ? WHERE number = ?"


class Findings:
    """The History that `Live` asks, and where its changes go. `links` gives the pivot URLs of a source's records."""

    def __init__(self, store: Store, links: Mapping[str, Links]) -> None:
        self._store = store
        self._db = store.connection
        self._links = links
        (last,) = self._db.execute("SELECT max(number) FROM incident").fetchone()
        self._next_incident = (last or 0) + 1
        self.mark: Callable[[Record], object] = lambda _record: None
        """Adds what else is to be said about an incident's record."""

    # What Live asks, within the transaction that is being made

    def detections(self, keys: Collection[str]) -> Iterable[Row]:
        """See History."""
        wanted = json.dumps([(_known(key), key) for key in keys])
        return self._db.execute(
            f"SELECT {_DETECTION} FROM detection WHERE (known, key) IN"  # noqa: S608
            " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))",
            (wanted,),
        ).fetchall()

    def incident(self, rule: Rule, window_seconds: int, source: str, key: str, time: int) -> Row | None:
        """See History. A window that covers `time` begins in the same bucket or in the one before."""
        bucket = time // (window_seconds * _SECOND)
        found: Row | None = self._db.execute(
            f"SELECT {_INCIDENT} FROM incident WHERE bucket IN (?, ?) AND key_sum = ? AND key = ? AND rule = ?"  # noqa: S608
            " AND window_seconds = ? AND source = ? AND start <= ? AND start > ? ORDER BY late, start DESC LIMIT 1",
            (
                bucket - 1,
                bucket,
                key_sum(key),
                key,
                rule,
                window_seconds,
                source,
                time,
                time - window_seconds * _SECOND,
            ),
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
            f"SELECT {_INCIDENT} FROM incident"  # noqa: S608
            " WHERE bucket >= ? AND window_seconds = ? AND source = ? AND start >= ?",
            (time // (window_seconds * _SECOND), window_seconds, source, time),
        ).fetchall()

    # What it changed

    def save(self, changes: Changes, kinds: Collection[Kind], stored_ns: int) -> None:
        """Store the changes and put the records of `kinds` into the outbox; within the transaction of their events."""
        day = stored_ns // _DAY
        self._db.executemany(_UPSERT_DETECTION, [(_known(one.key), day, *one.row()) for one in changes.detections])
        self._save_incidents(changes.incidents, day)
        self._db.executemany(
            "INSERT INTO watermark (source, at, shown) VALUES (?, ?, ?)"
            " ON CONFLICT (source) DO UPDATE SET at = excluded.at, shown = excluded.shown",
            [WatermarkRow(*row) for row in changes.watermarks],
        )
        if "detection" in kinds:
            self._tell("detection", changes.detections, stored_ns)
        if "incident" in kinds:
            self._tell("incident", [*changes.incidents, *changes.closed], stored_ns)

    def _save_incidents(self, incidents: Sequence[Incident], day: int) -> None:
        """New ones get the next numbers: the table grows at its end, whatever their keys are."""
        new: list[Row] = []
        known: list[Row] = []
        for incident in incidents:
            if incident.number:
                known.append((incident.state, incident.revision, incident.member_list, day, incident.number))
                continue
            incident.number = self._next_incident
            self._next_incident += 1
            bucket = incident.start // (incident.window_seconds * _SECOND)
            new.append((bucket, key_sum(incident.key), day, *incident.row()))
        self._db.executemany(_INSERT_INCIDENT, new)
        self._db.executemany(_UPDATE_INCIDENT, known)

    def _tell(self, kind: Kind, changed: Sequence[Detection] | Sequence[Incident], stored_ns: int) -> None:
        records = [one.record(self._links.get(one.source)) for one in changed]
        if kind == "incident":
            for record in records:
                self.mark(record)
        self._store.append(kind, [record_line(kind, record) for record in records], stored_ns)

    # What users ask

    def detections_of(self, keys: Collection[str]) -> list[Detection]:
        """Those detections, as they are stored."""
        return [Detection.from_row(row) for row in self.detections(keys)]

    def incidents_of(self, numbers: Collection[int]) -> list[Incident]:
        """Those incidents with what is stored of their detections."""
        rows = self._db.execute(
            f"SELECT {_INCIDENT} FROM incident WHERE number IN (SELECT value FROM json_each(?))",  # noqa: S608
            (json.dumps(list(numbers)),),
        ).fetchall()
        watermarks = {source: at for source, at, _shown in self.watermarks()}
        stored = (IncidentRow(*row) for row in rows)
        told = (row.as_of(watermarks.get(row.source, 0)) for row in stored)
        return [incident for row in told if (incident := self._with_members(row)) is not None]

    def _with_members(self, row: IncidentRow) -> Incident | None:
        members = self.detections_of(row.member_keys)
        return Incident.from_row(row, members) if members else None


def _known(key: str) -> str:
    """What follows the last slash of a detection's key: its id, which grows with time."""
    return key[key.rfind("/") + 1 :]
