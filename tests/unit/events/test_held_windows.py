# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode at its edges (R8a): one drain is one batch, and what the next one adds to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event

from .making import FAILED, QUARANTINED, RECEIVED, SECOND, START, event
from .test_live import LATENESS, WINDOW, Run, ids

OTHER = 553648130
SAME = {"rules": ["same_computer"]}


class Drains(Run):
    """One drain after the other, each in a process of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(run=1, **options)

    def drain(self, *events: Event, cut: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Read everything in one batch; returns the records of the incidents that this changed."""
        self.live.feed("soc", "one", events, self.now)
        told = self.store.save(self.live, self.now)
        assert all(one["revision"] > 1 for one in told), "something was placed while the drain read"
        self.live.flush(self.now, cut)
        told += self.store.save(self.live, self.now)
        self.options["run"] += 1
        self.restart()
        return told


def found(run: Run) -> list[tuple[list[str], bool, int]]:
    records = run.incidents("same_computer")
    return [(event_ids, one["late"], one["revision"]) for event_ids, one in zip(ids(records), records, strict=True)]


def test_a_backlog_that_is_published_newest_first_is_one_batch() -> None:
    run = Drains(**SAME)
    events = [event(number, at=number * 20, detection_id=f"d{number}") for number in range(1, 7)]
    run.drain(*reversed(events))

    assert found(run) == [(["1", "2", "3"], False, 1), (["4", "5", "6"], False, 1)]
    assert run.live.watermark("soc") == (START + 120 - LATENESS) * SECOND


@pytest.mark.parametrize(("earlier", "joins"), [(LATENESS, True), (LATENESS + 1e-9, False), (1e-9, True)])
def test_what_began_within_the_lateness_before_an_open_incident_joins_it(earlier: float, joins: bool) -> None:
    run = Drains(**SAME)
    (first,) = run.drain(event(1, at=100))
    nanoseconds = round((100 - earlier) * SECOND)
    early = event(2, detection_id="d2")
    early.time = START * SECOND + nanoseconds
    told = run.drain(early)

    if joins:
        assert found(run) == [(["1", "2"], False, 2)]
        assert [one["id"] for one in told] == [first["id"]]
        assert told[0]["first_time"] < first["first_time"]
    else:
        assert found(run) == [(["2"], True, 1), (["1"], False, 1)]


def test_a_closed_incident_takes_in_nothing_earlier() -> None:
    run = Drains(**SAME)
    run.drain(event(1, at=100))
    run.drain(event(8, OTHER, at=100 + WINDOW + LATENESS))  # its window is over by now
    run.drain(event(2, at=99, detection_id="d2"))

    assert found(run) == [(["2"], True, 1), (["1"], False, 1)]


def test_of_two_incidents_that_began_shortly_after_it_the_earlier_regular_one_is_joined() -> None:
    run = Drains(lateness=50, **SAME)
    run.drain(event(1, at=100), event(2, at=165, detection_id="d2"))
    told = run.drain(event(3, at=95, detection_id="d3"))

    assert ids(told) == [["1", "3"]]


def test_an_incident_of_the_same_drain_is_not_joined_from_before_its_window() -> None:
    run = Drains(**SAME)
    run.drain(event(1, at=0), event(2, at=WINDOW + 1, detection_id="d2"), event(3, at=WINDOW - 1, detection_id="d3"))

    assert found(run) == [(["1", "3"], False, 1), (["2"], False, 1)]


def test_a_hash_that_a_later_drain_tells_places_its_detection_in_that_drain() -> None:
    run = Drains()
    run.drain(event(1, at=0, file=None))
    assert [one["rule"] for one in run.incidents()] == ["same_computer"]
    told = run.drain(event(2, QUARANTINED, at=1))

    assert sorted((one["rule"], one["revision"], one["late"]) for one in told) == [
        ("same_computer", 2, False),
        ("same_hash", 1, False),
        ("same_hash_same_computer", 1, False),
    ]


def test_a_stream_that_was_cut_short_leaves_waiting_what_the_watermark_does_not_pass() -> None:
    run = Drains(**SAME)
    told = run.drain(event(1, at=0), event(2, at=100, detection_id="d2"), cut=["one"])

    assert ids(told) == [["1"]]
    assert run.live.held() == {"soc": 1}
    assert run.live.watermark("soc") == (START + 100 - LATENESS) * SECOND
    told = run.drain(event(3, FAILED, at=101, detection_id="d2"))
    assert [(one["event_ids"], one["late"]) for one in told] == [(["2", "3"], False)]
    assert run.live.held() == {}


def test_a_detection_that_a_cut_drain_places_by_its_time_waits_with_its_hash_and_is_placed_once() -> None:
    run = Drains()
    run.drain(
        event(1, at=0, file=None), event(2, QUARANTINED, at=100), event(3, at=100, detection_id="d2"), cut=["one"]
    )
    runs = {key[-2:]: json.loads(row[9]).get("runs") for key, row in run.store.detection_rows.items()}
    assert runs == {"d1": [0, 1], "d2": [1, 1]}
    assert [(one["rule"], one["event_ids"]) for one in run.incidents()] == [("same_computer", ["1", "2"])]

    told = run.drain(event(9, OTHER, at=100))
    found = sorted((one["rule"], sorted(one["event_ids"]), one["late"]) for one in told)
    assert found == [
        ("same_computer", ["3"], False),
        ("same_hash", ["1", "2", "3"], False),
        ("same_hash_same_computer", ["1", "2", "3"], False),
    ]


def test_a_cut_stream_of_another_source_holds_nothing_up() -> None:
    run = Drains(**SAME)
    told = run.drain(event(1, at=0), cut=["another"])

    assert ids(told) == [["1"]]


def test_time_places_nothing_while_a_drain_reads() -> None:
    run = Drains(**SAME)
    run.feed(event(1, at=0))
    run.live.tick(["one"], RECEIVED + 10**15)

    assert run.store.save(run.live, run.now) == []
    assert run.live.held() == {"soc": 1}


def test_what_a_later_drain_says_of_a_placed_detection_is_told_of_its_incident() -> None:
    run = Drains(**SAME)
    run.drain(event(1, at=0))
    run.drain(event(8, OTHER, at=86_400))
    (told,) = run.drain(event(2, QUARANTINED, at=1))

    assert (told["outcome"], told["revision"], told["state"]) == ("quarantined", 2, "final")
    assert run.drain(event(9, OTHER, at=86_401)) == []
    assert run.live.waiting() == 0


def test_late_detections_of_one_drain_share_a_late_incident() -> None:
    run = Drains(**SAME)
    run.drain(event(8, OTHER, at=1000))
    run.drain(event(1, at=0), event(2, at=10, detection_id="d2"))

    assert found(run) == [(["1", "2"], True, 1)]


def test_the_store_knows_which_run_held_a_detection_by_its_time_and_by_its_hash() -> None:
    run = Drains()
    run.drain(event(1, at=0, file=None), event(2, at=0, detection_id="d2"))
    run.drain(event(3, QUARANTINED, at=1))

    runs = {key[-2:]: json.loads(row[9])["runs"] for key, row in run.store.detection_rows.items()}
    assert runs == {"d1": [1, 2], "d2": [1, 1]}
    run.drain(event(4, at=0, file=None, detection_id="d3"))
    (key,) = (key for key in run.store.detection_rows if key.endswith("d3"))
    assert json.loads(run.store.detection_rows[key][9])["runs"] == [3, 0]


def test_of_detections_of_the_same_time_the_first_key_opens_the_incident() -> None:
    run = Drains(**SAME)
    (told,) = run.drain(event(2, at=0, detection_id="d2"), event(1, at=0, detection_id="d1"))

    assert told["anchor"].endswith("/d1")
    assert told["detections"] == sorted(told["detections"])
