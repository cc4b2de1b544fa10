# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and incidents while they happen (R8, R9, R10).

`Live` takes events as they come and says what changed; whoever owns the store puts the rows of that into the same
transaction as the events, and lets `History` look up what memory no longer holds. Nothing here does I/O or reads a
clock. Memory holds what waits below the lateness and what an open window may hold, nothing else.

    live = Live(history, window_seconds=300, lateness_seconds=60)
    live.join(source, stream, now)              # each stream whose source is known, at the start
    begin transaction
      live.feed(source, stream, new_events, now)    # events that the store did not have yet (R1), in order of arrival
      changes = live.changes(now)                   # always after feed, tick or flush, in the same transaction
      upsert the rows of changes.detections, changes.moved, changes.incidents and changes.watermarks
      put out the records of changes.detections and changes.incidents
    commit

In interval mode (`run` numbers the drain) nothing is placed until `flush`, which places everything at once (R8a).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from .._common.time import SECOND
from .event import Event
from .held_windows import HeldWindows
from .history import Changes, History, WatermarkRow
from .incidents import DEFAULT_RULES, Rule
from .watermark import Watermark
from .windows import SourceWindows

DEFAULT_WINDOW_SECONDS = 300
DEFAULT_LATENESS_SECONDS = 60
DEFAULT_IDLE_AFTER_SECONDS = 120

# How long a large open incident may grow without being told of; the first, the final and every late change is told at
# once, and so is growth by a half: the cost of telling stays in proportion to the detections.
SWEEP_NS = 5 * SECOND


class Live:
    """Correlation and all groupings of any number of sources, brought back from `history` as they were last saved."""

    def __init__(
        self,
        history: History,
        *,
        rules: Sequence[Rule] = DEFAULT_RULES,
        window_seconds: int = DEFAULT_WINDOW_SECONDS,
        lateness_seconds: float = DEFAULT_LATENESS_SECONDS,
        idle_after_seconds: float = DEFAULT_IDLE_AFTER_SECONDS,
        tell_final: bool = False,
        run: int = 0,
    ) -> None:
        self._history = history
        self._rules = rules
        self._window_seconds = window_seconds
        self._lateness = int(lateness_seconds * SECOND)
        self._idle_after = int(idle_after_seconds * SECOND)
        self._sources: dict[str, SourceWindows] = {}
        self._sweep_at = 0
        self._tell_final = tell_final
        self._run = run
        for source, at, shown, flushed in history.watermarks():
            watermark = Watermark(self._lateness, self._idle_after, at=at, saved=json.loads(shown))
            self._source(source, watermark, flushed).restore()

    def _source(self, source: str, watermark: Watermark | None = None, flushed: int = 0) -> SourceWindows:
        found = self._sources.get(source)
        if found is None:
            watermark = watermark or Watermark(self._lateness, self._idle_after)
            given = source, self._rules, self._window_seconds, watermark, self._history
            if self._run:
                found = HeldWindows(*given, flushed=flushed, tell_final=self._tell_final, run=self._run)
            else:
                found = SourceWindows(*given, flushed=flushed, tell_final=self._tell_final)
            self._sources[source] = found
        return found

    def join(self, source: str, stream: str, now_ns: int) -> None:
        """Let the source's watermark wait for a stream from which nothing came yet."""
        self._source(source).watermark.join(stream, now_ns)

    def leave(self, stream: str) -> None:
        """Let no watermark wait for a stream any longer: another worker has it."""
        for windows in self._sources.values():
            windows.watermark.leave(stream)

    def feed(self, source: str, stream: str, events: Sequence[Event], now_ns: int) -> None:
        """Take in new events of one source in the order of their arrival, each event once (R1)."""
        self._source(source).feed(stream, events, now_ns)

    def tick(self, connected: Collection[str], now_ns: int) -> None:
        """Let time pass while nothing comes: what is connected and idle no longer holds the watermark down (R8)."""
        for windows in self._sources.values():
            windows.watermark.tick(now_ns, connected)
            windows.settle()

    def clock_jumped(self, now_ns: int) -> None:
        """No stream was silent for as long as the clock says."""
        for windows in self._sources.values():
            windows.watermark.listen_anew(now_ns)

    def flush(self, now_ns: int, cut: Collection[str] = ()) -> None:
        """Place all that waits, as if nothing older could come any more (R8, R8a).

        `cut` names the streams that were not read to empty: what is held of their sources waits as R8 says.
        """
        for windows in self._sources.values():
            if not isinstance(windows, HeldWindows):
                windows.watermark.flush()
                windows.settle()
            elif windows.watermark.hears_any(cut):
                windows.place_due(now_ns)
            else:
                windows.place_everything(now_ns)

    def held(self) -> dict[str, int]:
        """Return how many detections of each source still wait to be placed, for the sources that have some."""
        counts = {source: windows.count_waiting() for source, windows in self._sources.items()}
        return {source: count for source, count in counts.items() if count}

    def watermark(self, source: str) -> int:
        """Below which time an event of the source is late, in nanoseconds since 1970; 0 before the first event."""
        return self._source(source).watermark.at

    def waiting(self) -> int:
        """Return how many detections memory holds."""
        return sum(len(windows.detections) for windows in self._sources.values())

    def changes(self, now_ns: int) -> Changes:
        """Return what has changed since the last call."""
        sweep = now_ns >= self._sweep_at
        if sweep:
            self._sweep_at = now_ns + SWEEP_NS
        changes = Changes([], [], [], [])
        for source, windows in self._sources.items():
            windows.take_changes(changes, everything=sweep)
            mark = windows.watermark
            changes.watermarks.append(WatermarkRow(source, mark.at, json.dumps(mark.to_save()), windows.flushed))
        return changes
