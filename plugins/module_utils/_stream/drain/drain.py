# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumes event streams into a state folder until they are empty, and loses nothing.

`drain` takes what waits and returns; `probe` only looks. Serves the module `event_stream_drain` and the service's
command `drain`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..._events.detection_records import Links
from ..broker.settings import StreamSettings
from ..errors import BrokerError
from ..pipeline.correlation import Correlation, GroupingSettings
from ..pipeline.pipeline import (
    ENOUGH,
    LINGER_SECONDS,
    MAX_BATCH,
    MAX_BATCH_BYTES,
    SINK_PATIENCE,
    Counts,
    Pipeline,
)
from ..pipeline.reading import CloudReader
from ..receiving.inbox import Delivery, Inbox
from ..receiving.messages import Mode
from ..receiving.receiver import Receiver, RemoteSubscription, acknowledge
from ..sinks.opener import open_sinks
from ..sinks.sink import SinkSettings
from ..store.dead_letters import DeadLetterFile
from ..store.maintenance import Maintenance, Retention
from ..store.state_folder import StateFolder
from ..store.store import Store
from .progress import Progress
from .report import Report, make_report

CLOSING_SECONDS = 15
END_SECONDS = 5.0  # for the remote sinks, once they have caught up or are late


@dataclass
class StreamResult:
    """What became of one stream.

    `messages` waited when it was opened; `error` is None where all went well; `is_empty`: it was read to its end.
    """

    settings: StreamSettings
    messages: int | None = None
    other_consumers: int = 0
    error: BrokerError | None = None
    is_empty: bool = False
    counts: Counts = field(default_factory=Counts)


@dataclass
class DrainResult:
    """The outcome of one run. `stopped_by` is "empty", "max_events", "max_seconds" or "error".

    `late` says which required sinks are behind, `drops` for which sinks records were dropped.
    `held` counts the detections of each source that wait to be placed; for the others see Notices.
    """

    streams: list[StreamResult]
    stopped_by: str
    report: Report
    dead_letters_path: Path
    unknown_types: dict[str, int]
    health: list[dict[str, Any]]
    protection_stopped: int
    held: dict[str, int]
    late: list[str] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)


def probe(streams: Sequence[StreamSettings]) -> list[StreamResult]:
    """Return how many messages wait in each queue. Consume nothing and write nothing."""
    with closing(Consumer(streams, "probe")) as consumer:
        return consumer.look()


def drain(
    streams: Sequence[StreamSettings],
    folder: StateFolder,
    *,
    sinks: Sequence[SinkSettings] = (),
    sink_patience: float = SINK_PATIENCE,
    max_events: int | None = None,
    max_seconds: float | None = None,
    ack_after_output: bool = False,
    grouping: GroupingSettings = GroupingSettings(),  # noqa: B008 - it is frozen
    flush: bool = True,
    retention: Retention = Retention(),  # noqa: B008 - it is frozen
    limit: int | None = 100,
    progress: Progress | None = None,
) -> DrainResult:
    """Consume until all queues are empty or a bound is reached.

    `limit` bounds the records of the report; None: there is none, for who reads the output instead.
    A stream that fails has its error in the result, and the others go on. Raises StoreError, OutputError; then
    what was not acknowledged is in its queue again.
    """
    with ExitStack() as stack:
        # First and last, for its process starts while the store is opened, and ends while the last events are placed.
        consumer = stack.enter_context(closing(Consumer(_within(streams, max_events), "drain")))
        store = Store(folder.path)
        stack.callback(store.close)
        letters = DeadLetterFile(folder.path)
        stack.callback(letters.close)
        opened = open_sinks(sinks, store, folder.path, streams, stack, END_SECONDS)
        kinds = frozenset(kind for sink in sinks for kind in sink.selection.kinds)
        links: dict[str, Links] = {}
        correlation = Correlation(store, links, kinds, grouping, remember=limit is not None, hold=flush)
        for settings in streams:
            if settings.source:
                correlation.join(settings.source, settings.name, time.time_ns())
        pipeline = Pipeline(
            store,
            letters,
            opened.sinks,
            correlation,
            CloudReader(links),
            acknowledge,
            after_output=ack_after_output,
            patience=sink_patience,
        )
        stopped_by = consumer.run(pipeline, max_events, max_seconds, progress)
        pipeline.finish(flush=flush, cut=[one.settings.name for one in consumer.results if not one.is_empty])
        late = opened.catch_up(store.next_number, sink_patience)
        Maintenance(store, retention).run(time.time_ns(), opened.needed(store.next_number))
        for result in consumer.results:
            result.counts = pipeline.counts[result.settings.name]
        report = Report([], [], {}, None)
        if limit is not None:
            report = make_report(correlation.findings, links, limit, folder.path)
        held = correlation.held()
    return DrainResult(
        consumer.results,
        stopped_by,
        report,
        letters.path,
        unknown_types=dict(pipeline.notices.unknown_types),
        health=pipeline.notices.health,
        protection_stopped=sum(pipeline.notices.protection.values()),
        held=held,
        late=late,
        drops=opened.drops(),
    )


def _within(streams: Sequence[StreamSettings], max_events: int | None) -> Sequence[StreamSettings]:
    """Fetch no more than may be taken: what is fetched and not taken goes back marked as redelivered."""
    if max_events is None:
        return streams
    return [replace(settings, prefetch=min(settings.prefetch, max_events)) for settings in streams]


class Consumer:
    """Run the loop between the receiver's thread and the pipeline, in the caller's thread. To be closed."""

    def __init__(
        self, streams: Sequence[StreamSettings], mode: Mode, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.results = [StreamResult(settings) for settings in streams]
        self._inbox = Inbox()
        self._receiver = Receiver(streams, self._inbox, self, mode)
        self._of_stream = dict(zip(self._receiver.subscriptions, self.results, strict=True))
        self._open = len(self.results)
        self._is_bounded = False  # from now on, what ends was not read to its end
        self._lock = threading.Lock()
        self._clock = clock

    def ready(self, stream: RemoteSubscription, messages: int, consumers: int) -> None:
        result = self._of_stream[stream]
        result.messages, result.other_consumers = messages, consumers

    def consumable(self, stream: RemoteSubscription) -> None:
        """See Listener."""

    def lost(self, stream: RemoteSubscription, error: BrokerError, retry_seconds: float) -> None:
        """See Listener. Only a service that follows streams gets it."""

    def ended(self, stream: RemoteSubscription, error: BrokerError | None) -> None:
        with self._lock:
            result = self._of_stream[stream]
            result.error = error
            result.is_empty = error is None and not self._is_bounded
            self._open -= 1
        self._inbox.wake()

    def look(self) -> list[StreamResult]:
        self._receiver.start()
        try:
            while self._open and self._receiver.failure is None:
                self._inbox.wait(1.0)
        finally:
            self._end()
        return self.results

    def run(
        self,
        pipeline: Pipeline,
        max_events: int | None,
        max_seconds: float | None,
        progress: Progress | None = None,
    ) -> str:
        """Until every stream has ended. Returns why it stopped."""
        until = None if max_seconds is None else self._clock() + max_seconds
        left = max_events
        stopped_by = ""
        self._receiver.start()
        try:
            while self._open or len(self._inbox):
                if self._receiver.failure is not None:
                    break
                if not stopped_by and until is not None and self._clock() >= until:
                    stopped_by, closing_until = "max_seconds", self._clock() + CLOSING_SECONDS
                    self._is_bounded = True
                    self._receiver.stop(settle=True)
                if stopped_by and self._clock() >= closing_until:
                    break
                batch = self._take(left, until)
                if batch:
                    pipeline.process(batch)
                    self._inbox.settled(batch)
                    if progress is not None:
                        progress.came(len(batch), sum(result.messages or 0 for result in self.results))
                if left is not None:
                    left -= len(batch)
                    if left <= 0:
                        stopped_by = "max_events"
                        break
        finally:
            self._is_bounded = True
            self._end()
        if any(result.error for result in self.results):
            return "error"
        return stopped_by or "empty"

    def _take(self, left: int | None, until: float | None) -> list[Delivery]:
        patience = 1.0 if until is None else max(0.0, min(1.0, until - self._clock()))
        most = MAX_BATCH if left is None else min(MAX_BATCH, left)
        return self._inbox.take(most, MAX_BATCH_BYTES, min(ENOUGH, most), LINGER_SECONDS, patience)

    def _end(self) -> None:
        """End what is open, within bounds; whatever was not acknowledged is back in its queue then."""
        self._inbox.close()
        self._receiver.end(CLOSING_SECONDS)
        self._receiver.check()

    def close(self) -> None:
        """End the receiving process."""
        self._inbox.close()
        self._receiver.close(CLOSING_SECONDS)
