# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many at once: every item its outcome, in the order of the items."""

from __future__ import annotations

import signal
import threading

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.concurrency import for_each
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import AuthError, Conflict, Exchange

EXCHANGE = Exchange("POST", "/v1/x", "h", 409)


@pytest.mark.parametrize("workers", [1, 4])
def test_results_are_in_the_order_of_the_items_whatever_came_first(workers: int) -> None:
    barrier = threading.Barrier(workers) if workers > 1 else None

    def call(item: int) -> int:
        if barrier and item < workers:
            barrier.wait(10)
        return item * 2

    attempts = for_each(list(range(20)), call, workers=workers)
    assert [(attempt.item, attempt.value) for attempt in attempts] == [(item, item * 2) for item in range(20)]


def test_never_more_at_a_time_than_workers() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def call(_item: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1

    for_each(list(range(200)), call, workers=3)
    assert most <= 3


@pytest.mark.parametrize("workers", [1, 4])
def test_an_error_belongs_to_its_item(workers: int) -> None:
    def call(item: int) -> int:
        if item == 2:
            raise Conflict(EXCHANGE, "in the list already")
        return item

    attempts = for_each([1, 2, 3], call, workers=workers)
    assert [attempt.value for attempt in attempts] == [1, None, 3]
    assert isinstance(attempts[1].error, Conflict)


def test_after_a_refused_login_nothing_further_is_begun() -> None:
    called: list[int] = []

    def call(item: int) -> int:
        called.append(item)
        raise AuthError(EXCHANGE, "unknown")

    attempts = for_each([1, 2, 3], call, workers=1)
    assert called == [1]
    assert [attempt.tried for attempt in attempts] == [True, False, False]


def test_ten_failures_in_a_row_end_it_and_a_success_begins_the_count_anew() -> None:
    good = {5, 15}

    def call(item: int) -> int:
        if item not in good:
            raise Conflict(EXCHANGE, "out of order")
        return item

    attempts = for_each(list(range(40)), call, workers=1)

    assert [attempt.item for attempt in attempts if attempt.tried] == list(range(26))


def test_an_error_that_the_caller_names_ends_it() -> None:
    def call(_item: int) -> int:
        raise Conflict(EXCHANGE, "gone")

    attempts = for_each([1, 2, 3], call, workers=1, ends=(Conflict,))

    assert [attempt.tried for attempt in attempts] == [True, False, False]


def test_a_defect_is_not_taken_for_an_outcome() -> None:
    def call(_item: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        for_each([1, 2], call, workers=2)


def test_a_time_out_of_the_task_does_not_wait_for_requests_under_way_and_begins_no_more() -> None:
    begun: list[int] = []
    both_run, let_go = threading.Barrier(3), threading.Event()
    others = set(threading.enumerate())

    class TimedOut(BaseException):
        pass

    def call(item: int) -> None:
        begun.append(item)
        both_run.wait(60)
        let_go.wait(60)

    def time_out(_number: int, _frame: object) -> None:
        raise TimedOut

    def when_both_run() -> None:
        both_run.wait(60)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, time_out)
    threading.Thread(target=when_both_run).start()
    try:
        with pytest.raises(TimedOut):
            for_each([1, 2, 3, 4], call, workers=2)
    finally:
        signal.signal(signal.SIGUSR1, before)
        let_go.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(60)

    assert sorted(begun) == [1, 2]


def test_nothing_to_do_is_nothing() -> None:
    assert for_each([], lambda item: item, workers=5) == []
