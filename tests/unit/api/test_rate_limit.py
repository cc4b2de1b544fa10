# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly limit: both spellings, seconds, one budget of waiting, a reserve that bulk work leaves alone (R28)."""

from __future__ import annotations

import queue
import threading

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.rate_limit import (
    LONGEST_JITTER,
    RateLimit,
    WaitTooLong,
)

SOON = 30  # seconds that a test waits for what comes at once


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limit_of(clock: Clock, wait: float = 60, reserve: int = 50) -> RateLimit:
    return RateLimit(wait, reserve, lambda: clock.now, clock.sleep)


@pytest.mark.parametrize("prefix", ["x-ratelimit-", "x-rate-limit-"])
def test_both_spellings_are_understood_and_the_seconds_run(clock: Clock, prefix: str) -> None:
    limit = limit_of(clock)
    limit.learn({f"{prefix}limit": "3000", f"{prefix}remaining": "2998", f"{prefix}reset": "3573"})
    clock.now += 73
    assert limit.status == (3000, 2998, 3500)


@pytest.mark.parametrize("remaining", ["", "many", "-1", "1e3", "²"])
def test_a_header_that_is_no_number_says_nothing(clock: Clock, remaining: str) -> None:
    limit = limit_of(clock)
    limit.learn({"x-ratelimit-remaining": remaining})
    assert limit.status is None


def test_a_refusal_waits_for_the_reset_and_a_little_longer(clock: Clock) -> None:
    limit_of(clock, wait=60).wait_after_refusal({"x-ratelimit-reset": "40"}, 0)
    assert len(clock.slept) == 1
    assert 40 <= clock.slept[0] <= 40 + LONGEST_JITTER


def test_a_reset_beyond_the_budget_fails_at_once_and_says_when(clock: Clock) -> None:
    with pytest.raises(WaitTooLong) as too_long:
        limit_of(clock, wait=60).wait_after_refusal({"x-ratelimit-reset": "61"}, 0)
    assert (too_long.value.seconds, clock.slept) == (61, [])


def test_the_budget_is_the_tasks_not_the_requests(clock: Clock) -> None:
    limit = limit_of(clock, wait=60)
    limit.wait_after_refusal({"x-ratelimit-reset": "40"}, 0)
    with pytest.raises(WaitTooLong):
        limit.wait_after_refusal({"x-ratelimit-reset": "40"}, 1)


def test_zero_never_waits(clock: Clock) -> None:
    with pytest.raises(WaitTooLong):
        limit_of(clock, wait=0).wait_after_refusal({"x-ratelimit-reset": "0"}, 0)


def test_retry_after_counts_where_there_is_no_reset(clock: Clock) -> None:
    limit_of(clock).wait_after_refusal({"retry-after": "7"}, 0)
    assert 7 <= clock.slept[0] <= 7 + LONGEST_JITTER


def test_without_any_word_of_the_cloud_the_waits_double_until_the_budget_ends(clock: Clock) -> None:
    limit = limit_of(clock, wait=10)
    limit.wait_after_refusal({}, 0)
    limit.wait_after_refusal({}, 1)
    with pytest.raises(WaitTooLong) as too_long:
        limit.wait_after_refusal({}, 2)
    assert too_long.value.seconds is None
    assert clock.slept[0] >= 2
    assert clock.slept[1] >= 4


def test_of_several_refused_at_once_only_the_first_waits(clock: Clock) -> None:
    limit = limit_of(clock)
    for _request in range(5):
        limit.wait_after_refusal({"x-ratelimit-reset": "10"}, 0)
    assert len(clock.slept) == 1


def test_bulk_work_waits_before_it_touches_the_reserve(clock: Clock) -> None:
    limit = limit_of(clock, reserve=50)
    limit.learn({"x-ratelimit-remaining": "50", "x-ratelimit-reset": "20"})
    with limit.bulk_request():
        assert clock.slept[0] >= 20


def headers(remaining: int, reset: int = 3000) -> dict[str, str]:
    return {"x-ratelimit-remaining": str(remaining), "x-ratelimit-reset": str(reset)}


class Requests:
    """Bulk requests of one task, each in a thread, that end when the test says so."""

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self.begun: queue.Queue[threading.Event] = queue.Queue()
        self.refused: queue.Queue[WaitTooLong] = queue.Queue()
        self.threads: list[threading.Thread] = []

    def send(self, answer: dict[str, str]) -> None:
        def request() -> None:
            end = threading.Event()
            try:
                with self.limit.bulk_request():
                    self.begun.put(end)
                    end.wait(SOON)
                    self.limit.learn(answer)
            except WaitTooLong as error:
                self.refused.put(error)

        self.threads.append(threading.Thread(target=request))
        self.threads[-1].start()

    def join(self) -> None:
        for thread in self.threads:
            thread.join(SOON)
            assert not thread.is_alive()


def test_near_the_reserve_one_request_waits_for_the_answer_of_the_other(clock: Clock) -> None:
    limit = limit_of(clock, wait=0, reserve=50)
    limit.learn(headers(52))
    requests = Requests(limit)
    requests.send(headers(51))
    first = requests.begun.get(timeout=SOON)
    requests.send(headers(50))
    assert requests.begun.empty()

    first.set()
    requests.begun.get(timeout=SOON).set()  # it did not wait for the reset: the reserve is not reached
    requests.join()

    assert requests.refused.empty()
    assert clock.slept == []


@pytest.mark.parametrize(("remaining", "at_once"), [(50 + 150, 3), (50 + 149, 2), (51, 1)])
def test_a_task_has_a_fiftieth_of_what_is_left_under_way(clock: Clock, remaining: int, at_once: int) -> None:
    limit = limit_of(clock, wait=0, reserve=50)
    limit.learn(headers(remaining))
    requests = Requests(limit)
    for _number in range(at_once):
        requests.send(headers(remaining))
    ends = [requests.begun.get(timeout=SOON) for _number in range(at_once)]
    requests.send(headers(remaining))
    assert requests.begun.empty()

    for end in ends:
        end.set()
    requests.begun.get(timeout=SOON).set()
    requests.join()


def test_fifty_tasks_with_sixty_requests_left_have_one_beyond_the_reserve_each(clock: Clock) -> None:
    left, lock = [60], threading.Lock()
    all_began = threading.Barrier(50)

    def task() -> None:
        limit = limit_of(clock, wait=0, reserve=50)

        def request_until_refused() -> None:
            for number in range(20):
                with limit.bulk_request():
                    if number == 0:
                        all_began.wait(SOON)
                    with lock:
                        left[0] -= 1
                        answer = headers(left[0])
                    limit.learn(answer)

        with pytest.raises(WaitTooLong):
            request_until_refused()
        assert limit.status is not None
        assert limit.status.remaining <= 50  # it went on as long as it knew of nothing else

    threads = [threading.Thread(target=task) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)

    assert 0 <= left[0] <= 10


def test_where_the_answers_reach_the_reserve_the_rest_is_refused(clock: Clock) -> None:
    limit = limit_of(clock, wait=0, reserve=50)
    limit.learn(headers(51))
    requests = Requests(limit)
    requests.send(headers(50))
    end = requests.begun.get(timeout=SOON)
    requests.send(headers(49))
    end.set()
    requests.join()

    assert requests.begun.empty()
    assert requests.refused.get(timeout=SOON).seconds == 3000


def test_the_first_request_goes_alone_until_its_answer(clock: Clock) -> None:
    requests = Requests(limit_of(clock))
    for _number in range(5):
        requests.send(headers(2000))
    first = requests.begun.get(timeout=SOON)
    assert requests.begun.empty()

    first.set()
    for _number in range(4):
        requests.begun.get(timeout=SOON).set()
    requests.join()


def test_a_cloud_that_says_nothing_of_a_limit_slows_down_the_first_request_only(clock: Clock) -> None:
    limit = limit_of(clock)
    requests = Requests(limit)
    requests.send({})
    requests.begun.get(timeout=SOON).set()
    requests.join()
    for _number in range(3):
        requests.send({})
    ends = [requests.begun.get(timeout=SOON) for _number in range(3)]
    for end in ends:
        end.set()
    requests.join()


def test_an_answer_that_was_overtaken_does_not_give_requests_back(clock: Clock) -> None:
    limit = limit_of(clock)
    limit.learn(headers(51))
    limit.learn(headers(53))
    assert limit.status == (None, 51, 3000)

    clock.now += 3001
    limit.learn(headers(2999, reset=3599))
    assert limit.status == (None, 2999, 3599)


def test_an_unknown_limit_hinders_nothing(clock: Clock) -> None:
    with limit_of(clock, wait=0).bulk_request():
        assert clock.slept == []
