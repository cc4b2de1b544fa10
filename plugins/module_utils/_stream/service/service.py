# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows all streams until it is told to stop: what a SOC leaves running for a year."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

from ..._events.detection_records import Links
from ..broker.partitions import PartitionSettings
from ..pipeline.correlation import Correlation, correlation_of
from ..pipeline.holdings import Holdings
from ..pipeline.notices import MORE, Notices
from ..pipeline.pipeline import ENOUGH, LINGER_SECONDS, MAX_BATCH, MAX_BATCH_BYTES, Pipeline
from ..pipeline.reading import CloudReader, Reader
from ..pipeline.relayed import RelayReader
from ..pipeline.splits import Splits
from ..receiving.inbox import Delivery, Inbox
from ..receiving.receiver import Receiver, acknowledge
from ..sinks.opener import OpenSinks, open_sinks
from ..sinks.runner import RemoteSink
from ..sinks.sink import Sink
from ..store.dead_letters import DeadLetterFile
from ..store.maintenance import Maintenance
from ..store.state_folder import StateFolder
from ..store.store import Store
from .logs import Log
from .metrics import Health, SinkState, Snapshot
from .monitor import Monitor
from .notify import Systemd
from .settings import ServiceSettings
from .streams import Streams

TICK_SECONDS = 5.0
STOP_SECONDS = 20.0
HEALTH_LOGGED = ("event_type", "event_type_id", "hostname", "connector_guid", "source", "event_id")


class MonitorMaker(Protocol):
    """Makes what serves the snapshots of a service, such as Monitor."""

    def __call__(self, host: str, port: int, snapshot: Callable[[], Snapshot]) -> Monitor:
        """Make it; it is started and closed by the service. Raises StreamError."""


class Service:
    """`run` in one thread, `stop` from any other or from a signal handler; `snapshot` at any time.

    `inbox` decides what of the received messages is stored, `monitor` serves the snapshots; None for nobody who asks.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        log: Log,
        systemd: Systemd | None = None,
        clock: Callable[[], int] = time.time_ns,
        *,
        inbox: Inbox | None = None,
        monitor: MonitorMaker | None = Monitor,
    ) -> None:
        self.settings = settings
        self.monitor_port = 0
        self._log = log
        self._systemd = systemd or Systemd({})
        self._clock = clock
        self._stopping = threading.Event()
        self._inbox = Inbox() if inbox is None else inbox
        self._make_monitor = monitor
        self._streams = Streams(settings.streams, log, self._inbox, clock)
        self._sinks = OpenSinks()
        self._following = 1
        self._paused = False
        self._waiting = 0
        self._started = clock()
        self._told = Health.STARTING
        self._notices = Notices()
        self._logged_types: set[str] = set()
        self._logged_problems: dict[str, str] = {}

    def stop(self) -> None:
        """Settle what was received, then end."""
        self._stopping.set()
        self._inbox.wake()

    def run(self) -> None:
        """Follow the streams until `stop`.

        Raises StreamError for what it cannot go on with: settings, state folder, store, files.
        """
        with ExitStack() as stack:
            folder = StateFolder(self.settings.state_dir)
            stack.callback(folder.release)
            store = Store(folder.path)
            stack.callback(store.close)
            letters = DeadLetterFile(folder.path)
            stack.callback(letters.close)
            for warning in filter(None, [*self.settings.warnings, folder.warning]):
                self._log.warning(warning)
            self._open_sinks(store, folder, stack)
            self._serve(stack)
            pipeline, correlation = self._pipeline(store, letters)
            receiver = Receiver(self.settings.streams, self._inbox, self._streams, "follow")
            receiver.start()
            try:
                self._systemd.ready(self._summary())
                self._log.info("started", streams=len(self._streams.states), monitor_port=self.monitor_port)
                self._follow(receiver, pipeline, correlation, Maintenance(store, self.settings.retention), store)
                self._settle(receiver, pipeline)
            finally:
                self._systemd.stopping()
                self._inbox.close()
                receiver.close(STOP_SECONDS)
            pipeline.finish(flush=False)
            self._log.info("stopped")

    def _open_sinks(self, store: Store, folder: StateFolder, stack: ExitStack) -> None:
        with store.transaction():
            names = [sink.name for sink in self.settings.sinks]
            Maintenance(store, self.settings.retention).forget_sinks(names)
        self._sinks = open_sinks(self.settings.sinks, store, folder.path, self.settings.streams, stack)

    def _serve(self, stack: ExitStack) -> None:
        if self._make_monitor is not None:
            monitor = self._make_monitor(self.settings.monitor_host, self.settings.monitor_port, self.snapshot)
            self.monitor_port = monitor.port
            stack.callback(monitor.close)
            monitor.start()

    def _pipeline(self, store: Store, letters: DeadLetterFile) -> tuple[Pipeline, Correlation | None]:
        kinds = frozenset(kind for sink in self.settings.sinks for kind in sink.selection.kinds)
        links: dict[str, Links] = {}
        with store.reading():
            correlation = correlation_of(store, links, kinds, self.settings.grouping)
        for settings in self.settings.streams:
            if settings.source and correlation is not None:
                correlation.join(settings.source, settings.name, self._clock())
        reader: Reader = CloudReader(links)
        if self.settings.worker is not None:
            reader = RelayReader(links, self._holdings(store, correlation) if correlation is not None else None)
        pipeline = Pipeline(store, letters, self._sinks.sinks, correlation, reader, acknowledge, clock=self._clock)
        self._notices = pipeline.notices
        for name, state in self._streams.states.items():
            state.counts = pipeline.counts[name]
        return pipeline, correlation

    def _holdings(self, store: Store, correlation: Correlation) -> Holdings:
        partitions = [one for one in self.settings.streams if isinstance(one, PartitionSettings)]
        return Holdings(
            correlation,
            Splits(store.path.parent),
            self.settings.grouping,
            partitions,
            self._streams.backlog,
            self._streams.is_taken,
            self._clock(),
        )

    def _follow(
        self,
        receiver: Receiver,
        pipeline: Pipeline,
        correlation: Correlation | None,
        maintenance: Maintenance,
        store: Store,
    ) -> None:
        beat = min(TICK_SECONDS, (self._systemd.watchdog_seconds or TICK_SECONDS) / 3)
        tick_at = time.monotonic() + beat
        while not self._stopping.is_set():
            receiver.check()
            self._process(pipeline, self._inbox.take(MAX_BATCH, MAX_BATCH_BYTES, ENOUGH, LINGER_SECONDS, beat))
            if time.monotonic() >= tick_at:
                pipeline.tick([one.settings.name for one in receiver.subscriptions if one.is_consuming])
                with store.transaction():
                    maintenance.step(self._clock(), self._sinks.needed(store.next_number))
                self._waiting = correlation.waiting() if correlation is not None else 0
                self._balance(receiver, store.next_number)
                self._log_sinks()
                self._tell_health()
                self._systemd.alive(self._summary())
                tick_at = time.monotonic() + beat
            self._following = store.next_number

    def _process(self, pipeline: Pipeline, batch: list[Delivery]) -> None:
        if batch:
            self._streams.stored(pipeline.process(batch))
            self._inbox.settled(batch)
            self._log_notices()

    def _settle(self, receiver: Receiver, pipeline: Pipeline) -> None:
        """Acknowledge what was received, within bounds; the rest goes back to its queue."""
        receiver.stop(settle=True)
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and not all(one.over.is_set() for one in receiver.subscriptions):
            self._process(pipeline, self._inbox.take(MAX_BATCH, MAX_BATCH_BYTES, 1, 0, 0.1))

    def _balance(self, receiver: Receiver, following: int) -> None:
        """Stop taking while the required sinks are too far behind, go on when they have half of it (R15)."""
        behind = following - self._sinks.needed(following)
        bound = self.settings.outbox_max_records
        if not self._paused and behind >= bound:
            self._paused = True
            self._log.error("consuming pauses until the sinks have caught up", records=behind)
            receiver.pause()
        elif self._paused and behind <= bound // 2:
            self._paused = False
            self._log.info("consuming goes on", records=behind)
            receiver.resume()

    def _tell_health(self) -> None:
        """Log when the service becomes healthy or unhealthy."""
        seen = self.snapshot()
        if seen.health is not self._told:
            self._told = seen.health
            report = self._log.error if seen.health is Health.UNHEALTHY else self._log.info
            report(seen.health.value, **({"alarm": seen.alarms()[0]} if seen.alarms() else {}))

    def _log_sinks(self) -> None:
        """Log what a sink says of its destination when it changes: an alarm, a problem that may pass, or its end."""
        for sink in self.snapshot().sinks:
            problem = sink.problem if sink.state in ("refused", "retrying") else ""
            if sink.state == "delivering" or problem == self._logged_problems.get(sink.name, ""):
                continue
            self._logged_problems[sink.name] = problem
            if sink.state == "refused":
                self._log.error("sink refused", sink=sink.name, problem=problem)
            elif problem:
                self._log.warning("sink retries", sink=sink.name, problem=problem)
            else:
                self._log.info("sink delivers again", sink=sink.name)

    def _log_notices(self) -> None:
        """Log each event type that is not known once, and each event that says that protection stopped (R4)."""
        for name in sorted(self._notices.unknown_types.keys() - self._logged_types):
            self._logged_types.add(name)
            unknown = "more event types are not known" if name == MORE else "event type is not known"
            self._log.warning(unknown, event_type_id=name, advice="update the collection")
        for one in self._notices.health:
            self._log.warning("protection stopped", event_time=one["time"], **{key: one[key] for key in HEALTH_LOGGED})
        self._notices.health.clear()

    def _summary(self) -> str:
        seen = self.snapshot()
        connected = sum(stream.connected for stream in seen.streams)
        why = seen.alarms()[:1]
        return "; ".join([f"{seen.health.value}: {connected} of {len(seen.streams)} streams connected", *why])

    def snapshot(self) -> Snapshot:
        """Return everything as it stands. From any thread."""
        following = self._following
        sinks = [_state(one, following) for one in self._sinks.sinks]
        behind = following - self._sinks.needed(following)
        streams = list(self._streams.states.values())
        return Snapshot(
            streams,
            sinks,
            behind,
            self._paused,
            self._waiting,
            self._started,
            self._clock(),
            self.settings.unhealthy_after,
            dict(self._notices.unknown_types),
            dict(self._notices.protection),
        )


def _state(sink: Sink, following: int) -> SinkState:
    state = SinkState(sink.sink, max(0, following - sink.next), dropped=sink.dropped)
    if isinstance(sink, RemoteSink):
        state.delivered, state.errors, state.dead_letters = sink.delivered, sink.errors, sink.poisoned
        state.state, state.problem = sink.state, sink.problem
    return state
