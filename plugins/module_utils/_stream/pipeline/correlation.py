# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live correlation on top of the store: new events in, changed detections and incidents out, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..._events.detection_records import Links
from ..._events.event import Event
from ..._events.incidents import DEFAULT_RULES, Rule
from ..._events.live import (
    DEFAULT_IDLE_AFTER_SECONDS,
    DEFAULT_LATENESS_SECONDS,
    DEFAULT_WINDOW_SECONDS,
    SWEEP_NS,
    Live,
)
from ..store.findings import Findings
from ..store.store import Kind, Store


@dataclass(frozen=True)
class GroupingSettings:
    """Which incidents are made, and how long they wait for what comes late (R7, R8). All times are seconds.

    With `tell_final`, the end of an incident's window makes a record of its own, although nothing else changed.
    """

    rules: Sequence[Rule] = DEFAULT_RULES
    window: int = DEFAULT_WINDOW_SECONDS
    lateness: int = DEFAULT_LATENESS_SECONDS
    idle_after: int = DEFAULT_IDLE_AFTER_SECONDS
    tell_final: bool = False


def correlation_of(
    store: Store, links: dict[str, Links], kinds: Collection[Kind], settings: GroupingSettings
) -> Correlation | None:
    """Return what the settings ask for: None without rules, for a service that only relays."""
    return Correlation(store, links, kinds, settings) if settings.rules else None


class Correlation:
    """Every call but the first belongs into a transaction.

    With `remember`, `findings` knows what changed since the start, for interval mode; a service must not grow. With
    `hold`, nothing is placed before `finish` (R8a).
    """

    def __init__(
        self,
        store: Store,
        links: dict[str, Links],
        kinds: Collection[Kind],
        settings: GroupingSettings,
        *,
        remember: bool = False,
        hold: bool = False,
    ) -> None:
        self.findings = Findings(store, links, remember=remember)
        self._kinds = frozenset(kinds)
        self._live = Live(
            self.findings,
            rules=settings.rules,
            window_seconds=settings.window,
            lateness_seconds=settings.lateness,
            idle_after_seconds=settings.idle_after,
            tell_final=settings.tell_final,
            run=store.new_run() if hold else 0,
        )

    def join(self, source: str, stream: str, now_ns: int) -> None:
        """Wait for this stream's events before an incident of its source is opened."""
        self._live.join(source, stream, now_ns)

    def leave(self, stream: str) -> None:
        """Wait for a stream no longer: another worker has it."""
        self._live.leave(stream)

    def feed(self, source: str, stream: str, events: Sequence[Event], now_ns: int) -> None:
        """Events that are new in the store, in the order of their arrival."""
        self._live.feed(source, stream, events, now_ns)

    def tick(self, connected: Collection[str], now_ns: int) -> None:
        """Time passes for the streams that are connected and silent."""
        self._live.tick(connected, now_ns)
        self.save(now_ns)

    def clock_jumped(self, now_ns: int) -> None:
        """Forget how long the streams were silent: the clock was set, or the machine slept."""
        self._live.clock_jumped(now_ns)

    def waiting(self) -> int:
        """Return how many detections memory holds."""
        return self._live.waiting()

    def held(self) -> dict[str, int]:
        """Return how many detections of each source wait to be placed in an incident."""
        return self._live.held()

    def save(self, now_ns: int) -> None:
        """Store what changed and put the records that somebody wants into the outbox."""
        self.findings.save(self._live.changes(now_ns), self._kinds, now_ns)

    def finish(self, now_ns: int, *, flush: bool, cut: Collection[str] = ()) -> None:
        """Save what is left to tell.

        With `flush`, place what waits as if nothing older could come any more, but for the sources of the streams
        `cut`, which were not read to empty.
        """
        if flush:
            self._live.flush(now_ns, cut)
        self.save(now_ns + SWEEP_NS)
