# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a batch of deliveries: read, stored once, acknowledged, written out. The order is the promise.

Knows nothing of AMQP but what a delivery bears, so that it is tested without a broker.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence

from ..receiving.inbox import Delivery
from ..sinks.sink import Sink
from ..store.dead_letters import DeadLetterFile
from ..store.store import Store
from .correlation import Correlation
from .notices import Notices
from .reading import Reader

MAX_BATCH = 1000  # of 2,000 (R11): with a prefetch of 4,000 the broker has room to send while a batch is stored
MAX_BATCH_BYTES = 8 * 1024 * 1024
ENOUGH = 700  # deliveries that a batch waits for under load: fewer and larger transactions
LINGER_SECONDS = 0.02  # that it waits
SINK_PATIENCE = 60.0
JUMP_NS = 60 * 10**9  # between two ticks: then the clock was set, or the machine slept

Counts = Counter[str]  # received, events, duplicates, conflicts, rounded_ids, dead_letters


class Pipeline:
    """Stores what `reader` makes of the deliveries, once, and hands it out.

    `acknowledge(batch)` is called once what the batch holds is durable, never before. With `after_output` that is once
    all outputs have it; a destination that takes nothing for `patience` seconds is a failure then.
    """

    def __init__(
        self,
        store: Store,
        dead_letters: DeadLetterFile,
        sinks: Sequence[Sink],
        correlation: Correlation | None,
        reader: Reader,
        acknowledge: Callable[[list[Delivery]], None],
        *,
        after_output: bool = False,
        patience: float = SINK_PATIENCE,
        clock: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.counts: dict[str, Counts] = defaultdict(Counter)
        self.notices = Notices()
        self._store = store
        self._dead_letters = dead_letters
        self._sinks = sinks
        self._correlation = correlation
        self._reader = reader
        self._acknowledge = acknowledge
        self._after_output = after_output
        self._patience = patience
        self._clock = clock
        self._steady = steady
        self._ticked = clock(), steady()

    def process(self, batch: list[Delivery]) -> dict[str, tuple[int, int]]:
        """Store a batch. Returns how many events of each stream it held, and the time of the last one.

        Raises StoreError or OutputError; then the consumer must stop, and what was not acknowledged comes again.
        """
        now = self._clock()
        rows, letters, received, consoles = self._reader.read(batch, now)
        for stream, count in received.items():
            self.counts[stream]["received"] += count
        for letter in letters:
            self.counts[letter.stream]["dead_letters"] += 1
        if letters:
            self._dead_letters.keep(letters)
        with self._store.transaction():
            for (stream, source), (events, of_source) in rows.items():
                added = self._store.add_events(source, of_source, now)
                new = [events[place] for place in added.new]
                if self._correlation is not None:
                    self._correlation.feed(source, stream, new, now)
                self.notices.take(new, self._store)
                self.counts[stream].update(
                    events=len(new),
                    duplicates=added.duplicates,
                    conflicts=added.conflicts,
                    rounded_ids=added.rounded_ids,
                )
            for source, console in consoles.items():
                self._store.know_console(source, *console)
            if self._correlation is not None:
                self._correlation.save(now)
            self._store.counted("dead_letters", len(letters))
            self._save_places()
        if not self._after_output:
            self._acknowledge(batch)
        self._hand_out()
        if self._after_output:
            for sink in self._sinks:
                if sink.required:
                    sink.wait_for(self._store.next_number, self._patience)
            self._acknowledge(batch)
        return {stream: (len(events), events[-1].time) for (stream, _source), (events, _rows) in rows.items()}

    def finish(self, *, flush: bool, cut: Collection[str] = ()) -> None:
        """Report what is left, and note the last places, so that the next start has nothing to compare.

        For `flush` and `cut` see Correlation.finish.
        """
        with self._store.transaction():
            if self._correlation is not None:
                self._correlation.finish(self._clock(), flush=flush, cut=cut)
            self._save_places()
        if self._store.fresh:
            self._hand_out()
            with self._store.transaction():
                self._save_places()

    def tick(self, consuming: Collection[str]) -> None:
        """Let time pass: streams that are consumed and silent no longer hold incidents back, files grow old."""
        now, steady = self._clock(), self._steady()
        silent = self._reader.silent(consuming, now)
        jump = now - self._ticked[0] - (steady - self._ticked[1])
        self._ticked = now, steady
        with self._store.transaction():
            if self._correlation is not None:
                if abs(jump) > JUMP_NS:
                    self._correlation.clock_jumped(now)
                self._correlation.tick(silent, now)
            self._save_places()
        self._hand_out()
        for sink in self._sinks:
            sink.tick()

    def _save_places(self) -> None:
        for sink in self._sinks:
            sink.save()

    def _hand_out(self) -> None:
        """Write what was just stored into the files at once, and wake the remote sinks."""
        fresh = self._store.fresh  # a sink that rotates its file has a transaction of its own
        if fresh:
            for sink in self._sinks:
                sink.write(fresh)
