# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many writes at once, each with its own outcome. This file is private to the collection."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from .errors import (
    ApiError,
    AuthError,
    RateLimited,
)

Item = TypeVar("Item")
Value = TypeVar("Value")

# What one item met all others would meet too.
HOPELESS = (AuthError, RateLimited)
# Failures in a row without a success, after which the rest would only use up the hourly limit.
ENOUGH_FAILURES = 10
# A signal that comes just before a wait does not end it, so a task's time-out is noticed at the next one.
WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class Attempt(Generic[Item, Value]):
    """What became of one item: a value, an error, or neither where it was not tried any more."""

    item: Item
    value: Value | None = None
    error: ApiError | None = None
    tried: bool = True


def for_each(
    items: Sequence[Item],
    call: Callable[[Item], Value],
    *,
    workers: int,
    ends: tuple[type[ApiError], ...] = (),
) -> list[Attempt[Item, Value]]:
    """Call for each item, at most `workers` at a time. The result is in the order of the items whatever came first.

    An ApiError belongs to its item and the others go on, but after a refused login or a used-up limit no further item
    is begun, nor after one of `ends` or ENOUGH_FAILURES in a row. Any other exception ends the whole.
    """
    stopped: list[ApiError] = []
    in_a_row: list[ApiError] = []

    def attempt(item: Item) -> Attempt[Item, Value]:
        if stopped:
            return Attempt(item, tried=False)
        try:
            value = call(item)
        except ApiError as error:
            in_a_row.append(error)
            if isinstance(error, (*HOPELESS, *ends)) or len(in_a_row) >= ENOUGH_FAILURES:
                stopped.append(error)
            return Attempt(item, error=error)
        in_a_row.clear()
        return Attempt(item, value=value)

    if workers <= 1 or len(items) <= 1:
        return [attempt(item) for item in items]
    return _in_threads(attempt, items, min(workers, len(items)))


def _in_threads(
    attempt: Callable[[Item], Attempt[Item, Value]], items: Sequence[Item], workers: int
) -> list[Attempt[Item, Value]]:
    """Call `attempt` for each item. An exception in this thread, such as a task's time-out, leaves it at once.

    A ThreadPoolExecutor would wait for the requests under way, at its own end and at the end of the process. These
    threads are daemons that end once the list is empty.
    """
    waiting = list(enumerate(items))[::-1]
    attempts: dict[int, Attempt[Item, Value]] = {}
    defects: list[BaseException] = []

    def work() -> None:
        while not defects:
            try:
                position, item = waiting.pop()
            except IndexError:
                return
            try:
                attempts[position] = attempt(item)
            except BaseException as error:  # noqa: BLE001 - raised below, in the thread of the caller
                defects.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _number in range(workers)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(WAIT_SECONDS)
    finally:
        waiting.clear()
    if defects:
        raise defects[0]
    return [attempts[position] for position in range(len(items))]
