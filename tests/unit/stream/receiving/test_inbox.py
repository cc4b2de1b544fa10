# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from the thread that receives to the one that stores: nothing is lost on it, and nothing waits too long."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery, Inbox

LONG = 60.0  # seconds that no test waits


def delivery(number: int) -> Delivery:
    return Delivery(None, number, "", (), b"x")


def numbers(deliveries: list[Delivery]) -> list[int]:
    return [one.tag for one in deliveries]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    yield inbox
    inbox.close()


def test_enough_of_them_are_taken_at_once(inbox: Inbox) -> None:
    for number in range(5):
        inbox.put([delivery(number)])
    assert numbers(inbox.take(4, 100, 4, LONG, LONG)) == [0, 1, 2, 3]
    assert numbers(inbox.take(4, 100, 1, LONG, LONG)) == [4]


def test_who_waits_for_enough_is_told_by_the_last_of_them(inbox: Inbox) -> None:
    taken: list[int] = []

    def take_three() -> None:
        while len(taken) < 3:  # it may be told early, when a delivery comes just as it begins to wait for enough
            taken.extend(numbers(inbox.take(100, 100, 3 - len(taken), LONG, LONG)))

    taker = threading.Thread(target=take_three)
    taker.start()
    for number in range(3):
        inbox.put([delivery(number)])
    taker.join(LONG / 2)
    assert taken == [0, 1, 2]


def test_fewer_are_taken_once_lingering_is_over(inbox: Inbox) -> None:
    inbox.put([delivery(0)])
    assert numbers(inbox.take(100, 100, 3, 0.01, LONG)) == [0]


def test_a_wake_ends_the_waiting_for_enough(inbox: Inbox) -> None:
    taken: list[list[int]] = []
    taker = threading.Thread(target=lambda: taken.append(numbers(inbox.take(100, 100, 3, LONG, LONG))))
    taker.start()
    while taker.is_alive():  # it may come before the waiting begins, as in life: the loop around `take` looks again
        inbox.wake()
        taker.join(0.01)
    assert taken == [[]]


@pytest.mark.parametrize("bundle", [1, 30])
@pytest.mark.parametrize("enough", [1, 7, 1000])
def test_whatever_is_put_comes_out_once_and_in_order(inbox: Inbox, enough: int, bundle: int) -> None:
    count = 20_000

    def put_all() -> None:
        for first in range(0, count, bundle):
            inbox.put([delivery(number) for number in range(first, min(count, first + bundle))])

    putter = threading.Thread(target=put_all)
    putter.start()
    taken: list[int] = []
    while len(taken) < count:
        batch = inbox.take(500, 10_000, min(enough, 500), 0.001, LONG)
        inbox.settled(batch)
        taken += numbers(batch)
    putter.join()
    assert taken == list(range(count))
