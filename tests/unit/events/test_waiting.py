# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What waits is taken in the order of (time, key), once the watermark has passed its time, not a nanosecond before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import (
    BY_HASH,
    BY_TIME,
    Detection,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.waiting import Waiting

from .making import RECEIVED, SECOND, event


def known(key: str, time: int, sha256_time: int | None = None, placed: int = 0) -> Any:
    return SimpleNamespace(key=key, time=time, sha256_time=sha256_time, placed=placed)


def waiting_for(*detections: Any) -> Waiting:
    waiting = Waiting()
    for detection in detections:
        for time in dict.fromkeys([detection.time, detection.sha256_time or detection.time]):
            waiting.add(time, detection)
    return waiting


def taken(waiting: Waiting, at: int) -> list[tuple[int, str]]:
    return [(time, key) for time, key, _detection in waiting.due(at)]


def test_what_lies_below_the_watermark_is_taken_in_its_order() -> None:
    late, tie, early = known("a", 9 * SECOND), known("c", 5 * SECOND), known("b", 5 * SECOND, 5 * SECOND)
    waiting = waiting_for(late, tie, early)

    assert taken(waiting, 100 * SECOND) == [(5 * SECOND, "b"), (5 * SECOND, "c"), (9 * SECOND, "a")]
    assert taken(waiting, 200 * SECOND) == []


def test_of_two_detections_of_one_time_and_key_the_first_that_waits_is_taken_first() -> None:
    """Memory has let go of the one and the store has given the other."""
    first, second = (Detection.from_event("key", event()) for _ in range(2))
    waiting = waiting_for(first, second)

    assert [detection for _time, _key, detection in waiting.due(RECEIVED)] == [first, second]


def test_the_watermark_is_exact_within_a_second() -> None:
    before, at, after = (known(f"d{n}", 7 * SECOND + n, 7 * SECOND + n) for n in (1, 2, 3))
    waiting = waiting_for(after, at, before)

    assert taken(waiting, 7 * SECOND) == []
    assert taken(waiting, at.time) == [(before.time, "d1")]
    before.placed = BY_TIME | BY_HASH
    assert taken(waiting, at.time) == []
    assert taken(waiting, after.time + 1) == [(at.time, "d2"), (after.time, "d3")]


def test_a_detection_is_taken_at_each_of_its_times_by_which_it_is_not_placed() -> None:
    detection = known("a", 3 * SECOND, 8 * SECOND)
    waiting = waiting_for(detection)

    assert taken(waiting, 4 * SECOND) == [(3 * SECOND, "a")]
    detection.placed = BY_TIME
    assert taken(waiting, 8 * SECOND) == []
    assert taken(waiting, 8 * SECOND + 1) == [(8 * SECOND, "a")]
    assert taken(waiting_for(known("b", 3 * SECOND, 8 * SECOND)), 9 * SECOND) == [(3 * SECOND, "b"), (8 * SECOND, "b")]


def test_an_earlier_second_that_comes_later_is_not_passed_over() -> None:
    waiting = waiting_for(known("a", 9 * SECOND), known("b", 4 * SECOND), known("c", 6 * SECOND))

    assert taken(waiting, 5 * SECOND) == [(4 * SECOND, "b")]
    waiting.add(2 * SECOND, known("d", 2 * SECOND))
    assert taken(waiting, 7 * SECOND) == [(2 * SECOND, "d"), (6 * SECOND, "c")]
