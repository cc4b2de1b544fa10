# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly limit: what the answers say of it, when to wait for its reset, when not to begin.

The limit is the client's (or even the tenant's), not the task's (R28). This file is private to the collection.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

# On the wire and in the documentation (api-contract 1); header names are compared without case.
SPELLINGS = ("x-ratelimit-", "x-rate-limit-")
WAIT_WITHOUT_RESET = 2  # seconds, doubled each time, where a 429 does not say when the limit resets
TASKS_AT_ONCE = 50  # that may use the limit together, such as one for each host
SAME_HOUR = 60.0  # seconds that the resets of two answers of one hour differ at most: they are told in whole seconds
LONGEST_JITTER = 5.0  # seconds: several clients wait for the same reset


class RateLimitStatus(NamedTuple):
    """What the last answer said, as of now."""

    limit: int | None
    remaining: int
    reset_seconds: int | None


class WaitTooLong(Exception):
    """The limit resets later than `rate_limit_wait` allows to wait; `seconds` is None where the cloud did not say."""

    def __init__(self, seconds: int | None) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class RateLimit:
    """Shared by all requests of a task, from any thread."""

    def __init__(
        self,
        wait: float,
        reserve: int,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._may_wait = wait
        self._reserve = reserve
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Condition()  # notified when a bulk request has ended
        self._limit: int | None = None
        self._remaining: int | None = None
        self._resets_at: float | None = None
        self._answered = False  # since the start, or since the last wait for a reset
        self._bulk_in_flight = 0
        self._refusals = 0
        self.resets_waited_for = 0

    @property
    def status(self) -> RateLimitStatus | None:
        with self._lock:
            return (
                None if self._remaining is None else RateLimitStatus(self._limit, self._remaining, self._seconds_left())
            )

    def learn(self, headers: Mapping[str, str]) -> None:
        """Take over what an answer says.

        Answers of concurrent requests overtake each other, so the smallest number of an hour is the newest.
        """
        remaining, reset = _number(headers, "remaining"), _number(headers, "reset")
        with self._lock:
            self._answered = True
            if remaining is None:
                return
            resets_at = None if reset is None else self._clock() + reset
            if self._remaining is not None and not self._begins_anew(resets_at):
                remaining = min(remaining, self._remaining)
            self._limit = _number(headers, "limit")
            self._remaining = remaining
            self._resets_at = resets_at

    def _begins_anew(self, resets_at: float | None) -> bool:
        """Say whether an answer is of a later hour than the last one."""
        return None in (resets_at, self._resets_at) or resets_at - self._resets_at > SAME_HOUR  # type: ignore[operator]

    @contextmanager
    def bulk_request(self) -> Iterator[None]:
        """Let one of many requests begin: wait, or raise WaitTooLong, before it would touch the reserve.

        Other tasks use the same limit, and none knows of the requests of another. So the first request goes alone, to
        learn what is left, and then a task has a fiftieth of that under way at most, but one always. When up to 50
        tasks reach the reserve, each of them has at most one request beyond it.
        """
        with self._lock:
            while not self._may_begin():
                if self._bulk_in_flight:
                    self._lock.wait()  # its answer says more
                else:
                    self._wait(self._seconds_left())
            self._bulk_in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self._bulk_in_flight -= 1
                self._lock.notify_all()

    def _may_begin(self) -> bool:
        if self._remaining is None:
            return self._answered or not self._bulk_in_flight
        left = self._remaining - self._reserve
        return left > 0 and self._bulk_in_flight < max(1, left // TASKS_AT_ONCE)

    def wait_after_refusal(self, headers: Mapping[str, str], resets_before: int) -> None:
        """After a 429. Nothing was done, so any request may be repeated once this returns; raises WaitTooLong.

        `resets_before` is `resets_waited_for` when the request was sent: of several that are refused at once only the
        first one waits.
        """
        with self._lock:
            if resets_before == self.resets_waited_for:
                reset = _number(headers, "reset")
                self._wait(reset if reset is not None else _retry_after(headers))

    def _wait(self, seconds: int | None) -> None:
        guess = WAIT_WITHOUT_RESET * 2**self._refusals
        needed = max(guess if seconds is None else seconds, 1)
        if needed > self._may_wait:
            raise WaitTooLong(seconds)
        jitter = random.uniform(0, min(LONGEST_JITTER, needed))  # noqa: S311 - not cryptography
        pause = min(needed + jitter, self._may_wait)
        self._refusals += 1
        self._may_wait -= pause
        self._sleep(pause)
        self._remaining = None
        self._answered = False
        self.resets_waited_for += 1

    def _seconds_left(self) -> int | None:
        return None if self._resets_at is None else max(0, round(self._resets_at - self._clock()))


def _number(headers: Mapping[str, str], name: str) -> int | None:
    for spelling in SPELLINGS:
        text = headers.get(spelling + name, "").strip()
        if text.isascii() and text.isdigit():
            return int(text[:9])
    return None


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = headers.get("retry-after", "").strip()
    return int(text[:9]) if text.isascii() and text.isdigit() else None
