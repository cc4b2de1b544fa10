# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that receives: it ends with the one that stores, and the other way round it is told."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import BrokerError, StreamError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving import send_buffer
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Inbox
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.messages import (
    Acknowledge,
    Changed,
    Deliveries,
    State,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.receiver import (
    Receiver,
    RemoteSubscription,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.send_buffer import (
    Gone,
    SendBuffer,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.wire import (
    Unpacker,
    messages,
    packed,
)
from hypothesis import given
from hypothesis import strategies as some

from ..conftest import Stream
from ..deliveries import PASSWORD, body
from ..draining import numbers
from ..processes import children, has_ended
from ..serving import Process, configuration, wait_until

LONG = 60.0  # seconds that no test waits


class Ears:
    """A Listener."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []

    def ready(self, _stream: RemoteSubscription, messages: int, _consumers: int) -> None:
        self.heard.append(("ready", messages))

    def consumable(self, _stream: RemoteSubscription) -> None:
        self.heard.append(("consumable", None))

    def lost(self, _stream: RemoteSubscription, error: BrokerError, _retry_seconds: float) -> None:
        self.heard.append(("lost", error))

    def ended(self, _stream: RemoteSubscription, error: BrokerError | None) -> None:
        self.heard.append(("ended", error))


class Bench:
    """A receiver that follows one stream."""

    def __init__(self, stream: Stream) -> None:
        self.inbox = Inbox()
        self.ears = Ears()
        self.receiver = Receiver([stream.settings], self.inbox, self.ears, "follow")
        self.pid = self.receiver._process.pid

    def start(self) -> None:
        self.receiver.start()
        wait_until(lambda: self.receiver.subscriptions[0].is_consuming, "the stream")

    def take(self) -> list[Any]:
        return self.inbox.take(100, 10**6, 1, 0, LONG)


@pytest.fixture
def bench(stream: Stream) -> Iterator[Bench]:
    made = Bench(stream)
    yield made
    made.inbox.close()
    made.receiver.close(10)


def test_what_it_gives_back_comes_again(bench: Bench, stream: Stream) -> None:
    stream.publish([body(1)])
    bench.start()
    (first,) = bench.take()
    first.session.give_back(first.tag)
    (again,) = bench.take()
    assert (again.body, again.session) == (first.body, first.session)
    again.session.acknowledge(again.tag)
    bench.receiver.stop(settle=True)
    wait_until(bench.receiver.subscriptions[0].over.is_set, "its end")
    assert (bench.ears.heard, stream.length()) == ([("ready", 1), ("consumable", None), ("ended", None)], 0)


def test_one_that_is_killed_is_told_and_its_messages_go_back(bench: Bench, stream: Stream) -> None:
    stream.publish([body(1)])
    bench.start()
    bench.take()
    os.kill(bench.pid, signal.SIGKILL)
    wait_until(lambda: bench.receiver.failure, "its failure")
    assert str(bench.receiver.failure) == "the receiving process was ended by signal 9"
    wait_until(lambda: stream.length() == 1, "the message in its queue")


def test_it_goes_on_when_a_terminal_or_systemd_signals_all_processes(bench: Bench, stream: Stream) -> None:
    bench.start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(bench.pid, number)
    stream.publish([body(1)])
    assert len(bench.take()) == 1


def test_nobody_sees_a_password_in_the_list_of_processes(bench: Bench) -> None:
    bench.start()
    for told in ("cmdline", "environ"):
        assert PASSWORD.encode() not in Path(f"/proc/{bench.pid}/{told}").read_bytes()


def test_one_that_cannot_begin_is_told_with_its_own_words(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    bench = Bench(stream)
    bench.receiver.start()
    wait_until(lambda: bench.receiver.failure, "its failure")
    bench.receiver.close(1)
    assert "the receiving process ended with 1: " in str(bench.receiver.failure)
    assert "Error: " in str(bench.receiver.failure)


def test_one_that_fails_is_told_with_its_own_words(bench: Bench) -> None:
    bench.start()
    bench.receiver.order(Acknowledge(1, 1, 1))  # there is one stream only
    wait_until(lambda: bench.receiver.failure, "its failure")
    assert str(bench.receiver.failure) == "the receiving process ended with 1: IndexError: list index out of range"


def test_an_interpreter_that_is_gone_is_told(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(StreamError, match="cannot be started: No such file or directory"):
        Bench(stream)


def test_it_ends_with_the_process_that_stores(stream: Stream, tmp_path: Path) -> None:
    """Also when that is killed: else two would share the queue when it is started again."""
    process = Process(tmp_path, configuration(tmp_path, stream.settings))
    wait_until(lambda: stream.consumers() == 1, "the service")
    (receiving,) = children(process.process.pid)
    process.kill()
    wait_until(lambda: has_ended(receiving), "the end of the receiving process")
    wait_until(lambda: stream.consumers() == 0, "the end of its connection")


def test_a_service_whose_receiving_process_was_killed_ends_and_the_next_loses_nothing(
    stream: Stream, tmp_path: Path
) -> None:
    configured = configuration(tmp_path, stream.settings)
    process = Process(tmp_path, configured)
    wait_until(lambda: stream.consumers() == 1, "the service")
    (receiving,) = children(process.process.pid)
    os.kill(receiving, signal.SIGKILL)
    assert process.end() == 2
    assert "the receiving process was ended by signal 9" in (tmp_path / "log").read_text() + process.said
    stream.publish([body(number) for number in range(20)])
    again = Process(tmp_path, configured)
    wait_until(lambda: stream.length() == 0 and len(numbers(tmp_path)) == 20, "the events")
    assert again.stop() == 0


plain = some.recursive(some.none() | some.integers() | some.binary() | some.text(), some.lists, max_leaves=5)


@given(some.lists(some.tuples(some.text(), plain)), some.lists(some.integers(1, 50), min_size=1))
def test_messages_come_out_as_they_went_in_however_they_are_cut(sent: list[tuple[Any, ...]], cuts: list[int]) -> None:
    stream = b"".join(map(packed, sent))
    unpacker = Unpacker()
    came: list[Any] = []
    place = 0
    while place < len(stream):
        size = cuts[place % len(cuts)]
        came += unpacker.feed(stream[place : place + size])
        place += size
    assert came == sent


@given(some.lists(some.tuples(some.text()), min_size=1), some.integers(1, 10))
def test_a_message_that_was_torn_by_a_kill_is_none(sent: list[tuple[Any, ...]], missing: int) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"".join(map(packed, sent))[:-missing])
        ours.close()
        with theirs.makefile("rb") as file:
            assert list(messages(file)) == sent[:-1]


class Loop:
    """What a send buffer needs of pika's loop; `turn` does what is due."""

    READ, WRITE = select.POLLIN, select.POLLOUT

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []
        self.events = self.READ

    def call_later(self, _seconds: float, callback: Callable[[], None]) -> None:
        self.due.append(callback)

    def update_handler(self, _descriptor: int, events: int) -> None:
        self.events = events

    def turn(self) -> None:
        due, self.due = self.due, []
        for callback in due:
            callback()


class Pair:
    """A send buffer and the other end of its socket."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.end, ours = socket.socketpair()
        ours.setblocking(False)
        self.ours = ours
        self.buffer = SendBuffer(ours, self.loop)
        self.origin = 0, 1
        self.unpacker = Unpacker()

    def deliver(self, tag: int, content: bytes = b"x", patience: float = 0.0) -> None:
        self.buffer.deliver(self.origin, (tag, "key", {}, content), patience)

    def came(self) -> list[Any]:
        """Everything, as a busy reader would get it."""
        self.end.setblocking(False)
        found: list[Any] = []
        while True:
            self.loop.turn()
            if self.loop.events & Loop.WRITE:
                self.buffer.send()
            try:
                found += self.unpacker.feed(self.end.recv(1024 * 1024))
            except BlockingIOError:
                if not self.loop.due and not self.loop.events & Loop.WRITE:
                    return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    yield made
    made.end.close()
    made.ours.close()


def tags(message: Deliveries) -> list[int]:
    return [one[0] for one in message.contents]


def test_what_was_read_at_once_goes_as_one_bundle_and_in_order(pair: Pair) -> None:
    pair.deliver(1)
    pair.deliver(2)
    pair.buffer.report(Changed(0, State.CONSUMING))
    pair.deliver(3)
    first, changed, second = pair.came()
    assert (tags(first), changed, tags(second)) == ([1, 2], Changed(0, State.CONSUMING), [3])


def test_another_session_has_another_bundle(pair: Pair) -> None:
    pair.deliver(1)
    pair.origin = 0, 2
    pair.deliver(1)
    assert [(message.session, tags(message)) for message in pair.came()] == [(1, [1]), (2, [1])]


def test_a_busy_reader_gets_fewer_and_larger_bundles(pair: Pair) -> None:
    for tag in range(1, 501):
        pair.deliver(tag, bytes(10_000))
        pair.loop.turn()
    bundles = [tags(message) for message in pair.came()]
    assert list(chain(*bundles)) == list(range(1, 501))
    assert max(map(len, bundles)) > 20


def test_too_much_that_waits_holds_the_sender_back_until_there_is_room(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_buffer, "MAX_BYTES_WAITING", 1_000_000)
    waited: list[float] = []

    def wait(_read: Any, _write: Any, _errors: Any, seconds: float) -> None:
        waited.append(seconds)
        pair.end.recv(1024 * 1024)

    monkeypatch.setattr(send_buffer.select, "select", wait)
    for tag in range(1, 301):
        pair.deliver(tag, bytes(10_000), patience=LONG)
    assert waited
    assert pair.buffer._waiting_bytes <= 1_000_000


def test_patience_ends_so_that_heartbeats_go_on(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send_buffer, "MAX_BYTES_WAITING", 100_000)
    for tag in range(1, 101):
        pair.deliver(tag, bytes(10_000), patience=0.001)
    assert list(chain(*map(tags, pair.came()))) == list(range(1, 101))


def test_a_reader_that_is_gone_ends_it(pair: Pair) -> None:
    pair.end.close()
    pair.deliver(1)
    with pytest.raises(Gone):
        pair.loop.turn()
