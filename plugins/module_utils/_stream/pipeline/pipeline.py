# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a batch of deliveries: read, stored once, acknowledged, written out. The order is the promise.

Knows nothing of AMQP but what a delivery bears, so that it is tested without a broker.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from itertools import groupby
from operator import itemgetter
from zlib import crc32

from ..._events.detections import Links
from ..._events.event import DeadLetter, Event, event_source, parse_event
from ..._pivot import record_links
from ..broker.settings import StreamSettings
from ..receiving.inbox import Delivery
from ..sinks.sink import Sink
from ..store.dead_letters import DeadLetterFile, DeadLetterRecord
from ..store.records import event_line, source_prefix, time_text
from ..store.store import Row, Store
from .correlation import Correlation

MAX_BATCH = 2000  # R11
MAX_BATCH_BYTES = 8 * 1024 * 1024
ENOUGH = 1000  # deliveries that a batch waits for under load: fewer and larger transactions
LINGER_SECONDS = 0.02  # that it waits
SINK_PATIENCE = 60.0
JUMP_NS = 60 * 10**9  # between two ticks: then the clock was set, or the machine slept

Rows = tuple[list[Event], list[Row]]
Counts = Counter[str]  # received, events, duplicates, conflicts, dead_letters


class Pipeline:
    """`acknowledge(batch)` is called once what the batch holds is durable, never before.

    With `after_output` that is once all outputs have it; a receiver that takes nothing for `patience` seconds is a
    failure then.
    `links` is filled with the pivot URLs' makers of the sources that come by.
    """

    def __init__(
        self,
        store: Store,
        dead_letters: DeadLetterFile,
        sinks: Sequence[Sink],
        correlation: Correlation | None,
        links: dict[str, Links],
        acknowledge: Callable[[list[Delivery]], None],
        *,
        after_output: bool = False,
        patience: float = SINK_PATIENCE,
        clock: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.counts: dict[str, Counts] = defaultdict(Counter)
        self._store = store
        self._dead_letters = dead_letters
        self._sinks = sinks
        self._correlation = correlation
        self._links = links
        self._acknowledge = acknowledge
        self._after_output = after_output
        self._patience = patience
        self._clock = clock
        self._steady = steady
        self._ticked = clock(), steady()
        self._prefixes: dict[str, bytes] = {}

    def process(self, batch: list[Delivery]) -> dict[str, tuple[int, int]]:
        """Returns how many events of each stream these were, and the time of the last one.

        Raises StoreError or OutputError; then the consumer must stop, and what was not acknowledged comes again.
        """
        now = self._clock()
        rows, letters = self._read(batch, now)
        if letters:
            self._dead_letters.keep(letters)
        with self._store.transaction():
            for (stream, source), (events, of_source) in rows.items():
                added = self._store.add_events(source, of_source, now)
                if self._correlation is not None:
                    self._correlation.feed(source, stream, [events[place] for place in added.new], now)
                self.counts[stream].update(
                    events=len(added.new), duplicates=added.duplicates, conflicts=added.conflicts
                )
            if self._correlation is not None:
                self._correlation.save(now)
            self._store.counted("dead_letters", len(letters))
            self._save_places()
        if not self._after_output:
            self._acknowledge(batch)
        self._hand_out()
        if self._after_output:
            for sink in self._sinks:
                sink.wait_for(self._store.next_number, self._patience)
            self._acknowledge(batch)
        return {stream: (len(events), events[-1].time) for (stream, _source), (events, _rows) in rows.items()}

    def _read(self, batch: list[Delivery], now: int) -> tuple[dict[tuple[str, str], Rows], list[DeadLetterRecord]]:
        """Sort the batch by stream and source, in the order of arrival."""
        rows: dict[tuple[str, str], Rows] = defaultdict(lambda: ([], []))
        letters: list[DeadLetterRecord] = []
        received = time_text(now)
        for session, deliveries in groupby(batch, key=itemgetter(0)):
            settings: StreamSettings = session.subscription.settings
            stream, label, queue = settings.name, settings.source, f"{settings.host}/{settings.queue_name}"
            count = 0
            for delivery in deliveries:
                _session, _tag, routing_key, _properties, body = delivery
                count += 1
                source = label or event_source(None, routing_key, queue)
                try:
                    event = parse_event(body, source=source, routing_key=routing_key, received_ns=now)
                except DeadLetter as dead:
                    letters.append(dead_letter(delivery, source, dead.reason, now))
                    continue
                events, of_source = rows[stream, source]
                events.append(event)
                line = event_line(self._prefix(source, settings), event, body, received)
                event.forget_fields()
                of_source.append(Row(event.key, crc32(body), line))
            self.counts[stream]["received"] += count
        for letter in letters:
            self.counts[letter.stream]["dead_letters"] += 1
        return rows, letters

    def _prefix(self, source: str, settings: StreamSettings) -> bytes:
        prefix = self._prefixes.get(source)
        if prefix is None:
            prefix = self._prefixes[source] = source_prefix(source)
            self._links[source] = record_links(settings.region, settings.console_host)
        return prefix

    def finish(self, *, flush: bool) -> None:
        """Tell what is left to tell, and note the last places, so that the next start has nothing to compare."""
        with self._store.transaction():
            if self._correlation is not None:
                self._correlation.finish(self._clock(), flush=flush)
            self._save_places()
        self._hand_out()
        with self._store.transaction():
            self._save_places()

    def tick(self, connected: Collection[str]) -> None:
        """Time passes: streams that are connected and silent no longer hold incidents back, files grow old."""
        now, steady = self._clock(), self._steady()
        jump = now - self._ticked[0] - (steady - self._ticked[1])
        self._ticked = now, steady
        with self._store.transaction():
            if self._correlation is not None:
                if abs(jump) > JUMP_NS:
                    self._correlation.clock_jumped(now)
                self._correlation.tick(connected, now)
            self._save_places()
        self._hand_out()
        for sink in self._sinks:
            sink.tick()

    def _save_places(self) -> None:
        for sink in self._sinks:
            sink.save()

    def _hand_out(self) -> None:
        """What was just stored: into the files at once, to the others when they get to it."""
        if self._store.fresh:
            for sink in self._sinks:
                sink.write(self._store.fresh)


def dead_letter(delivery: Delivery, source: str, reason: str, now: int) -> DeadLetterRecord:
    """A delivery that is no event."""
    headers = {name: value for name, value in delivery.properties.items() if name != "headers"}
    headers |= delivery.properties.get("headers", {})
    stream = delivery.session.subscription.settings.name
    return DeadLetterRecord(stream, source, delivery.routing_key, headers, reason, now, delivery.body)
