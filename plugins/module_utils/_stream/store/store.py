# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The durable store of one consumer: which events were seen, the outbox, the sinks' positions, in one SQLite database.

Each event is one small row; the records themselves lie in the outbox in runs of JSON lines, one run per batch and kind:
a batch costs one large write instead of many small ones. Every record has a number of its own in the outbox.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..._common.text import printable
from ..errors import StoreError
from .schema import migrate

FILE_NAME = "events.sqlite"
_EVENT = "(number, source, key, digest, checksum) VALUES (?, ?, ?, ?, ?)"
Kind = Literal["event", "detection", "incident"]


class Row(NamedTuple):
    """An event on its way into the store.

    `key` and `digest` are Event.number and Event.digest, unique together; `checksum` tells another body under the same
    identity; `line` is its JSON line. `former` is the key under which an older release stored it, where that differs.
    """

    key: int | str
    digest: int
    checksum: int
    line: bytes
    former: int | str | None = None


class Added(NamedTuple):
    """What became of a batch.

    Which rows were new, how many were there already, how many of those with another body; and how many ids turned out
    to be those of several events, for an export had rounded them.
    """

    new: list[int]
    duplicates: int
    conflicts: int
    rounded_ids: int


class Run(NamedTuple):
    """Consecutive records of one kind: numbers `first` to `first + size - 1`, each one line of `lines`."""

    first: int
    size: int
    kind: Kind
    lines: bytes


class Store:
    """One connection, for one thread at a time. Every failure is a StoreError; then nothing may be acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self.fresh: list[Run] = []
        """What the last transaction put into the outbox."""
        self._sources: dict[str, int] = {}
        previous = os.umask(0o077)  # the database, its log and its shared memory are for their owner
        try:
            with self._told("opened"):
                self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
                try:
                    self._configure()
                    migrate(self._db, self.path)
                    with self.reading():
                        self._next = self._read_next()
                    self._has_older_events = bool(
                        self._db.execute("SELECT 1 FROM event WHERE digest IS NULL LIMIT 1").fetchone()
                    )
                    self._identity = _identity(self.path)
                except BaseException:
                    self._db.close()
                    raise
        finally:
            os.umask(previous)

    def close(self) -> None:
        """Close the database, without a log to replay where that is possible."""
        self._db.close()

    def _configure(self) -> None:
        run = self._db.execute
        run("PRAGMA page_size = 8192")  # of a new database: runs of lines are long
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        run("PRAGMA wal_autocheckpoint = 2000")
        run("PRAGMA cache_size = -32768")
        run("PRAGMA temp_store = MEMORY")
        mode = run("PRAGMA journal_mode").fetchone()[0]
        synchronous = run("PRAGMA synchronous").fetchone()[0]
        if mode != "wal" or synchronous != 2:
            raise StoreError(
                f"{self.path}: SQLite runs with journal_mode {mode}, synchronous {synchronous} where WAL and FULL (2)"
                " were asked for: what it stores would not be durable. Give a folder on another file system"
            )

    def _read_next(self) -> int:
        last = self._db.execute("SELECT first + count FROM outbox ORDER BY first DESC LIMIT 1").fetchone()
        kept = self._db.execute("SELECT max(next) FROM sink").fetchone()[0]
        seen = self._db.execute("SELECT max(number) + 1 FROM event").fetchone()[0]
        marked = self._db.execute("SELECT max(number) FROM mark").fetchone()[0]
        return max(last[0] if last else 1, kept or 1, seen or 1, marked or 1)

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be {what}: {reason_of_sqlite(error)}") from error
        except UnicodeDecodeError as error:  # sqlite3 cannot even show the message about the damage
            raise StoreError(f"{self.path}: cannot be {what}: {_damaged(error)}") from error

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn every fault of what is read inside into a StoreError: at the start, where rows become objects."""
        with self._told("read"):
            try:
                yield
            except (ValueError, TypeError, LookupError, ArithmeticError) as error:
                raise StoreError(f"{self.path}: {_damaged(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside durable when this returns, or nothing of it. A failed commit is final."""
        with self._told("written"):
            self._db.execute("BEGIN IMMEDIATE")
            before = self._next
            self.fresh = []
            try:
                yield
                self._db.execute("COMMIT")
                self._check_place()
            except BaseException:
                self._next = before
                self.fresh = []
                self._sources.clear()
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _check_place(self) -> None:
        """Notice that somebody removed or replaced the database: what is written to it then is lost."""
        try:
            if _identity(self.path) == self._identity:
                return
        except OSError:
            pass
        raise StoreError(
            f"{self.path}: was removed or replaced while it was in use; nothing more is acknowledged. What it held is"
            " lost unless you put it back: restore a copy, or start again with a new state folder"
        )

    def add_events(self, source: str, rows: Sequence[Row], stored_ns: int) -> Added:
        """Store each event once; the first body of an identity stays. Within a transaction."""
        number = self._source(source)
        if self._has_older_events:
            self._identify_older(number, rows)
        first = self._next
        values = [(first + place, number, row.key, row.digest, row.checksum) for place, row in enumerate(rows)]
        inserted = self._db.executemany(f"INSERT OR IGNORE INTO event {_EVENT}", values).rowcount
        everything = list(range(len(rows))), 0, 0
        new, duplicates, conflicts = everything if inserted == len(rows) else self._sort_out(number, first, rows)
        self.append("event", [rows[place].line for place in new], stored_ns)
        return Added(new, duplicates, conflicts, self._rounded_ids(number, first) if new else 0)

    def _identify_older(self, source: int, rows: Sequence[Row]) -> None:
        """Complete the identity of what an older release stored, when the same event comes again."""
        self._db.executemany(
            "UPDATE OR IGNORE event SET key = ?, digest = ?"
            " WHERE source = ? AND key = ? AND digest IS NULL AND checksum = ?",
            [
                (row.key, row.digest, source, row.key if row.former is None else row.former, row.checksum)
                for row in rows
            ],
        )

    def _sort_out(self, source: int, first: int, rows: Sequence[Row]) -> tuple[list[int], int, int]:
        """Find out which were known, and give the new ones consecutive numbers."""
        new: list[int] = []
        conflicts = 0
        held = self._db.execute("SELECT number FROM event WHERE number >= ?", (first,)).fetchall()
        self._db.execute("DELETE FROM event WHERE number >= ?", (first,))
        taken = {number - first for (number,) in held}
        values = []
        for place, row in enumerate(rows):
            if place in taken:
                values.append((first + len(new), source, row.key, row.digest, row.checksum))
                new.append(place)
        self._db.executemany(f"INSERT INTO event {_EVENT}", values)
        for place, row in enumerate(rows):
            if place not in taken:
                (kept,) = self._db.execute(
                    "SELECT checksum FROM event WHERE source = ? AND key = ? AND digest = ?",
                    (source, row.key, row.digest),
                ).fetchone()
                conflicts += kept != row.checksum
        return new, len(rows) - len(new), conflicts

    def _rounded_ids(self, source: int, first: int) -> int:
        """How many ids have become those of several events with what was stored from number `first` on."""
        counted = self._db.execute(
            "SELECT count(*) FROM (SELECT count(*) AS total, sum(number >= ?1) AS fresh FROM event"
            " WHERE source = ?2 AND key IN (SELECT key FROM event WHERE number >= ?1)"
            " GROUP BY key HAVING total > 1 AND total - fresh < 2)",
            (first, source),
        ).fetchone()
        return int(counted[0])

    def append(self, kind: Kind, lines: Sequence[bytes], stored_ns: int) -> None:
        """Put records into the outbox; each line ends with a newline and holds no other. Within a transaction."""
        if lines:
            run = Run(self._next, len(lines), kind, b"".join(lines))
            self._db.execute(
                "INSERT INTO outbox (first, count, kind, stored_ns, lines) VALUES (?, ?, ?, ?, ?)",
                (run.first, run.size, kind, stored_ns, run.lines),
            )
            self.fresh.append(run)
            self._next += run.size

    def _source(self, name: str) -> int:
        number = self._sources.get(name)
        if number is None:
            self._db.execute("INSERT OR IGNORE INTO source (name) VALUES (?)", (name,))
            number = int(self._db.execute("SELECT id FROM source WHERE name = ?", (name,)).fetchone()[0])
            self._sources[name] = number
        return number

    def know_console(self, source: str, region: str | None, console_host: str | None) -> None:
        """Keep what the links of a source's records are made of. Within a transaction."""
        console = json.dumps([region, console_host])
        self._db.execute(
            "UPDATE source SET console = ?1 WHERE id = ?2 AND console IS NOT ?1", (console, self._source(source))
        )

    def consoles(self) -> dict[str, tuple[str | None, str | None]]:
        """Return the region and the console's host of each source, as far as they are known."""
        with self._told("read"):
            rows = self._db.execute("SELECT name, console FROM source WHERE console IS NOT NULL").fetchall()
        return {name: tuple(json.loads(console)) for name, console in rows}

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection for the tables of findings.py, which belong to the same transactions."""
        return self._db

    @property
    def next_number(self) -> int:
        """Return the number that the next record of the outbox gets."""
        return self._next

    def runs(self, start: int) -> Iterator[Run]:
        """Yield the outbox from record `start` on; the first run is cut so that it begins there."""
        with self._told("read"):
            yield from _runs(self._db, start)

    def sink_place(self, name: str) -> tuple[int, dict[str, Any]] | None:
        """Return (number of the next record, the sink's own notes), or None for a sink that was never there."""
        with self._told("read"):
            row = self._db.execute("SELECT next, place FROM sink WHERE name = ?", (name,)).fetchone()
        return (row[0], json.loads(row[1])) if row else None

    def sink_places(self) -> dict[str, int]:
        """Return the number of the next record of each sink that was ever there."""
        with self._told("read"):
            return dict(self._db.execute("SELECT name, next FROM sink ORDER BY name").fetchall())

    def set_sink_place(self, name: str, following: int, place: dict[str, Any]) -> None:
        """Within a transaction."""
        self._db.execute(
            "INSERT INTO sink (name, next, place) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET next = excluded.next, place = excluded.place",
            (name, following, json.dumps(place)),
        )

    def counted(self, name: str, more: int) -> None:
        """Add to a counter that survives restarts. Within a transaction."""
        if more:
            self._db.execute(
                "INSERT INTO counter (name, value) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (name, more),
            )

    def new_run(self) -> int:
        """Give a run of interval mode a number; it is durable before anything of the run is stored."""
        with self.transaction():
            self.counted("runs", 1)
        return self.counters()["runs"]

    def count(self, table: Literal["detection", "incident"]) -> int:
        """Return how many detections or incidents are stored."""
        with self._told("read"):
            return int(self._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own names

    def counters(self) -> dict[str, int]:
        with self._told("read"):
            return dict(self._db.execute("SELECT name, value FROM counter").fetchall())


class OutboxReader:
    """A second connection that only reads, for the thread of a sink."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)

    def runs(self, start: int) -> Iterator[Run]:
        """See Store.runs. Raises StoreError."""
        try:
            yield from _runs(self._db, start)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: cannot be read: {reason_of_sqlite(error)}") from error

    def next_number(self) -> int:
        """Return the number after the last record; 1 if there is none."""
        found = self._db.execute("SELECT first + count FROM outbox ORDER BY first DESC LIMIT 1").fetchone()
        return int(found[0]) if found else 1

    def close(self) -> None:
        self._db.close()


def _runs(db: sqlite3.Connection, start: int) -> Iterator[Run]:
    """Yield the runs from `start` on: the one that holds it begins at or before it, all others after it."""
    rows = db.execute(
        "SELECT first, count, kind, lines FROM outbox"
        " WHERE first >= coalesce((SELECT max(first) FROM outbox WHERE first <= ?), 0) ORDER BY first",
        (start,),
    )
    for first, count, kind, lines in rows:
        skipped = start - first
        if skipped >= count:
            continue
        if skipped > 0:
            kept = bytes(lines).splitlines(keepends=True)[skipped:]
            yield Run(start, count - skipped, kind, b"".join(kept))
        else:
            yield Run(first, count, kind, lines)


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


_FULL = "the disk is full; make room and start again, the events wait in the queue"
_LOCKED = "another program has locked it; close that program and start again"
_REASONS = {13: _FULL, 5: _LOCKED, 6: _LOCKED}  # SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED
# What a sound database never answers to our statements: SQLITE_ERROR (its tables are not those that `migrate` left),
# SQLITE_CORRUPT, SQLITE_TOOBIG, SQLITE_CONSTRAINT (an index that is not that of its table), SQLITE_NOTADB
_DAMAGE = {1, 11, 18, 19, 26}
_WORDS = {"full": 13, "locked": 5, "malformed": 11, "not a database": 26, "no such": 1, "format": 1, "constraint": 19}


def reason_of_sqlite(error: sqlite3.Error) -> str:
    """Say what a fault of SQLite means, by its primary result code; Python 3.10 has only the words."""
    code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if not hasattr(error, "sqlite_errorcode"):
        code = next((number for words, number in _WORDS.items() if words in str(error)), 0)
    undecodable = "Could not decode" in str(error)  # Python's own finding, which has no code
    return _damaged(error) if code in _DAMAGE or undecodable else _REASONS.get(code) or printable(error)


def _damaged(error: BaseException) -> str:
    return (
        f"it is damaged ({printable(error) or type(error).__name__}); restore a copy, or move the folder away to start"
        " with a new one"
    )
