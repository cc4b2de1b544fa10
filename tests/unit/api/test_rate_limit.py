# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly limit: both spellings, seconds, one budget of waiting, a reserve that bulk work leaves alone (R28)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.rate_limit import (
    LONGEST_JITTER,
    RateLimit,
    WaitTooLong,
)


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


def test_what_is_under_way_counts_against_the_reserve(clock: Clock) -> None:
    limit = limit_of(clock, wait=0, reserve=50)
    limit.learn({"x-ratelimit-remaining": "52", "x-ratelimit-reset": "20"})
    with limit.bulk_request(), limit.bulk_request(), pytest.raises(WaitTooLong), limit.bulk_request():
        pass
    with limit.bulk_request():
        assert clock.slept == []


def test_an_unknown_limit_hinders_nothing(clock: Clock) -> None:
    with limit_of(clock, wait=0).bulk_request():
        assert clock.slept == []
