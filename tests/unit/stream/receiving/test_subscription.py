# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a subscription asks and answers its broker, without one: in which state, with which timers."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.backoff import LIMITS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.partitions import PartitionSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import (
    StreamSettings,
    stream_settings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving import subscription
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.claim import (
    LOOKS_AFTER_OFFER,
    PartitionClaim,
    SoleClaim,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.messages import (
    Changed,
    Ended,
    Looked,
    Lost,
    Mode,
    State,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.subscription import Subscription
from hypothesis import given
from hypothesis import strategies as some

from ..deliveries import PASSWORD

SETTINGS = stream_settings(
    {"host": "127.0.0.1", "queue_name": "event_stream_1", "user_name": "1-a", "password": PASSWORD}, "stream"
)
MANY = 2000


class Loop:
    """Pika's event loop; `turn` does what is due."""

    def __init__(self) -> None:
        self.timers: dict[int, tuple[float, Callable[[], None]]] = {}
        self.count = 0

    def call_later(self, seconds: float, action: Callable[[], None]) -> int:
        self.count += 1
        self.timers[self.count] = (seconds, action)
        return self.count

    def remove_timeout(self, timer: int) -> None:
        del self.timers[timer]

    def turn(self) -> None:
        """Let the time of every timer come."""
        for timer in list(self.timers):
            if timer in self.timers:
                self.timers.pop(timer)[1]()


class Channel:
    """Holds outstanding tags as RabbitMQ does, which closes a channel that answers any other."""

    is_open = True

    def __init__(self) -> None:
        self.outstanding: list[int] = []
        self.steps: list[int] = []
        self.looks: list[Callable[[Any], None]] = []
        self.consumers: dict[str, Any] = {}
        self.confirms: list[Callable[[Any], None]] = []
        self.cancels: list[Callable[[Any], None]] = []
        self.delivered = 0

    def add_on_close_callback(self, callback: Any) -> None:
        self.on_close = callback

    def add_on_cancel_callback(self, callback: Any) -> None:
        self.on_cancel = callback

    def basic_qos(self, *, prefetch_count: int) -> None:
        self.prefetch = prefetch_count

    def queue_declare(self, _name: str, *, passive: bool, durable: bool, callback: Callable[[Any], None]) -> None:
        assert passive
        assert durable
        self.looks.append(callback)

    def basic_consume(self, _name: str, delivered: Any, callback: Callable[[Any], None]) -> str:
        tag = f"ctag{len(self.confirms)}.{len(self.cancels)}"
        self.consumers[tag] = delivered
        self.confirms.append(callback)
        return tag

    def basic_cancel(self, tag: str, callback: Callable[[Any], None]) -> None:
        del self.consumers[tag]
        self.cancels.append(callback)

    def basic_ack(self, tag: int, *, multiple: bool) -> None:
        assert multiple
        count = self.outstanding.index(tag) + 1
        del self.outstanding[:count]
        self.steps.append(count)

    def basic_nack(self, tag: int, *, multiple: bool, requeue: bool) -> None:
        assert requeue
        assert not multiple
        self.outstanding.remove(tag)

    # What the broker does

    def answer(self, messages: int = 0, consumers: int = 0) -> None:
        """Answer the looks at the queue and whatever was asked for before them."""
        for name in ("confirms", "cancels", "looks"):
            asked, self.__dict__[name] = self.__dict__[name], []
            for callback in asked:
                callback(SimpleNamespace(method=SimpleNamespace(message_count=messages, consumer_count=consumers)))

    def deliver(self, count: int) -> None:
        (delivered,) = self.consumers.values()
        for _number in range(count):
            self.delivered += 1
            self.outstanding.append(self.delivered)
            properties = SimpleNamespace(headers=None, content_type=None, message_id=None, timestamp=None)
            delivered(self, SimpleNamespace(delivery_tag=self.delivered, routing_key="key"), properties, b"{}")


class Connection:
    """Pika's, which the test opens and loses."""

    is_open = is_closed = is_closing = False

    def __init__(self, _parameters: Any, **callbacks: Any) -> None:
        self.on_open = callbacks["on_open_callback"]
        self.on_close = callbacks["on_close_callback"]
        self.made = Channel()

    def channel(self, on_open_callback: Callable[[Channel], None]) -> None:
        on_open_callback(self.made)

    def close(self) -> None:
        self.is_closing = True

    def lose(self, reason: BaseException | None = None) -> None:
        self.made.is_open = False
        self.is_closed = True
        self.on_close(self, reason or ConnectionResetError("reset"))


class Stage:
    """A subscription with everything around it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: StreamSettings = SETTINGS, mode: Mode = "follow"):
        self.loop = Loop()
        self.reports: list[Any] = []
        self.connections: list[Connection] = []
        self.now = 0.0

        def connect(parameters: Any, **callbacks: Any) -> Connection:
            self.connections.append(Connection(parameters, **callbacks))
            return self.connections[-1]

        monkeypatch.setattr(subscription.pika, "SelectConnection", connect)
        buffer: Any = SimpleNamespace(report=self.reports.append, deliver=lambda *_delivery: None)
        partition = isinstance(settings, PartitionSettings)
        claim = PartitionClaim(settings, lambda: self.now) if partition else SoleClaim()  # type: ignore[arg-type]
        self.subscription = Subscription(settings, 0, buffer, self.loop, mode, LIMITS, claim)
        self.subscription.open()

    @property
    def connection(self) -> Connection:
        return self.connections[-1]

    @property
    def channel(self) -> Channel:
        return self.connection.made

    @property
    def state(self) -> State:
        return self.subscription._state

    def start(self, messages: int = 0, consumers: int = 0) -> None:
        """Come as far as consuming, if the claim allows it."""
        self.connection.on_open(self.connection)
        self.channel.answer(messages, consumers)
        self.channel.answer()

    def turn(self, messages: int = 0, consumers: int = 0) -> None:
        self.loop.turn()
        self.channel.answer(messages, consumers)
        self.channel.answer(messages, consumers)

    def states(self) -> list[State]:
        return [one.state for one in self.reports if isinstance(one, Changed)]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def consuming(monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(monkeypatch)
    made.start()
    return made


@given(some.lists(some.tuples(some.integers(1, 600), some.booleans()), max_size=20))
def test_the_broker_may_send_anew_in_steps_and_each_tag_is_answered_once(answers: list[tuple[int, bool]]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        stage = consuming(monkeypatch)
    stage.channel.deliver(MANY)
    last = 0
    for more, is_given_back in answers:
        if last + more > MANY:
            break
        if is_given_back:
            last += 1
            stage.subscription.give_back(1, last)
        else:
            last += more
            stage.subscription.acknowledge(1, last)
        assert stage.channel.outstanding == list(range(last + 1, MANY + 1))
    assert all(count <= 250 for count in stage.channel.steps)


def test_a_session_that_is_gone_is_answered_nothing(stage: Stage) -> None:
    stage.start()
    stage.channel.deliver(600)
    stage.subscription.acknowledge(2, 600)
    assert stage.channel.steps == []


def test_it_consumes_only_once_the_broker_has_confirmed_it(stage: Stage) -> None:
    stage.connection.on_open(stage.connection)
    stage.channel.answer(messages=7)
    assert (stage.state, stage.channel.prefetch) == (State.SUBSCRIBING, SETTINGS.prefetch)
    assert stage.reports[0] == Looked(0, 7, 0, False)
    stage.channel.answer()
    assert stage.states() == [State.STANDING_BY, State.SUBSCRIBING, State.CONSUMING]


def test_there_is_one_watch_timer_however_often_it_was_paused(stage: Stage) -> None:
    stage.start()
    for _cycle in range(20):
        stage.subscription.pause()
        stage.channel.answer()
        stage.subscription.resume()
        stage.loop.turn()
        stage.channel.answer(messages=1)
        stage.channel.answer()
    assert (stage.state, len(stage.loop.timers)) == (State.CONSUMING, 1)
    stage.turn()
    assert len(stage.loop.timers) == 1
    assert [seconds for seconds, _action in stage.loop.timers.values()] == [SoleClaim().look_seconds]


def test_a_paused_stream_is_looked_at_and_settles_what_it_has(stage: Stage) -> None:
    stage.start()
    stage.channel.deliver(3)
    stage.subscription.pause()
    assert (stage.state, stage.channel.consumers) == (State.PAUSED, {})
    stage.subscription.acknowledge(1, 3)
    stage.turn(messages=9)
    assert stage.channel.outstanding == []
    assert [one for one in stage.reports if isinstance(one, Looked)][-1] == Looked(0, 9, 0, False)
    stage.subscription.resume()
    stage.turn()
    assert stage.state is State.CONSUMING


def test_a_pause_outlasts_a_lost_connection(stage: Stage) -> None:
    stage.start()
    stage.subscription.pause()
    stage.connection.lose()
    assert isinstance(stage.reports[-1], Lost)
    stage.loop.turn()
    stage.start()
    assert stage.state is State.PAUSED
    stage.subscription.resume()
    stage.turn()
    assert stage.state is State.CONSUMING


def test_it_stops_when_everything_that_came_is_answered(stage: Stage) -> None:
    stage.start()
    stage.channel.deliver(2)
    stage.subscription.stop()
    stage.channel.answer()
    stage.subscription.acknowledge(1, 1)
    assert (stage.state, stage.connection.is_closing) == (State.SETTLING, False)
    stage.subscription.acknowledge(1, 2)
    assert (stage.state, stage.connection.is_closing) == (State.CLOSING, True)
    stage.connection.lose(subscription.pika.exceptions.ConnectionClosedByClient(200, "bye"))
    assert (stage.reports[-1], stage.loop.timers) == (Ended(0, None), {})


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_between_two_attempts_ends_at_once(stage: Stage, paused: bool) -> None:
    if paused:
        stage.subscription.pause()
    stage.connection.lose()
    stage.subscription.stop()
    assert (stage.reports[-1], stage.loop.timers) == (Ended(0, None), {})


def test_a_drain_ends_when_two_looks_find_nothing_after_everything_was_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, mode="drain")
    stage.start(messages=2)
    stage.channel.deliver(2)
    stage.turn()
    stage.turn()
    assert stage.state is State.CONSUMING, "nothing was settled yet"
    stage.subscription.acknowledge(1, 2)
    stage.turn()
    assert stage.state is State.CONSUMING, "one look proves nothing"
    stage.turn()
    assert stage.connection.is_closing


def test_an_answer_that_overtakes_messages_does_not_end_a_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """RabbitMQ may say that a queue is empty while messages of it are still on their way to the channel."""
    stage = Stage(monkeypatch, mode="drain")
    stage.start(messages=2)
    stage.channel.deliver(2)
    stage.subscription.acknowledge(1, 2)
    stage.turn()  # says 0, although a third one was sent before
    stage.channel.deliver(1)
    stage.turn()
    assert stage.state is State.CONSUMING
    stage.subscription.acknowledge(1, 3)
    stage.turn()
    stage.turn()
    assert stage.connection.is_closing


def test_an_empty_queue_is_looked_at_twice_before_a_drain_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, mode="drain")
    stage.start()
    stage.turn()
    assert stage.state is State.CONSUMING
    stage.turn()
    assert stage.connection.is_closing


def test_a_probe_looks_and_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch, mode="probe")
    stage.connection.on_open(stage.connection)
    stage.channel.answer(messages=5)
    assert (stage.reports[0], stage.state) == (Looked(0, 5, 0, False), State.CLOSING)


def partition(rank: int) -> PartitionSettings:
    given = {"host": "127.0.0.1", "queue_name": "by_computer.00", "user_name": "worker", "password": PASSWORD}
    return PartitionSettings(**given, hosts=(("127.0.0.1", 5671),), rank=rank)


class TestPartition:
    """A stand-in's subscription; the whole of it with a broker is in tests/unit/stream/broker/test_partitions.py."""

    def test_the_owner_takes_it_at_once_whoever_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(monkeypatch, partition(0))
        stage.start(consumers=1)
        assert stage.state is State.CONSUMING
        assert stage.reports.index(Looked(0, 0, 0, True)) < stage.reports.index(Changed(0, State.SUBSCRIBING))

    def test_a_stand_in_takes_it_when_nobody_had_it_long_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(monkeypatch, partition(1))
        stage.start(consumers=1)
        stage.turn()
        assert stage.state is State.STANDING_BY
        stage.now += 61
        stage.turn()
        assert stage.state is State.CONSUMING

    def test_a_stand_in_offers_it_and_goes_on_if_nobody_takes_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(monkeypatch, partition(1))
        stage.start()
        stage.now += 61
        stage.turn()
        stage.channel.deliver(1)
        stage.now += 11
        stage.loop.turn()
        stage.channel.answer()
        assert stage.state is State.OFFERING
        stage.channel.answer()
        stage.subscription.acknowledge(1, 1)
        assert stage.state is State.STANDING_BY
        stage.turn(consumers=1)  # our own, which the queue still counts
        assert stage.state is State.STANDING_BY
        stage.turn()
        assert stage.state is State.CONSUMING

    def test_a_stand_in_leaves_it_to_the_owner_that_takes_it_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(monkeypatch, partition(1))
        stage.start()
        stage.now += 61
        stage.turn()
        stage.now += 11
        stage.turn(consumers=1)
        for _look in range(LOOKS_AFTER_OFFER):
            stage.turn(consumers=1)
        stage.turn()
        assert stage.state is State.STANDING_BY

    def test_a_stand_in_that_was_paused_waits_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stage = Stage(monkeypatch, partition(1))
        stage.start()
        stage.now += 61
        stage.turn()
        stage.subscription.pause()
        stage.turn()
        stage.subscription.resume()
        stage.now += 59
        stage.turn()
        assert stage.state is State.STANDING_BY
        stage.now += 61
        stage.turn()
        assert stage.state is State.CONSUMING


ORDERS: dict[str, Callable[[Stage], None]] = {
    "pause": lambda stage: stage.subscription.pause(),
    "resume": lambda stage: stage.subscription.resume(),
    "settle": lambda stage: stage.subscription.stop(),
    "stop": lambda stage: stage.subscription.stop(settle=False),
    "open": lambda stage: None if stage.connection.is_open else stage.connection.on_open(stage.connection),
    "answer": lambda stage: stage.channel.answer(),
    "busy": lambda stage: stage.channel.answer(messages=3, consumers=2),
    "turn": lambda stage: stage.loop.turn(),
    "later": lambda stage: setattr(stage, "now", stage.now + 30),
    "lose": lambda stage: None if stage.connection.is_closed else stage.connection.lose(),
    "deliver": lambda stage: stage.channel.deliver(1) if len(stage.channel.consumers) == 1 else None,
    "acknowledge": lambda stage: (
        stage.subscription.acknowledge(stage.subscription._sessions, stage.channel.outstanding[-1])
        if stage.channel.outstanding
        else None
    ),
}


@given(some.lists(some.sampled_from(sorted(ORDERS)), max_size=60), some.sampled_from([None, 0, 1]))
def test_whatever_happens_there_is_one_timer_and_it_can_be_ended(happening: list[str], rank: int | None) -> None:
    """No order of events leads to a state that the table does not know, which would end the process."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        stage = Stage(monkeypatch, SETTINGS if rank is None else partition(rank))
        for one in happening:
            if one == "open" and (stage.connection.is_closed or stage.subscription._session is not None):
                continue
            if stage.connection.is_closed and one in ("answer", "busy", "deliver", "acknowledge"):
                continue
            ORDERS[one](stage)
            assert len(stage.loop.timers) <= 1
        stage.subscription.stop(settle=False)
        if not stage.connection.is_closed:
            assert stage.connection.is_closing
            stage.connection.lose(subscription.pika.exceptions.ConnectionClosedByClient(200, "bye"))
        assert (stage.state, stage.loop.timers) == (State.OVER, {})
        assert sum(isinstance(one, Ended) for one in stage.reports) == 1
