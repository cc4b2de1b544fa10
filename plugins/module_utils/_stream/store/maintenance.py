# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletes what nobody needs any more, a little at a time, so that no transaction gets long (R1, R13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..errors import SettingsError
from .store import Store

DAY_NS = 24 * 3600 * 10**9
HOUR_NS = 3600 * 10**9
RUNS_A_STEP = 50
KEYS_A_STEP = 5_000
FINDINGS_A_STEP = 2_000
STEPS_A_RUN = 500  # of interval mode, which must end


@dataclass(frozen=True)
class Retention:
    """How long what is stored stays, by age; and by size, but for keys, which stay at least `key_days`.

    Records of the outbox stay `days`, and until every required sink has them. Detections and incidents stay
    `finding_days` after their last change. Above `max_bytes` the oldest records go first, then the oldest detections
    and incidents, but none that changed within `key_days`, for its window may be open.
    """

    days: int = 30
    max_bytes: int | None = None
    key_days: int = 12
    finding_days: int = 365

    def check(self, window_seconds: int, lateness_seconds: int) -> None:
        """Raise SettingsError if something could go while its window is open."""
        least = -(-(window_seconds + lateness_seconds) // (24 * 3600))
        if self.finding_days < least:
            raise SettingsError(
                f"retention.finding_days: {self.finding_days} days are less than a window and its lateness;"
                f" give {least} or more"
            )
        if self.max_bytes is not None and self.key_days < least:
            raise SettingsError(
                f"retention.key_days: with max_bytes, {self.key_days} days are less than a window and its lateness;"
                f" give {least} or more"
            )


class Maintenance:
    """`step` belongs into a transaction. `needed` is the least number that a required sink still has to get."""

    def __init__(self, store: Store, retention: Retention) -> None:
        self._db = store.connection
        self._store = store
        self._retention = retention

    def step(self, now_ns: int, needed: int) -> bool:
        """Do some of what is due. Returns whether there may be more."""
        self._mark(now_ns)
        more = self._drop_old_runs(now_ns, needed)
        more = self._drop_old_keys(now_ns) or more
        return self._drop_old_findings(now_ns) or more

    def run(self, now_ns: int, needed: int) -> None:
        """Do all that is due, in transactions of its own; the rest of very much waits for the next run."""
        for _step in range(STEPS_A_RUN):
            with self._store.transaction():
                if not self.step(now_ns, needed):
                    return

    def forget_sinks(self, names: Collection[str]) -> None:
        """Sinks that are no longer configured no longer hold anything."""
        marks = ",".join("?" * len(names))
        self._db.execute(f"DELETE FROM sink WHERE name NOT IN ({marks})", tuple(names))  # noqa: S608 - marks only

    def _mark(self, now_ns: int) -> None:
        """Note once an hour how far the numbers had come: the rows of events bear no time of their own."""
        last = self._db.execute("SELECT max(stored_ns) FROM mark").fetchone()[0]
        if last is None or now_ns - last >= HOUR_NS:
            self._db.execute(
                "INSERT OR IGNORE INTO mark (number, stored_ns) VALUES (?, ?)",
                (self._store.next_number, now_ns),
            )

    def _drop_old_runs(self, now_ns: int, needed: int) -> bool:
        oldest = self._db.execute(
            "SELECT first, first + count, stored_ns, length(lines) FROM outbox ORDER BY first LIMIT ?", (RUNS_A_STEP,)
        ).fetchall()
        before = now_ns - self._retention.days * DAY_NS
        over = self._bytes_over()
        drop = []
        for first, end, stored_ns, size in oldest:
            if end > needed or (stored_ns >= before and over <= 0):
                break
            drop.append((first,))
            over -= size
        self._db.executemany("DELETE FROM outbox WHERE first = ?", drop)
        return len(drop) == RUNS_A_STEP

    def _bytes_over(self) -> int:
        if self._retention.max_bytes is None:
            return 0
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size) - self._retention.max_bytes

    def _drop_old_keys(self, now_ns: int) -> bool:
        """Keys of events that were stored before the newest mark that is old enough."""
        before = now_ns - self._retention.key_days * DAY_NS
        mark = self._db.execute("SELECT max(number) FROM mark WHERE stored_ns <= ?", (before,)).fetchone()[0]
        if mark is None:
            return False
        dropped = self._db.execute(
            "DELETE FROM event WHERE number IN (SELECT number FROM event WHERE number < ? ORDER BY number LIMIT ?)",
            (mark, KEYS_A_STEP),
        ).rowcount
        if dropped < KEYS_A_STEP:
            self._db.execute("DELETE FROM mark WHERE number < ?", (mark,))
        return bool(dropped == KEYS_A_STEP)

    def _drop_old_findings(self, now_ns: int) -> bool:
        """Incidents before the detections of the same day, so that few are left without some of theirs."""
        days = self._retention.finding_days
        if self._bytes_over() > 0:
            days = min(days, self._retention.key_days)
        before = now_ns // DAY_NS - days
        for table, key in (("incident", "number"), ("detection", "known, key")):
            dropped = self._db.execute(
                f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE day < ? ORDER BY day LIMIT ?)",  # noqa: S608
                (before, FINDINGS_A_STEP),
            ).rowcount
            if dropped == FINDINGS_A_STEP:
                return True
        return False
