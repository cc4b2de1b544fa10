# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service knows of its streams while it runs: the receiver's listener, and where status and metrics look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ..broker.settings import StreamSettings
from ..errors import BrokerError
from ..receiving.inbox import Inbox
from ..receiving.messages import State
from ..receiving.receiver import RemoteSubscription
from .logs import Log
from .metrics import StreamState


class Streams:
    """A Listener. `states` are read and written by several threads, each value by one."""

    def __init__(self, settings: Iterable[StreamSettings], log: Log, inbox: Inbox, clock: Callable[[], int]) -> None:
        now = clock()
        self.states = {one.name: StreamState(one.name, contact_ns=now, disconnected_ns=now) for one in settings}
        self._log = log
        self._inbox = inbox
        self._clock = clock
        self._taken_by_others: set[str] = set()

    def ready(self, stream: RemoteSubscription, messages: int, consumers: int) -> None:
        """See Listener."""
        state = self.states[stream.settings.name]
        if not state.connected:
            self._log.info("stream connected", stream=state.name, messages=messages)
        if consumers and consumers != state.other_consumers:
            self._log.warning("other consumers take events from this queue", stream=state.name, consumers=consumers)
        if not messages or not state.contacted:
            state.contact_ns, state.contacted = self._clock(), True
        if stream.state is State.PAUSED:  # it is we who do not consume
            state.disconnected_ns = 0
        state.connected, state.messages, state.other_consumers = True, messages, consumers
        self._taken_by_others.discard(state.name)
        if stream.found_others:
            self._taken_by_others.add(state.name)

    def consumable(self, stream: RemoteSubscription) -> None:
        """See Listener."""
        state = self.states[stream.settings.name]
        state.consumed, state.refused, state.error, state.disconnected_ns = True, False, "", 0

    def lost(self, stream: RemoteSubscription, error: BrokerError, retry_seconds: float) -> None:
        """See Listener."""
        state = self.states[stream.settings.name]
        state.disconnected_ns = state.disconnected_ns or self._clock()
        state.connected, state.refused, state.error = False, error.permanent, str(error)
        state.reconnects += 1
        report = self._log.error if error.permanent else self._log.warning
        report("stream lost", stream=state.name, error=error, retry_seconds=round(retry_seconds, 1))

    def ended(self, stream: RemoteSubscription, error: BrokerError | None) -> None:
        """See Listener."""
        self.states[stream.settings.name].connected = False
        if error is not None:
            self._log.error("stream ended", stream=stream.settings.name, error=error)
        self._inbox.wake()

    def stored(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Note what was stored of each stream: how many events, and the time of the last one."""
        for name, (count, time_ns) in counts.items():
            state = self.states[name]
            state.last_event_ns = time_ns
            state.messages = max(0, state.messages - count)  # until the queue is looked at again

    def backlog(self, name: str) -> int:
        """Return how many messages wait in the queue of this stream."""
        return self.states[name].messages

    def is_taken(self, name: str) -> bool:
        """Return whether another worker had this partition when it was asked for last."""
        return name in self._taken_by_others
