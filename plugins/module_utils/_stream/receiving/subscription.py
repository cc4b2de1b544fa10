# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One stream's way through connecting, consuming, settling and closing; if it follows the stream, connecting again.

Everything here happens in the receiving process (`process`), in its event loop. What the storing process has to know
is reported through the send buffer.

    CONNECTING -> STANDING_BY -> SUBSCRIBING -> CONSUMING -> SETTLING -> CLOSING -> OVER
                       ^  ^                      |     |                    |
                       |  +------ OFFERING <-----+     v                    v
                       +------------------------- PAUSED     WAITING -> CONNECTING
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial
from operator import attrgetter
from typing import Any

from ..backoff import Backoff, Limits
from ..broker.connection import explain, parameters
from ..broker.settings import StreamSettings
from ..errors import BrokerError, SettingsError
from .claim import Claim
from .messages import Changed, Ended, Looked, Lost, Mode, Properties, State
from .send_buffer import SendBuffer

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika

CHECK_SECONDS = 0.2  # between two looks whether a queue is empty
AGAIN_SECONDS = 0.02  # before the look that has to say so, too
EMPTY_LOOKS = 2  # in a row: RabbitMQ's answer can overtake messages that are on their way to the channel
ACKNOWLEDGED_AT_ONCE = 250  # a broker that may send thousands at once has a tenth more to do for each

_properties_of = attrgetter(*Properties._fields)

_LEAVING = frozenset({State.CLOSING, State.WAITING, State.OVER})  # a connection can be lost at any time
_LOOKING = frozenset({State.STANDING_BY, State.SUBSCRIBING, State.CONSUMING, State.OFFERING, State.PAUSED})
_NEXT: Mapping[State, frozenset[State]] = {
    State.CONNECTING: _LEAVING | {State.STANDING_BY, State.PAUSED},
    State.STANDING_BY: _LEAVING | {State.SUBSCRIBING, State.PAUSED, State.SETTLING},
    State.SUBSCRIBING: _LEAVING | {State.CONSUMING, State.PAUSED, State.SETTLING},
    State.CONSUMING: _LEAVING | {State.OFFERING, State.PAUSED, State.SETTLING},
    State.OFFERING: _LEAVING | {State.STANDING_BY, State.PAUSED, State.SETTLING},
    State.PAUSED: _LEAVING | {State.STANDING_BY, State.SETTLING},
    State.SETTLING: _LEAVING,
    State.CLOSING: _LEAVING,
    State.WAITING: _LEAVING | {State.CONNECTING},
    State.OVER: frozenset(),
}


class Wanted(Enum):
    """What the storing process asked for last. It outlasts connections; END is final."""

    CONSUME = "consume"
    PAUSE = "pause"
    END = "end"


class Session:
    """One channel, from its opening to its end; delivery tags mean nothing outside of it."""

    def __init__(self, number: int, channel: Any) -> None:
        self.number = number
        self.channel = channel
        self.received = 0
        self.settled = 0  # the last tag that was answered; they are in their order
        self.waiting = 0  # how many messages the queue had when it was first consumed
        self.empty_looks = 0  # in a row, each with nothing in the queue and everything settled that came
        self.tag: str | None = None  # of the consumer, while there is one

    @property
    def is_settled(self) -> bool:
        return self.settled >= self.received


class Subscription:
    """See the head of the file. `claim` decides when the queue may be consumed.

    Raises SettingsError for a ca_path that cannot be used.
    """

    def __init__(
        self,
        settings: StreamSettings,
        number: int,
        buffer: SendBuffer,
        loop: Any,
        mode: Mode,
        limits: Limits,
        claim: Claim,
    ) -> None:
        self.settings = settings
        self.number = number
        self._buffer = buffer
        self._loop = loop
        self._mode = mode
        self._claim = claim
        self._attempt = 0
        self._at = settings.at(0)
        self._parameters = parameters(self._at)
        self._backoff = Backoff(limits=limits)
        self._connection: Any = None
        self._sessions = 0
        self._session: Session | None = None
        self._error: BrokerError | None = None
        self._timer: Any = None  # one at most: for the next look at the queue, or for the next attempt
        self._wanted = Wanted.CONSUME
        self._state = State.CONNECTING

    def _become(self, state: State) -> None:
        """Change the state: the only place that does. Raises RuntimeError where the table has no such way."""
        if state not in _NEXT[self._state]:
            raise RuntimeError(f"a subscription that is {self._state.value} cannot become {state.value}")
        self._state = state
        if state not in _LOOKING:
            self._cancel_timer()
        self._buffer.report(Changed(self.number, state))

    def _call_later(self, seconds: float, action: Callable[[], None]) -> None:
        self._cancel_timer()

        def act() -> None:
            self._timer = None
            action()

        self._timer = self._loop.call_later(seconds, act)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._loop.remove_timeout(self._timer)
            self._timer = None

    # Connecting

    def open(self) -> None:
        """Connect."""
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
        self._session = Session(self._sessions, channel)
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_cancel_callback(self._cancelled)
        channel.basic_qos(prefetch_count=self.settings.prefetch)
        self._look()

    # Looking at the queue

    def _look_in(self, seconds: float) -> None:
        self._call_later(seconds, self._look)

    def _look(self) -> None:
        """Ask how much waits and who else is there; the answer comes after every message that was sent before."""
        session = self._session
        if session is not None and session.channel.is_open:
            # The durable flag and nothing but passive, as the contract says: the stream's user may not declare.
            looked = partial(self._looked, session, session.received if session.is_settled else None)
            session.channel.queue_declare(self.settings.queue_name, passive=True, durable=True, callback=looked)

    def _looked(self, session: Session, received: int | None, frame: Any) -> None:
        if session is not self._session or not session.channel.is_open:
            return
        messages, others = frame.method.message_count, frame.method.consumer_count - (session.tag is not None)
        others = max(0, others)
        is_first, is_last = self._state is State.CONNECTING, self._mode == "probe"
        stands_by = self._state is State.STANDING_BY or (is_first and not is_last and self._wanted is Wanted.CONSUME)
        takes = stands_by and self._claim.may_take(others)
        if is_first or (self._mode == "follow" and self._state in _LOOKING):
            strangers = self._claim.strangers(others)
            self._buffer.report(Looked(self.number, messages, strangers, self._claim.found_others))
        if is_first and is_last:
            self._close()
        elif is_first:
            self._become(State.PAUSED if self._wanted is Wanted.PAUSE else State.STANDING_BY)
        if takes:
            self._consume(session, messages)
        else:
            session.empty_looks = session.empty_looks + 1 if messages == 0 and session.received == received else 0
            self._decide(session, is_empty=session.empty_looks >= EMPTY_LOOKS)
        if self._state in _LOOKING:
            seconds = AGAIN_SECONDS if session.empty_looks else CHECK_SECONDS
            self._look_in(seconds if self._mode == "drain" else self._claim.look_seconds)

    def _decide(self, session: Session, *, is_empty: bool) -> None:
        """Go on from what the look at the queue has shown."""
        if self._state is State.CONSUMING:
            if self._mode == "drain" and is_empty:
                self.stop()
            elif self._claim.must_offer():
                self._become(State.OFFERING)
                self._cancel(session)
        elif self._state is State.PAUSED:
            self._claim.forget()

    # Consuming

    def _consume(self, session: Session, messages: int) -> None:
        """Ask for messages, even of an empty queue: only now does the broker say whether this user may."""
        deliver, patience = self._buffer.deliver, self.settings.heartbeat / 4
        origin = self.number, session.number
        session.waiting = messages

        def delivered(_channel: Any, method: Any, properties: Any, body: bytes) -> None:
            session.received = tag = method.delivery_tag
            deliver(origin, (tag, method.routing_key, _properties_of(properties), body), patience)

        self._become(State.SUBSCRIBING)
        accepted = partial(self._accepted, session, messages)
        session.tag = session.channel.basic_consume(self.settings.queue_name, delivered, callback=accepted)

    def _accepted(self, session: Session, messages: int, _frame: Any) -> None:
        self._backoff.reset()
        if session is self._session and self._state is State.SUBSCRIBING:
            self._become(State.CONSUMING)
            if self._mode == "drain" and not messages:
                self._look_in(0)

    def _cancel(self, session: Session) -> None:
        """Have the broker send no more; what it still sends goes back to the queue, which is pika's doing."""
        tag, session.tag = session.tag, None
        if tag is not None and session.channel.is_open:
            session.channel.basic_cancel(tag, callback=lambda _frame: self._settled(session))

    def pause(self) -> None:
        """Take no more for now; what was received is settled, nothing stays unacknowledged (R15)."""
        if self._wanted is not Wanted.CONSUME:
            return
        self._wanted = Wanted.PAUSE
        if self._state in _LOOKING and self._session is not None:
            self._become(State.PAUSED)
            self._cancel(self._session)

    def resume(self) -> None:
        """Take more again, if the claim still allows it: somebody else may have a partition by now."""
        if self._wanted is not Wanted.PAUSE:
            return
        self._wanted = Wanted.CONSUME
        if self._state is State.PAUSED:
            self._become(State.STANDING_BY)
            self._look_in(0)

    # Answering

    def acknowledge(self, number: int, tag: int) -> None:
        """Acknowledge everything up to `tag`, of session `number`."""

        def answer(session: Session) -> None:
            for last in range(session.settled + ACKNOWLEDGED_AT_ONCE, tag, ACKNOWLEDGED_AT_ONCE):
                session.channel.basic_ack(last, multiple=True)
            session.channel.basic_ack(tag, multiple=True)

        self._answer(number, tag, answer)

    def give_back(self, number: int, tag: int) -> None:
        """Return this one to the head of its queue."""
        self._answer(number, tag, lambda session: session.channel.basic_nack(tag, multiple=False, requeue=True))

    def _answer(self, number: int, tag: int, answer: Callable[[Session], None]) -> None:
        """Answer nothing to a session that is gone: it has given its messages back to the queue."""
        session = self._session
        if session is not None and session.number == number:
            if session.channel.is_open:
                answer(session)
            session.settled = tag
            self._settled(session)

    def _settled(self, session: Session) -> None:
        """Go on where everything that came had to be answered first: until then the queue counts us as its consumer."""
        if session is not self._session or not session.is_settled:
            return
        if self._state is State.SETTLING:
            self._close()
        elif self._state is State.OFFERING:
            self._claim.offered()
            self._become(State.STANDING_BY)
            self._look_in(0)
        elif self._state is State.CONSUMING and self._mode == "drain" and session.received >= session.waiting:
            self._look_in(0)  # often the queue is empty now

    # Ending

    def stop(self, *, settle: bool = True) -> None:
        """Take no more. With `settle`, what was received is acknowledged first; without, it goes back to the queue."""
        self._wanted = Wanted.END
        session = self._session
        if self._state is State.WAITING:
            self._end()
        elif settle and self._state in _LOOKING and session is not None and session.channel.is_open:
            self._become(State.SETTLING)
            if session.tag is not None:
                self._cancel(session)
            else:
                self._settled(session)
        elif not settle or self._state is not State.SETTLING:
            self._close()

    def _close(self) -> None:
        """Close this connection; a stream that is followed may get another one."""
        if self._state is State.OVER:
            return
        if self._state is not State.CLOSING:
            self._become(State.CLOSING)
        connection = self._connection
        if connection is None or connection.is_closed:
            self._end()
        elif not connection.is_closing:
            connection.close()

    def _cancelled(self, _frame: Any) -> None:
        """Report a deleted queue: the broker ends its consumers."""
        self._fail(explain(pika.exceptions.ChannelClosedByBroker(404, "the queue was deleted"), self._at))

    def _channel_closed(self, _channel: Any, reason: Exception) -> None:
        if isinstance(reason, pika.exceptions.ChannelClosedByBroker):
            self._fail(explain(reason, self._at))

    def _fail(self, error: BrokerError) -> None:
        self._error = self._error or error
        self._close()

    def _lost(self, _connection: Any, reason: BaseException) -> None:
        ours = pika.exceptions.ConnectionClosedByClient | pika.exceptions.ConnectionOpenAborted
        if not (self._state is State.CLOSING and isinstance(reason, ours)) and self._error is None:
            self._error = explain(reason, self._at)
        self._end()

    def _end(self) -> None:
        """Give up the connection that is gone: for good, or until the next attempt."""
        self._session = None
        self._claim.forget()
        if self._state is State.OVER:
            return
        if self._mode == "follow" and self._wanted is not Wanted.END and self._error is not None:
            delay = self._backoff.next(permanent=self._error.permanent)
            self._become(State.WAITING)
            self._buffer.report(Lost(self.number, self._error, delay))
            self._call_later(delay, self._open_again)
            return
        self._become(State.OVER)
        asked_for = self._wanted is Wanted.END and self._mode == "follow"
        self._buffer.report(Ended(self.number, None if asked_for else self._error))

    def _open_again(self) -> None:
        """Connect again, to another node if there is one; a bundle of authorities may have been renewed."""
        self._attempt += 1
        self._at = self.settings.at(self._attempt)
        try:
            self._parameters = parameters(self._at)
        except SettingsError as error:
            self._error = BrokerError(str(error))
            self._end()
            return
        self._become(State.CONNECTING)
        self.open()
