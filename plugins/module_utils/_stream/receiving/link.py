# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One stream's way through connecting, consuming, settling and closing; if it follows the stream, connecting again.

Everything here happens in the receiving process (`process`). What the storing process has to know goes through the
send buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from ..backoff import Backoff, Limits
from ..broker.connection import explain, parameters
from ..broker.settings import StreamSettings
from ..errors import BrokerError, SettingsError
from .send_buffer import SendBuffer

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika

CHECK_SECONDS = 0.2  # between two looks whether a queue is empty
WATCH_SECONDS = 30.0  # between two looks at a queue that is followed
ACKNOWLEDGED_AT_ONCE = 250  # a broker that may send thousands at once has a tenth more to do for each

AMQP_PROPERTIES = ("headers", "content_type", "message_id", "timestamp")  # those that anybody wants to know

Mode = Literal["probe", "drain", "follow"]  # look only; until empty; until stopped, connecting again for ever


class Session:
    """One channel, from its opening to its end; delivery tags mean nothing outside of it."""

    def __init__(self, link: Link, number: int, channel: Any) -> None:
        self.link = link
        self.number = number
        self.channel = channel
        self.received = 0
        self.settled = 0  # the last tag that was answered; they are in their order
        self.tag: str | None = None  # of the consumer, while there is one


class Link:
    """See the head of the file. Raises SettingsError for a ca_path that cannot be used."""

    watch_seconds = WATCH_SECONDS
    found_others = False  # see PartitionLink

    def __init__(
        self, settings: StreamSettings, number: int, buffer: SendBuffer, loop: Any, mode: Mode, limits: Limits
    ) -> None:
        self.settings = settings
        self.number = number
        self._over = False
        self._buffer = buffer
        self._loop = loop
        self._mode = mode
        self._attempt = 0
        self._at = settings.at(0)
        self._parameters = parameters(self._at)
        self._backoff = Backoff(limits=limits)
        self._connection: Any = None
        self._sessions = 0
        self._session: Session | None = None
        self._error: BrokerError | None = None
        self._retry: Any = None
        self._next_look: Any = None
        self._stopping = False  # for good
        self._closing = False  # this connection
        self._settling = False
        self._paused = False

    @property
    def is_consuming(self) -> bool:
        session = self._session
        return session is not None and session.tag is not None

    def open(self) -> None:
        self._retry = None
        if self._stopping:
            self._end()
            return
        self._closing = self._settling = False
        self._error = None
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
        self._sessions += 1
        self._session = Session(self, self._sessions, channel)
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(self._cancelled)
        # The durable flag and nothing but passive, as the contract says: the stream's user may not declare.
        channel.queue_declare(self.settings.queue_name, passive=True, durable=True, callback=self._declared)

    def _declared(self, frame: Any) -> None:
        session = self._session
        if session is None:
            return
        self._buffer.ready(self, frame.method.message_count, frame.method.consumer_count)
        if self._mode == "probe" or self._stopping:
            self._close()
            return
        consume = partial(self._consume, session, frame.method.message_count)
        session.channel.basic_qos(prefetch_count=self.settings.prefetch, callback=consume)

    def _consume(self, session: Session, messages: int, _frame: Any = None) -> None:
        """Even from an empty queue: only now does the broker say whether this user may."""
        if self._stopping:
            self._close()
            return
        if self._paused:
            return
        deliver, patience = self._buffer.deliver, self.settings.heartbeat / 4
        last = messages if self._mode == "drain" else None  # of what waited: often the queue is empty then

        def delivered(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            session.received = tag = method.delivery_tag
            deliver(session, (tag, method.routing_key, _given(properties), body), patience)
            if tag == last:
                self._look_in(0, session)

        accepted = partial(self._accepted, session, messages)
        self._takes(session, session.channel.basic_consume(self.settings.queue_name, delivered, callback=accepted))

    def _accepted(self, session: Session, messages: int, _frame: Any) -> None:
        self._backoff.reset()
        if self._mode == "follow":
            self._loop.call_later(self.watch_seconds, partial(self._watch, session))
        elif messages:
            self._look_in(CHECK_SECONDS, session)
        else:
            self.stop()

    def _takes(self, session: Session, tag: str | None) -> str | None:
        """Note the consumer's tag. Returns the one before."""
        before, session.tag = session.tag, tag
        self._buffer.changed(self)
        return before

    def _can_ask(self, session: Session) -> bool:
        return session is self._session and bool(session.channel.is_open) and not self._stopping

    def _look_in(self, seconds: float, session: Session) -> None:
        if self._next_look is not None:
            self._loop.remove_timeout(self._next_look)
        self._next_look = self._loop.call_later(seconds, partial(self._look, session))

    def _look(self, session: Session) -> None:
        """Is the queue empty? The broker's answer comes after every message that it sent before."""
        if self._can_ask(session):
            looked = partial(self._looked, session, session.received)
            session.channel.queue_declare(self.settings.queue_name, passive=True, callback=looked)

    def _looked(self, session: Session, before: int, frame: Any) -> None:
        if frame.method.message_count == 0 and session.received == before:
            self.stop()
        else:
            self._look_in(CHECK_SECONDS, session)

    def _watch(self, session: Session) -> None:
        """How much waits, and is somebody else there?"""
        if self._can_ask(session) and session.tag is not None:
            watched = partial(self._watched, session)
            session.channel.queue_declare(self.settings.queue_name, passive=True, callback=watched)

    def _watched(self, session: Session, frame: Any) -> None:
        ours = session.tag is not None
        self._buffer.ready(self, frame.method.message_count, max(0, frame.method.consumer_count - ours))
        self._loop.call_later(self.watch_seconds, partial(self._watch, session))

    def pause(self) -> None:
        """Take no more for now; what was received is settled, nothing stays unacknowledged (R15)."""
        self._paused = True
        session = self._session
        if session is not None and session.tag is not None and session.channel.is_open:
            session.channel.basic_cancel(self._takes(session, None))

    def resume(self) -> None:
        """Take more again."""
        self._paused = False
        session = self._session
        if session is not None and session.tag is None and session.channel.is_open and not self._stopping:
            self._consume(session, 0)

    def stop(self, *, settle: bool = True) -> None:
        """Take no more. With `settle`, what was received is acknowledged first; without, it goes back to the queue."""
        already, self._stopping = self._stopping, True
        session = self._session
        if self._retry is not None:
            self._loop.remove_timeout(self._retry)
            self._end()
        elif not settle:
            self._close()
        elif already:
            return
        elif session is not None and session.tag is not None and session.channel.is_open:
            session.channel.basic_cancel(session.tag, callback=lambda _frame: self._settle(session))
        elif session is not None and session.channel.is_open:
            self._settle(session)
        else:
            self._close()

    def _settle(self, session: Session) -> None:
        self._settling = True
        self.settled(session)

    def acknowledge(self, number: int, tag: int) -> None:
        """Everything up to `tag`, of session `number`."""

        def answer(session: Session) -> None:
            for last in range(session.settled + ACKNOWLEDGED_AT_ONCE, tag, ACKNOWLEDGED_AT_ONCE):
                session.channel.basic_ack(last, multiple=True)
            session.channel.basic_ack(tag, multiple=True)

        self._answer(number, tag, answer)

    def give_back(self, number: int, tag: int) -> None:
        """This one, to the head of its queue."""
        self._answer(number, tag, lambda session: session.channel.basic_nack(tag, multiple=False, requeue=True))

    def _answer(self, number: int, tag: int, answer: Callable[[Session], None]) -> None:
        """A session that is gone has given its messages back to the queue."""
        session = self._session
        if session is not None and session.number == number:
            if session.channel.is_open:
                answer(session)
            session.settled = tag
            self.settled(session)

    def settled(self, session: Session) -> None:
        if self._settling and session is self._session and session.settled >= session.received:
            self._close()

    def _close(self) -> None:
        """This connection; a stream that is followed may get another one."""
        self._closing = True
        connection = self._connection
        if connection is None or connection.is_closed:
            self._end()
        elif not connection.is_closing:
            connection.close()

    def _cancelled(self, _frame: Any) -> None:
        """The broker ends a consumer when its queue is deleted."""
        self._fail(explain(pika.exceptions.ChannelClosedByBroker(404, "the queue was deleted"), self._at))

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._fail(explain(reason, self._at))

    def _fail(self, error: BrokerError) -> None:
        self._error = self._error or error
        self._close()

    def _lost(self, _connection: Any, reason: BaseException) -> None:
        ours = pika.exceptions.ConnectionClosedByClient | pika.exceptions.ConnectionOpenAborted
        if not (self._closing and isinstance(reason, ours)) and self._error is None:
            self._error = explain(reason, self._at)
        self._end()

    def _end(self) -> None:
        """The connection is gone: for good, or until the next attempt."""
        self._session = None
        if self._over:
            return
        if self._mode == "follow" and not self._stopping and self._error is not None:
            delay = self._backoff.next(permanent=self._error.permanent)
            self._buffer.lost(self, self._error, delay)
            self._retry = self._loop.call_later(delay, self._open_again)
            return
        self._over = True
        self._buffer.ended(self, None if self._stopping and self._mode == "follow" else self._error)

    def _open_again(self) -> None:
        """With the authorities as they are now, for a bundle may have been renewed; at another node if there is one."""
        self._attempt += 1
        self._at = self.settings.at(self._attempt)
        try:
            self._parameters = parameters(self._at)
        except SettingsError as error:
            self._retry = None
            self._error = BrokerError(str(error))
            self._end()
            return
        self.open()


def _given(properties: Any) -> dict[str, Any]:
    """Those of a message that it has."""
    return {name: value for name in AMQP_PROPERTIES if (value := getattr(properties, name)) is not None}
