# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deliveries that go past pika: what comes out is what the broker sent, in its order, wherever its bytes were cut."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pika
import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.deliveries import (
    Connection,
    properties_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.messages import Properties
from hypothesis import given
from hypothesis import strategies as some
from pika import frame, spec

TAG = "ctag1.abc"
PROPERTIES = pika.BasicProperties("application/octet-stream", headers={"CC": ["a.b.c.d"]}, delivery_mode=2)
ENCODED = b"".join(PROPERTIES.encode())
HEARTBEAT = frame.Heartbeat().marshal()


def message(number: int, body: bytes, *, consumer: str = TAG, channel: int = 1, pieces: int = 1) -> list[bytes]:
    """The frames of one delivery."""
    deliver = spec.Basic.Deliver(
        consumer, number, redelivered=bool(number % 2), exchange="x", routing_key=f"k.{number}"
    )
    size = max(1, -(-len(body) // pieces))
    return [
        frame.Method(channel, deliver).marshal(),
        frame.Header(channel, len(body), PROPERTIES).marshal(),
        *(frame.Body(channel, body[start : start + size]).marshal() for start in range(0, len(body), size)),
    ]


class Read:
    """A connection after its handshake; `come` has what it delivered itself, and the frames that pika got."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.come: list[Any] = []
        monkeypatch.setattr(pika.SelectConnection, "_on_data_available", lambda _self, data: self.come.append(data))
        self.connection = Connection.__new__(Connection)
        self.connection.bytes_received = 0
        self.connection.expect(1, TAG, lambda *delivery: self.come.append(delivery))

    def feed(self, data: bytes) -> None:
        self.connection._on_data_available(data)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    return Read(monkeypatch)


plain = some.binary(min_size=1, max_size=40).map(lambda body: ("ours", message(7, body), body))
by_pika = some.one_of(
    some.just(message(8, b"")),
    some.just(message(9, b"{}", consumer="ctag1.ab")),
    some.just(message(9, b"{}", consumer=TAG + "d")),
    some.just(message(9, b"{}", channel=2)),
    some.binary(min_size=4, max_size=40).map(lambda body: message(10, body, pieces=2)),
    some.just([HEARTBEAT]),
    some.just([message(11, b"{}")[0], HEARTBEAT, *message(11, b"{}")[1:]]),
    some.just([*message(11, b"{}")[:2], HEARTBEAT, message(11, b"{}")[2]]),
    some.just([message(12, b"{}")[0][:-1] + b"\0", *message(12, b"{}")[1:]]),
).map(lambda frames: ("pika", frames, b""))


@given(some.lists(some.one_of(plain, by_pika), max_size=6), some.data())
def test_whatever_was_sent_comes_once_and_in_order_wherever_it_was_cut(sent: list[Any], data: Any) -> None:
    stream = b"".join(part for _way, frames, _body in sent for part in frames)
    cuts = data.draw(some.lists(some.integers(0, len(stream)), max_size=8))
    with pytest.MonkeyPatch.context() as monkeypatch:
        read = Read(monkeypatch)
        for start, end in pairwise(sorted([0, *cuts, len(stream)])):
            read.feed(stream[start:end])
    expected: list[Any] = []
    for way, frames, body in sent:
        expected += [(7, "k.7", ENCODED, body)] if way == "ours" else frames
    assert read.come == expected
    assert read.connection._unread == b""


def test_a_delivery_counts_as_a_sign_of_life_of_the_broker(read: Read) -> None:
    whole = b"".join(message(1, b"{}"))
    read.feed(whole[:-1])
    assert read.connection.bytes_received == 0
    read.feed(whole[-1:])
    assert read.connection.bytes_received == len(whole)


def test_after_the_consumer_is_cancelled_pika_gets_what_still_comes(read: Read) -> None:
    read.connection.expect_none()
    read.feed(b"".join(message(1, b"{}")))
    assert read.come == message(1, b"{}")


def test_a_broker_of_another_version_is_for_pika_to_refuse(read: Read) -> None:
    read.feed(b"AMQP\0\1\0\0")
    assert read.come == [b"AMQP\0\1\0\0"]


@pytest.mark.parametrize(
    ("given_properties", "expected"),
    [
        (ENCODED, Properties({"CC": ["a.b.c.d"]}, "application/octet-stream")),
        (Properties({"a": 1}), Properties({"a": 1})),
        (ENCODED[:-3], Properties()),
        (b"\xff", Properties()),
    ],
)
def test_properties_are_decoded_when_somebody_asks_and_broken_ones_are_none(
    given_properties: Any, expected: Properties
) -> None:
    assert properties_of(given_properties) == expected
