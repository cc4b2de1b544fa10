# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection of a relay to one node, with a thread of its own: batches go out at once, each message is confirmed.

`mandatory`: a message that no queue takes comes back before its confirm, and counts as refused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ..._common.text import printable
from ..broker.connection import explain, parameters
from ..broker.settings import StreamSettings
from ..broker.topology import COMPLETE, EXCHANGES
from ..errors import BrokerError, ConnectionLost
from .relay_messages import Message
from .sink import Interrupted

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika
    import pika.exceptions

POLL_SECONDS = 0.2
CLOSING_SECONDS = 5


class RelayLine:
    """`error` is set once the line is of no more use. Raises SettingsError for a ca_path that cannot be used."""

    def __init__(self, settings: StreamSettings) -> None:
        self.settings = settings
        self.error: BrokerError | None = None
        self.blocked = ""  # why the broker takes nothing at the moment
        self._done = threading.Event()
        self._channel: Any = None
        self._sent = 0
        self._places: dict[int, int] = {}  # delivery tag to place in the batch, for what is not confirmed
        self._by_name: dict[tuple[str, str, str], int] = {}
        self._returned: set[int] = set()
        self._refused: dict[int, str] = {}
        self._loop = pika.adapters.select_connection.IOLoop()
        self._connection = pika.SelectConnection(
            parameters(settings),
            on_open_callback=self._opened,
            on_open_error_callback=self._closed,
            on_close_callback=self._closed,
            custom_ioloop=self._loop,
        )
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    def wait_until_open(self, stopping: threading.Event) -> None:
        """Wait until the exchanges are found, as long as the connection may take. Raises BrokerError, Interrupted."""
        self._wait(stopping, None, lambda _why: None)

    def publish(
        self,
        messages: Sequence[Message],
        seconds: float,
        stopping: threading.Event,
        waiting: Callable[[str], None],
    ) -> dict[int, str]:
        """Publish; return the places of the messages that were not confirmed, with the reason. Raises Interrupted."""
        self._done.clear()
        self._ask(lambda: self._publish(messages))
        with suppress(BrokerError):
            self._wait(stopping, seconds, waiting)
        lost = str(self.error) if self.error else ""
        return {**self._refused, **dict.fromkeys(list(self._places.values()) if lost else [], lost)}

    def close(self) -> None:
        """Close the connection, within CLOSING_SECONDS also where the broker does not answer."""
        self._ask(self._close)
        self._thread.join(CLOSING_SECONDS)
        self._ask(self._loop.stop)
        self._thread.join()

    def _ask(self, action: Callable[[], object]) -> None:
        with suppress(Exception):  # the loop is closed: `error` says why
            self._loop.add_callback_threadsafe(action)

    def _wait(self, stopping: threading.Event, seconds: float | None, waiting: Callable[[str], None]) -> None:
        until = None if seconds is None else time.monotonic() + seconds
        told = ""
        while not self._done.wait(POLL_SECONDS):
            if stopping.is_set():
                raise Interrupted
            if self.blocked:  # no fault of the line: it goes on when the broker does
                if told != self.blocked:
                    told = self.blocked
                    waiting(told)
                until = None if seconds is None else time.monotonic() + seconds
            elif until is not None and time.monotonic() >= until:
                self._fail(ConnectionLost(f"{self.settings.name}: no confirm within {seconds:.0f} seconds"))
                self._ask(self._close)
        if self.error is not None:
            raise self.error

    # What follows runs in the line's thread

    def _run(self) -> None:
        try:
            self._loop.start()
        except Exception as error:  # noqa: BLE001 - told to who waits
            self._fail(ConnectionLost(f"{self.settings.name}: {type(error).__name__}: {printable(error)}"))
        finally:
            self._done.set()
            self._loop.close()

    def _opened(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(self._blocks)
        connection.add_on_connection_unblocked_callback(lambda *_ignored: self._blocks())
        connection.channel(on_open_callback=self._channel_opened)

    def _blocks(self, _connection: Any = None, frame: Any = None) -> None:
        reason = printable(frame.method.reason) if frame is not None else ""
        self.blocked = f"{self.settings.name}: the broker takes no messages: {reason}" if frame is not None else ""

    def _channel_opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._came_back)
        channel.confirm_delivery(self._confirmed, callback=lambda _frame: self._look(0))

    def _look(self, place: int) -> None:
        """Look for the exchanges, one after the other; the last one marks the topology as complete."""
        names = (*EXCHANGES, COMPLETE)
        if place == len(names):
            self._done.set()
            return
        self._channel.exchange_declare(names[place], passive=True, callback=lambda _frame: self._look(place + 1))

    def _publish(self, messages: Sequence[Message]) -> None:
        self._places, self._refused, self._returned = {}, {}, set()
        self._by_name = {one[:3]: place for place, one in enumerate(messages)}
        if self.error is not None or not self._channel.is_open:
            self._places = {-1 - place: place for place in range(len(messages))}
            self._fail(ConnectionLost(f"{self.settings.name}: the connection was lost"))
            return
        publish, properties = self._channel.basic_publish, pika.BasicProperties
        for place, (exchange, routing_key, message_id, headers, body) in enumerate(messages):
            self._sent += 1
            self._places[self._sent] = place
            publish(
                exchange,
                routing_key,
                body,
                properties(
                    content_type="application/json", delivery_mode=2, message_id=message_id, headers=dict(headers)
                ),
                mandatory=True,
            )

    def _came_back(self, _channel: Any, method: Any, properties: Any, _body: bytes) -> None:
        place = self._by_name.get((method.exchange, method.routing_key, properties.message_id))
        if place is not None:
            self._returned.add(place)

    def _confirmed(self, frame: Any) -> None:
        tag, refused = frame.method.delivery_tag, isinstance(frame.method, pika.spec.Basic.Nack)
        tags = [one for one in self._places if one <= tag] if frame.method.multiple else [tag]
        for one in tags:
            place = self._places.pop(one, None)
            if place is None:
                continue
            if refused:
                self._refused[place] = f"{self.settings.name}: a queue refused a message: it is full, or has no leader"
            elif place in self._returned:
                self._refused[place] = (
                    f"{self.settings.name}: no queue is bound to an exchange: {self.settings.queue_advice}"
                )
        if not self._places:
            self._done.set()

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._fail(_explained(reason, self.settings))
            self._close()

    def _close(self) -> None:
        if self._connection.is_open:
            self._connection.close()
        elif self._connection.is_closed:
            self._loop.stop()

    def _closed(self, _connection: Any, reason: BaseException) -> None:
        self._fail(explain(reason, self.settings))
        self._loop.stop()

    def _fail(self, error: BrokerError) -> None:
        self.error = self.error or error
        self._done.set()


def _explained(reason: Any, settings: StreamSettings) -> BrokerError:
    """Return the error of a closed channel, worded for exchanges: `explain` speaks of a worker's queues."""
    if reason.reply_code == 404:
        return TopologyMissing(f"{settings.name}: {printable(reason.reply_text)}: {settings.queue_advice}")
    if reason.reply_code == 403:
        return TopologyMissing(
            f"{settings.name}: user {printable(settings.user_name)} may not publish: {printable(reason.reply_text)}"
        )
    return explain(reason, settings)


class TopologyMissing(BrokerError):
    """The exchanges are not there, or may not be used."""

    permanent = True
