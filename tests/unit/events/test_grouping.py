# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which of its two times a detection is placed already, and by which it still waits (R6, R8, R8a)."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import BY_HASH, BY_TIME
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.grouping import Grouping, pending, placed
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    RULES,
    Incident,
    Rule,
    place,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate

from .making import SECOND, START, event, guid, sha

AT, BEFORE, LATER = 1000, 999, 1001


def known(time: int, sha256_time: int | None, **more: Any) -> Any:
    return SimpleNamespace(**{"time": time, "sha256_time": sha256_time, "placed": 0, "run": 0, "hash_run": 0} | more)


@pytest.mark.parametrize("done", [0, BY_TIME, BY_HASH, BY_TIME | BY_HASH])
@pytest.mark.parametrize("sha256_time", [None, BEFORE, AT, LATER, AT + 10**15])
def test_a_detection_waits_for_each_of_its_times_by_which_it_is_not_placed(done: int, sha256_time: int | None) -> None:
    times = [] if done in (BY_TIME, BY_TIME | BY_HASH) else [AT]
    times += [sha256_time] if sha256_time is not None and done in (0, BY_TIME) else []

    assert pending(known(AT, sha256_time, placed=done)) == tuple(dict.fromkeys(times))


def test_the_watermark_places_what_lies_below_it() -> None:
    for time, sha256_time in product((BEFORE, AT, LATER), (None, BEFORE, AT, LATER)):
        bits = (time < AT) * BY_TIME + (sha256_time is not None and sha256_time < AT) * BY_HASH

        assert placed(known(time, sha256_time), AT, flushed=0) == bits


def test_what_a_run_held_is_placed_once_that_run_came_to_its_end() -> None:
    for run, hash_run, flushed in product((1, 2, 3), (1, 2, 3), (0, 1, 2, 3)):
        bits = (run <= flushed) * BY_TIME + (hash_run <= flushed) * BY_HASH

        assert placed(known(LATER, LATER, run=run, hash_run=hash_run), AT, flushed) == bits
        assert placed(known(LATER, None, run=run, hash_run=0), AT, flushed) == bits & BY_TIME


@pytest.mark.parametrize("rule", RULES)
def test_streaming_places_where_batch_does(rule: Rule) -> None:
    cases = [
        event(1),
        event(1, file=None),
        event(1, computer=None),
        event(1, file=None, computer=None),
        event(1, 1107296274),
    ]
    for one in cases:
        (detection,) = correlate([one])
        where = place(detection, rule)

        assert Grouping(rule).place(detection) == (None if where is None else (where.key, where.time))


def test_what_joined_an_incident_before_its_window_is_found_at_its_start() -> None:
    (detection,) = correlate([event(1)])
    detection.joined = {"same_hash": 7}

    assert Grouping("same_hash").place(detection) == (sha("f1"), 7)
    assert Grouping("same_computer").place(detection) == (guid("alpha"), START * SECOND)


def test_equal_times_are_one_time_whatever_objects_they_are() -> None:
    time = START * SECOND

    assert pending(known(time, int(str(time)))) == (time,)


def test_a_window_covers_its_start_and_not_its_end() -> None:
    (detection,) = correlate([event(1)])
    incident = Incident.from_anchor("same_hash", 60, sha("f1"), START * SECOND, detection)
    grouping = Grouping("same_hash")
    grouping.current[incident.key] = incident
    grouping.late[incident.key] = [incident]

    for find in (grouping.in_memory, grouping.late_in_memory):
        found = [find(incident.key, (START + second) * SECOND) is incident for second in (-1, 0, 59, 60)]
        assert found == [False, True, True, False]
        assert find(sha("f2"), incident.start) is None
