# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections, incidents and watermarks in the store: what live correlation looks up, and what it changed (R8, R10)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from heapq import nsmallest
from typing import Any, TypeVar

from ..._events.detection_records import Links, Record
from ..._events.detections import Detection
from ..._events.history import Changes, WatermarkRow
from ..._events.incidents import Incident, IncidentRow, Rule
from ..._events.judgement import URGENT_BELOW
from ..._pivot import PivotError, record_links
from .records import record_line
from .schema import key_sum
from .store import Kind, Store

Row = Sequence[Any]
_Key = TypeVar("_Key", str, int)

_SECOND = 10**9
_DAY = 24 * 3600 * _SECOND
_DETECTION = "key, source, connector_guid, detection_id, sha256, time, last_place, held, rank, state"
_INCIDENT = "number, rule, window_seconds, source, key, start, late, anchor, state, revision, rank, members"

_UPSERT_DETECTION = f"""
INSERT INTO detection (known, day, {_DETECTION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (known, key) DO UPDATE SET
    sha256 = excluded.sha256, time = excluded.time, last_place = excluded.last_place, held = excluded.held,
    rank = excluded.rank, state = excluded.state, day = excluded.day
"""  # noqa: S608 - our own column names
_INSERT_INCIDENT = f"""
INSERT INTO incident (bucket, key_sum, day, {_INCIDENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""  # noqa: S608 - our own column names
_UPDATE_INCIDENT = "UPDATE incident SET state = ?, revision = ?, rank = ?, members = ?, day = ? WHERE number = ?"

_CHUNK = 500


class Findings:
    """The History that `Live` asks, and where its changes go. `links` gives the pivot URLs of a source's records."""

    def __init__(self, store: Store, links: dict[str, Links], *, remember: bool = False) -> None:
        self._store = store
        self._db = store.connection
        self._links = links
        for source, (region, console_host) in store.consoles().items():
            with suppress(PivotError):  # no console, no links
                links.setdefault(source, record_links(region, console_host))
        self._remember = remember
        # Rank and time of what changed since the start, by which the report of one run puts it in order.
        self._changed_detections: dict[str, tuple[int, int]] = {}
        self._changed_incidents: dict[int, tuple[int, int]] = {}
        (last,) = self._db.execute("SELECT max(number) FROM incident").fetchone()
        self._next_incident = (last or 0) + 1
        self.mark: Callable[[Record], object] = lambda _record: None
        """Adds what else is to be said about an incident's record."""

    # What Live asks, within the transaction that is being made

    def detections(self, keys: Collection[str]) -> Iterable[Row]:
        """See History."""
        return detection_rows(self._db, keys)

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
        return self._db.execute("SELECT source, at, shown, flushed FROM watermark").fetchall()

    def detections_since(self, source: str, time: int, flushed: int) -> Iterable[Row]:
        """See History."""
        return self._db.execute(
            f"SELECT {_DETECTION} FROM detection WHERE source = ?1 AND last_place >= ?2 UNION"  # noqa: S608
            f" SELECT {_DETECTION} FROM detection WHERE source = ?1 AND held > 0 AND held > ?3",
            (source, time, flushed),
        ).fetchall()

    def last_start(self, window_seconds: int) -> int:
        """See History. Windows of another length only make it later."""
        (bucket,) = self._db.execute("SELECT max(bucket) FROM incident").fetchone()
        return 0 if bucket is None else (bucket + 1) * window_seconds * _SECOND

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
        rows = [one.row() for one in changes.detections]
        moved = [one.row() for one in changes.moved]
        self._db.executemany(_UPSERT_DETECTION, [(_known(row.key), day, *row) for row in rows + moved])
        if self._remember:
            self._changed_detections.update({row.key: (row.rank, row.time) for row in rows})
        self._save_incidents(changes.incidents, day)
        self._db.executemany(
            "INSERT INTO watermark (source, at, shown, flushed) VALUES (?, ?, ?, ?) ON CONFLICT (source)"
            " DO UPDATE SET at = excluded.at, shown = excluded.shown, flushed = excluded.flushed",
            [WatermarkRow(*row) for row in changes.watermarks],
        )
        if "detection" in kinds:
            self._tell("detection", changes.detections, stored_ns)
        if "incident" in kinds:
            self._tell("incident", changes.incidents, stored_ns)

    def _save_incidents(self, incidents: Sequence[Incident], day: int) -> None:
        """Give new ones the next numbers: the table grows at its end, whatever their keys are."""
        new: list[Row] = []
        known: list[Row] = []
        for incident in incidents:
            is_new = not incident.number
            if is_new:
                incident.number = self._next_incident
                self._next_incident += 1
            row = incident.row()
            if is_new:
                bucket = row.start // (row.window_seconds * _SECOND)
                new.append((bucket, key_sum(row.key), day, *row))
            else:
                known.append((row.state, row.revision, row.rank, row.members, day, row.number))
            if self._remember:
                self._changed_incidents[row.number] = row.rank, row.start
        self._db.executemany(_INSERT_INCIDENT, new)
        self._db.executemany(_UPDATE_INCIDENT, known)

    def _tell(self, kind: Kind, changed: Sequence[Detection] | Sequence[Incident], stored_ns: int) -> None:
        records = [one.record(self._links.get(one.source)) for one in changed]
        if kind == "incident":
            for record in records:
                self.mark(record)
        self._store.append(kind, [record_line(kind, record) for record in records], stored_ns)

    # What users ask

    def changed(self) -> dict[str, int]:
        """Return how many detections and incidents changed since the start, and how many of them need a person."""
        return {**_counts("detections", self._changed_detections), **_counts("incidents", self._changed_incidents)}

    def changed_detections(self, most: int) -> Iterator[Detection]:
        """Yield those that changed since the start, at most so many, what needs a person first."""
        for keys in _chunks(self._changed_detections, most):
            rows = {row[0]: row for row in self.detections(keys)}
            yield from [Detection.from_row(rows[key]) for key in keys if key in rows]

    def changed_incidents(self, most: int) -> Iterator[Incident]:
        """Yield those that changed since the start with their detections, at most so many."""
        watermarks = {source: at for source, at, _shown, _flushed in self.watermarks()}
        for numbers in _chunks(self._changed_incidents, most):
            found = self._db.execute(
                f"SELECT {_INCIDENT} FROM incident WHERE number IN (SELECT value FROM json_each(?))",  # noqa: S608
                (json.dumps(numbers),),
            )
            rows = {row[0]: IncidentRow(*row) for row in found}
            keys = {key for row in rows.values() for key in row.member_keys}
            members = {str(row[0]): Detection.from_row(row) for row in self.detections(keys)}
            for row in [rows[number] for number in numbers if number in rows]:
                known = [members[key] for key in row.member_keys if key in members]
                if known:
                    yield Incident.from_row(row.as_of(watermarks.get(row.source, 0)), known)


def _counts(name: str, changed: Mapping[Any, tuple[int, int]]) -> dict[str, int]:
    return {name: len(changed), f"{name}_need_person": sum(rank < URGENT_BELOW for rank, _time in changed.values())}


def _chunks(changed: Mapping[_Key, tuple[int, int]], most: int) -> Iterator[list[_Key]]:
    """Yield the first `most` in the order of rank, time and key, _CHUNK at a time."""
    first = nsmallest(most, ((place, key) for key, place in changed.items()))
    for start in range(0, len(first), _CHUNK):
        yield [key for _place, key in first[start : start + _CHUNK]]


def detection_rows(db: sqlite3.Connection, keys: Collection[str]) -> list[Row]:
    """Return the rows of the detections with these keys, for `Detection.from_row`."""
    wanted = json.dumps([(_known(key), key) for key in keys])
    return db.execute(
        f"SELECT {_DETECTION} FROM detection WHERE (known, key) IN"  # noqa: S608 - our own column names
        " (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))",
        (wanted,),
    ).fetchall()


def _known(key: str) -> str:
    """Return what follows the last slash of a detection's key: its id, which grows with time."""
    return key[key.rfind("/") + 1 :]
