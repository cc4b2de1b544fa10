# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks AMQP to the brokers of all streams, in one thread with one event loop: heartbeats go on while others commit.

pika is not thread safe: everything here but `ask`, `stop` and `join` happens in that thread; others queue into it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from .connection import explain, parameters
from .errors import BrokerError
from .inbox import Delivery, Inbox
from .settings import StreamSettings

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika

CHECK_SECONDS = 0.2  # between two looks whether a queue is empty


class Listener(Protocol):
    """Who wants to know; called in the receiver's thread, must return at once."""

    def ready(self, stream: Link, messages: int, consumers: int) -> None:
        """The queue was found, with so many messages that wait and so many consumers besides this one."""

    def ended(self, stream: Link, error: BrokerError | None) -> None:
        """The stream is over: as asked for, or by this error. Comes once a stream."""


class Session:
    """One channel, from its opening to its end; delivery tags mean nothing outside of it."""

    def __init__(self, link: Link, channel: Any) -> None:
        self.link = link
        self.channel = channel
        self.received = 0
        self.settled = 0
        self.tag: str | None = None

    def acknowledge(self, tag: int) -> None:
        """Everything up to `tag`; a channel that is gone has given its messages back to the queue."""
        self.settled = tag
        if self.channel.is_open:
            self.channel.basic_ack(tag, multiple=True)
        self.link.settled(self)


class Link:
    """One stream's way through connecting, consuming, settling and closing."""

    def __init__(self, settings: StreamSettings, inbox: Inbox, loop: Any, listener: Listener, mode: str) -> None:
        self.settings = settings
        self._inbox = inbox
        self._loop = loop
        self._listener = listener
        self._mode = mode  # "probe": look only; "drain": until empty; "follow": until stopped
        self._parameters = parameters(settings)  # a wrong ca_path is told before anything begins
        self._connection: Any = None
        self._session: Session | None = None
        self._error: BrokerError | None = None
        self._stopping = False
        self._settling = False
        self.over = threading.Event()

    def ask(self, action: Callable[[], object]) -> None:
        """Have the receiver's thread do it."""
        self._loop.add_callback_threadsafe(action)

    def open(self) -> None:
        self._connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
            custom_ioloop=self._loop,
        )

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        self._session = Session(self, channel)
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(self._cancelled)
        # The durable flag and nothing but passive, as the contract says: the stream's user may not declare.
        channel.queue_declare(self.settings.queue_name, passive=True, durable=True, callback=self._declared)

    def _declared(self, frame: Any) -> None:
        session = self._session
        if session is None:
            return
        self._listener.ready(self, frame.method.message_count, frame.method.consumer_count)
        if self._mode == "probe" or self._stopping:
            self._close()
            return
        consume = partial(self._consume, session, frame.method.message_count)
        session.channel.basic_qos(prefetch_count=self.settings.prefetch, callback=consume)

    def _consume(self, session: Session, messages: int, _frame: Any) -> None:
        """Even from an empty queue: only now does the broker say whether this user may."""
        if self._stopping:
            self._close()
            return
        put, patience, deliver = self._inbox.put, self.settings.heartbeat / 4, Delivery._make

        def delivered(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            session.received = method.delivery_tag
            put(deliver((session, method, properties, body)), patience)

        accepted = partial(self._accepted, session, messages)
        session.tag = session.channel.basic_consume(self.settings.queue_name, delivered, callback=accepted)

    def _accepted(self, session: Session, messages: int, _frame: Any) -> None:
        if self._mode == "drain":
            if messages:
                self._loop.call_later(CHECK_SECONDS, partial(self._look, session))
            else:
                self.stop()

    def _look(self, session: Session) -> None:
        """Is the queue empty? The broker's answer comes after every message that it sent before."""
        if session is self._session and session.channel.is_open and not self._stopping:
            before = session.received
            session.channel.queue_declare(
                self.settings.queue_name, passive=True, callback=partial(self._looked, session, before)
            )

    def _looked(self, session: Session, before: int, frame: Any) -> None:
        if frame.method.message_count == 0 and session.received == before:
            self.stop()
        else:
            self._loop.call_later(CHECK_SECONDS, partial(self._look, session))

    def stop(self, *, settle: bool = True) -> None:
        """Take no more. With `settle`, what was received is acknowledged first; without, it goes back to the queue."""
        already, self._stopping = self._stopping, True
        session = self._session
        if not settle:
            self._close()
        elif session is not None and session.tag and not already and session.channel.is_open:
            session.channel.basic_cancel(session.tag, callback=lambda _frame: self._settle(session))
        elif session is None or not session.tag:
            self._close()

    def _settle(self, session: Session) -> None:
        self._settling = True
        self.settled(session)

    def settled(self, session: Session) -> None:
        if self._settling and session is self._session and session.settled >= session.received:
            self._close()

    def _close(self) -> None:
        self._stopping = True
        connection = self._connection
        if connection is None or connection.is_closed:
            self._end()
        elif not connection.is_closing:
            connection.close()

    def _cancelled(self, _frame: Any) -> None:
        """The broker ends a consumer when its queue is deleted."""
        self._fail(explain(pika.exceptions.ChannelClosedByBroker(404, "the queue was deleted"), self.settings))

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._fail(explain(reason, self.settings))

    def _fail(self, error: BrokerError) -> None:
        self._error = self._error or error
        self._close()

    def _lost(self, _connection: Any, reason: BaseException) -> None:
        ours = pika.exceptions.ConnectionClosedByClient | pika.exceptions.ConnectionOpenAborted
        if not (self._stopping and isinstance(reason, ours)) and self._error is None:
            self._error = explain(reason, self.settings)
        self._end()

    def _end(self) -> None:
        self._session = None
        if not self.over.is_set():
            self.over.set()
            self._listener.ended(self, self._error)


class Receiver:
    """The thread. `links` are in the order of the settings."""

    def __init__(self, streams: Iterable[StreamSettings], inbox: Inbox, listener: Listener, mode: str) -> None:
        self._loop = pika.adapters.select_connection.IOLoop()
        try:
            self.links = [Link(settings, inbox, self._loop, listener, mode) for settings in streams]
        except BaseException:
            self._loop.close()
            raise
        self.failure: BaseException | None = None
        self._inbox = inbox
        self._thread = threading.Thread(target=self._run, name="amqp", daemon=True)

    def start(self) -> None:
        for link in self.links:
            self.ask(link.open)
        self._thread.start()

    def ask(self, action: Callable[[], object]) -> None:
        """Have the receiver's thread do it."""
        self._loop.add_callback_threadsafe(action)

    def stop(self, *, settle: bool) -> None:
        for link in self.links:
            self.ask(partial(link.stop, settle=settle))

    def close(self, seconds: float) -> None:
        """End every stream and the thread; what was not acknowledged goes back to its queue.

        A broker that does not answer is not waited for longer than `seconds`.
        """
        self.stop(settle=False)
        until = time.monotonic() + seconds
        for link in self.links:
            while self._thread.is_alive() and time.monotonic() < until and not link.over.wait(0.1):
                pass
        self.ask(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        try:
            self._loop.start()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            self.failure = error
        finally:
            self._inbox.wake()
