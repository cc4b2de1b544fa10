# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads detections and incidents beside a running consumer: no lock, no migration, no file made or changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from ..._common.text import printable
from ..._events.detection_records import Record
from ..._events.detections import Detection, DetectionRow
from ..._events.incidents import Incident, IncidentRow, Rule
from ..._pivot import PivotError, record_links
from ..errors import StoreError
from .findings import detection_rows
from .schema import APPLICATION_ID, SCHEMA_VERSION
from .store import FILE_NAME, reason_of_sqlite

_CHUNK = 1000
_DETECTION = ", ".join(DetectionRow._fields)
_INCIDENT = ", ".join(IncidentRow._fields)


class Stored(NamedTuple):
    """What the state folder knows since a time: detections, and the records of the incidents with one of them."""

    detections: list[Detection]
    incidents: list[Record]


def read_since(folder: Path, since: int, rule: Rule, console: dict[str, str | None]) -> Stored:
    """Return the detections from `since` (nanoseconds) on, and their incidents under a rule. Raises StoreError.

    All is read from one snapshot. `console` is what `record_links` takes.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise StoreError(f"{folder}: no consumer has kept its state here ({FILE_NAME} is missing); give its state_dir")
    try:
        with _opened(path) as db:
            _check(db, path)
            return _read(db, since, rule, console)
    except PivotError as error:
        raise StoreError(f"{folder}: the links cannot be made: {error}") from error
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be read: {reason_of_sqlite(error)}") from error
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:  # what a sound database never answers
        why = printable(error) or type(error).__name__
        raise StoreError(f"{path}: cannot be read: it is damaged ({why}); restore a copy") from error


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database in one read transaction.

    Without a write-ahead log nobody has it open, and it is taken as it is: SQLite would make the log to read beside it.
    """
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True, isolation_level=None, timeout=5)) as db:
        db.execute("BEGIN")
        yield db


def _check(db: sqlite3.Connection, path: Path) -> None:
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StoreError(f"{path}: is a database of another program; give the consumer's state_dir")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{path}: has schema {version}, this release reads {SCHEMA_VERSION}: report with the release of the"
            " collection that the consumer runs"
        )


def _read(db: sqlite3.Connection, since: int, rule: Rule, console: dict[str, str | None]) -> Stored:
    told = db.execute(f"SELECT {_DETECTION} FROM detection WHERE time >= ?", (since,))  # noqa: S608
    detections = {str(row[0]): Detection.from_row(row) for row in told}
    watermarks = dict(db.execute("SELECT source, at FROM watermark").fetchall())
    links = record_links(**console)
    records = []
    found = db.execute(
        f"SELECT {_INCIDENT} FROM incident WHERE rule = ? AND start + window_seconds * 1000000000 > ?"  # noqa: S608
        " ORDER BY rank, start, number",
        (rule, since),
    )
    while rows := [IncidentRow(*row) for row in found.fetchmany(_CHUNK)]:
        keys = {key for row in rows for key in row.member_keys if key not in detections}
        earlier = {str(row[0]): Detection.from_row(row) for row in detection_rows(db, keys)}
        for row in rows:
            members = [one for key in row.member_keys if (one := detections.get(key) or earlier.get(key))]
            if any(member.key in detections for member in members):
                incident = Incident.from_row(row.as_of(watermarks.get(row.source, 0)), members)
                records.append(incident.record(links))
    return Stored(list(detections.values()), records)
