# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows all streams until it is told to stop: what a SOC leaves running for a year."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

from ..._events.detections import Links
from ..broker.partitions import PartitionSettings
from ..errors import BrokerError
from ..pipeline.correlation import Correlation, correlation_of
from ..pipeline.holdings import Holdings
from ..pipeline.pipeline import ENOUGH, LINGER_SECONDS, MAX_BATCH, MAX_BATCH_BYTES, Pipeline
from ..pipeline.reading import CloudReader, Reader
from ..pipeline.relayed import RelayReader
from ..pipeline.splits import Splits
from ..receiving.inbox import Delivery, Inbox
from ..receiving.receiver import Receiver, RemoteSubscription, acknowledge
from ..sinks.opener import OpenSinks, open_sinks
from ..sinks.runner import RemoteSink
from ..sinks.sink import Sink
from ..store.dead_letters import DeadLetterFile
from ..store.maintenance import Maintenance
from ..store.state_folder import StateFolder
from ..store.store import Store
from .logs import Log
from .metrics import SinkState, Snapshot, StreamState
from .monitor import Monitor
from .notify import Systemd
from .settings import ServiceSettings

TICK_SECONDS = 5.0
STOP_SECONDS = 20.0


class Service:
    """`run` in one thread, `stop` from any other or from a signal handler; `snapshot` at any time."""

    def __init__(
        self,
        settings: ServiceSettings,
        log: Log,
        systemd: Systemd | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.settings = settings
        self.monitor_port = 0
        self._log = log
        self._systemd = systemd or Systemd({})
        self._clock = clock
        self._stopping = threading.Event()
        self._inbox = Inbox()
        self._streams = {one.name: StreamState(one.name) for one in settings.streams}
        self._taken_by_others: set[str] = set()
        self._sinks = OpenSinks()
        self._following = 1
        self._paused = False
        self._waiting = 0
        self._started = clock()

    def stop(self) -> None:
        """Settle what was received, then end."""
        self._stopping.set()
        self._inbox.wake()

    # What the receiver's thread tells

    def ready(self, stream: RemoteSubscription, messages: int, consumers: int) -> None:
        """See Listener."""
        state = self._streams[stream.settings.name]
        if not state.connected:
            self._log.info("stream connected", stream=state.name, messages=messages)
        if consumers and consumers != state.other_consumers:
            self._log.warning("other consumers take events from this queue", stream=state.name, consumers=consumers)
        state.connected, state.messages, state.other_consumers, state.error = True, messages, consumers, ""
        self._taken_by_others.discard(state.name)
        if stream.found_others:
            self._taken_by_others.add(state.name)

    def consumable(self, stream: RemoteSubscription) -> None:
        """See Listener."""

    def lost(self, stream: RemoteSubscription, error: BrokerError, retry_seconds: float) -> None:
        """See Listener."""
        state = self._streams[stream.settings.name]
        state.connected, state.error = False, str(error)
        state.reconnects += 1
        tell = self._log.error if error.permanent else self._log.warning
        tell("stream lost", stream=state.name, error=error, retry_seconds=round(retry_seconds, 1))

    def ended(self, stream: RemoteSubscription, error: BrokerError | None) -> None:
        """See Listener."""
        self._streams[stream.settings.name].connected = False
        if error is not None:
            self._log.error("stream ended", stream=stream.settings.name, error=error)
        self._inbox.wake()

    # The life of the service

    def run(self) -> None:
        """Raises StreamError for what it cannot go on with: settings, state folder, store, files."""
        with ExitStack() as stack:
            folder = StateFolder(self.settings.state_dir)
            stack.callback(folder.release)
            store = Store(folder.path)
            stack.callback(store.close)
            letters = DeadLetterFile(folder.path)
            stack.callback(letters.close)
            self._open_sinks(store, folder, stack)
            self._serve(stack)
            pipeline, correlation = self._pipeline(store, letters)
            receiver = Receiver(self.settings.streams, self._inbox, self, "follow")
            receiver.start()
            try:
                self._systemd.ready("consuming")
                self._log.info("started", streams=len(self._streams), monitor_port=self.monitor_port)
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
        monitor = Monitor(self.settings.monitor_host, self.settings.monitor_port, self.snapshot)
        self.monitor_port = monitor.port
        stack.callback(monitor.close)
        monitor.start()

    def _pipeline(self, store: Store, letters: DeadLetterFile) -> tuple[Pipeline, Correlation | None]:
        kinds = frozenset(kind for sink in self.settings.sinks for kind in sink.selection.kinds)
        links: dict[str, Links] = {}
        correlation = correlation_of(store, links, kinds, self.settings.grouping)
        for settings in self.settings.streams:
            if settings.source and correlation is not None:
                correlation.join(settings.source, settings.name, self._clock())
        reader: Reader = CloudReader(links)
        if self.settings.worker is not None:
            reader = RelayReader(links, self._holdings(store, correlation) if correlation is not None else None)
        pipeline = Pipeline(store, letters, self._sinks.sinks, correlation, reader, acknowledge, clock=self._clock)
        for name, state in self._streams.items():
            state.counts = pipeline.counts[name]
        return pipeline, correlation

    def _holdings(self, store: Store, correlation: Correlation) -> Holdings:
        partitions = [one for one in self.settings.streams if isinstance(one, PartitionSettings)]
        return Holdings(
            correlation,
            Splits(store.path.parent),
            self.settings.grouping,
            partitions,
            lambda name: self._streams[name].messages,
            lambda name: name in self._taken_by_others,
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
                self._systemd.alive(self._summary())
                tick_at = time.monotonic() + beat
            self._following = store.next_number

    def _process(self, pipeline: Pipeline, batch: list[Delivery]) -> None:
        if batch:
            for name, (count, time_ns) in pipeline.process(batch).items():
                state = self._streams[name]
                state.last_event_ns = time_ns
                state.messages = max(0, state.messages - count)  # until the queue is looked at again
            self._inbox.settled(batch)

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

    def _summary(self) -> str:
        connected = sum(state.connected for state in self._streams.values())
        alarms = self.snapshot().alarms()
        return f"{connected} of {len(self._streams)} streams connected" + (f"; {alarms[0]}" if alarms else "")

    def snapshot(self) -> Snapshot:
        """From any thread."""
        following = self._following
        sinks = [_state(one, following) for one in self._sinks.sinks]
        behind = following - self._sinks.needed(following)
        streams = list(self._streams.values())
        return Snapshot(streams, sinks, behind, self._paused, self._waiting, self._started, self._clock())


def _state(sink: Sink, following: int) -> SinkState:
    state = SinkState(sink.sink, max(0, following - sink.next), dropped=sink.dropped)
    if isinstance(sink, RemoteSink):
        state.delivered, state.errors, state.dead_letters = sink.delivered, sink.errors, sink.poisoned
        state.state, state.problem = sink.state, sink.problem
    return state
