# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows of a source at their edges: what is late, what is told, stored and kept in memory (R8, R9, R10)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import RULES
from hypothesis import given
from hypothesis import strategies as st

from .making import QUARANTINED, RECEIVED, SECOND, event, fields, sha
from .test_live import LATENESS, WINDOW, Run, cuts, ids, made_events


def test_an_event_exactly_at_the_watermark_is_not_late() -> None:
    run = Run()
    run.feed(event(9, 553648130, at=LATENESS))
    run.feed(event(1, at=0))
    run.finish()

    assert [record["late"] for record in run.incidents()] == [False] * 3


def test_a_detection_that_joins_an_open_window_is_not_stored_anew() -> None:
    run = Run(lateness=0)
    for number, at in enumerate((0, 0, 1, 2), start=1):
        run.live.feed("soc", "one", [event(number, at=at, detection_id=f"d{number}")], run.now)
        changes = run.live.changes(run.now)

        assert (len(changes.detections), changes.moved) == (1, [])


def test_of_two_late_incidents_that_cover_a_time_the_one_that_starts_last_takes_it_wherever_it_is() -> None:
    run = Run()
    run.feed(event(9, 553648130, at=65 + LATENESS))
    run.feed(event(1, at=30))
    run.feed(event(2, at=0, detection_id="d2"))  # its window has closed already: it is in the store alone
    run.feed(event(3, at=40, detection_id="d3"))

    assert ids(run.incidents("same_hash")) == [["2"], ["1", "3"]]


def test_a_late_incident_is_open_until_the_watermark_has_passed_its_window() -> None:
    run = Run(tell_final=True)
    run.feed(event(8, 553648130, at=50 + LATENESS))

    assert {record["state"] for record in run.feed(event(1, at=10))} == {"open"}
    assert run.feed(event(9, 553648130, at=69 + LATENESS)) == []
    told = run.feed(event(10, 553648130, at=70 + LATENESS))
    assert [(record["state"], record["late"], record["revision"]) for record in told] == [("final", True, 2)] * 3


def test_a_late_detection_is_decided_to_be_of_a_tool_when_its_hash_is_told_not_before() -> None:
    run = Run()
    run.feed(event(9, 553648130, at=500))
    run.feed(event(1, at=0, file=None))
    tool = fields(2, at=1) | {"file": {"identity": {"sha256": sha("f1")}, "disposition": "Clean"}}
    run.feed(event_from_object(tool, source="soc", received_ns=RECEIVED))
    run.finish()

    assert [record["rule"] for record in run.incidents()] == ["same_computer"]


def test_a_detection_is_decided_to_be_of_a_tool_when_it_is_placed_by_its_hash_not_before() -> None:
    run = Run(lateness=0)
    tool = fields(2, at=2) | {"file": {"identity": {"sha256": sha("f1")}, "disposition": "Clean"}}
    run.feed(event(1, at=0, file=None), event(8, 553648130, at=1))  # placed by its time alone
    run.feed(event_from_object(tool, source="soc", received_ns=RECEIVED))
    run.finish()

    assert [record["rule"] for record in run.incidents()] == ["same_computer"]


@pytest.mark.parametrize("is_late", [False, True])
def test_what_a_killed_drain_held_is_placed_once_by_a_service_however_often_it_starts(is_late: bool) -> None:
    run = Run(run=1)
    if is_late:
        run.feed(event(8, 553648130, at=1000))
        run.finish()
        run.options["run"] = 2
        run.restart()
    run.feed(event(1, at=0), event(2, at=1, file=None, detection_id="d2"), event(3, at=2, detection_id="d2"))
    run.feed(event(4, at=3, file=None, detection_id="d3"))
    del run.options["run"]

    for number in range(3):
        run.restart()
        run.feed(event(10 + number, 553648130, at=2000 + number))

        assert ids(run.incidents("same_computer")) == [["1", "2", "3", "4"]]
        assert ids(run.incidents("same_hash")) == [["1", "2", "3"]]
        assert {record["late"] for record in run.incidents()} == {is_late}


@given(made_events, cuts, st.sampled_from([0, 20, 200]))
def test_memory_holds_all_that_an_open_window_may_hold(events: list[Event], cuts: list[int], lateness: int) -> None:
    run = Run(lateness)
    for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        run.feed(*events[start:end])
        over = run.live.watermark("soc") - WINDOW * SECOND

        assert run.live.waiting() >= sum(row[6] > over for row in run.store.detection_rows.values())


def test_what_a_drain_placed_stays_placed_for_a_service_that_takes_over_what_the_next_one_held() -> None:
    run = Run(run=1)
    run.feed(event(1, at=0, file=None))
    run.finish()
    run.options["run"] = 2
    run.restart()
    run.feed(event(2, QUARANTINED, at=1))  # the hash
    del run.options["run"]

    for _start in range(3):
        run.restart()
        run.store.save(run.live, run.now)
    for number in range(2):
        run.feed(event(8 + number, 553648130, at=500 + number))
        run.restart()
    run.feed(event(10, 553648130, at=502))

    assert {record["rule"]: record["event_ids"] for record in run.incidents()} == {rule: ["1", "2"] for rule in RULES}


def test_a_start_tells_nothing_new_of_an_incident_of_which_a_detection_is_gone() -> None:
    run = Run(rules=["same_computer"])
    run.feed(event(1, at=0), event(2, at=1, detection_id="d2"), event(8, 553648130, at=30))
    (gone,) = (key for key in run.store.detection_rows if key.endswith("d2"))
    del run.store.detection_rows[gone]

    run.restart()

    assert run.feed(event(9, 553648130, at=31)) == []


def test_a_start_with_fewer_rules_leaves_the_incidents_of_the_others_alone() -> None:
    run = Run()
    run.feed(event(1, at=0), event(8, 553648130, at=30))
    run.options["rules"] = ["same_hash"]

    run.restart()
    run.feed(event(2, at=40, detection_id="d2"))
    run.finish()

    assert [ids(run.incidents(rule)) for rule in RULES] == [[["1"]], [["1", "2"]], [["1"]]]
