# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents while they happen agree with batch and with the rule about late events (R8, R9, R10)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import Detection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    RULES,
    Incident,
    Rule,
    group_incidents,
    place,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate, detection_key
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.live import SWEEP_NS, Live
from hypothesis import given
from hypothesis import strategies as st

from .making import DETECTED, FAILED, QUARANTINED, RECEIVED, SECOND, START, event, guid, sha

WINDOW = 60
LATENESS = 20
SPAN = WINDOW * SECOND
Record = dict[str, Any]


class MemoryStore:
    """A store that keeps rows and records as a transaction would have left them, and checks the revisions."""

    def __init__(self) -> None:
        self.detection_rows: dict[str, Sequence[Any]] = {}
        self.incident_rows: dict[str, Sequence[Any]] = {}
        self.watermark_rows: dict[str, Sequence[Any]] = {}
        self.detection_records: dict[str, Record] = {}
        self.incident_records: dict[str, Record] = {}

    def save(self, live: Live, now: int) -> list[Record]:
        changes = live.changes(now)
        for detection in changes.detections:
            self.detection_rows[detection.key] = plain_row(detection.row())
            self.detection_records[detection.key] = detection.record()
        for incident in changes.incidents:
            incident.number = incident.number or len(self.incident_rows) + 1
            self.incident_rows[incident.id] = plain_row(incident.row())
        for detection in changes.moved:
            self.detection_rows[detection.key] = plain_row(detection.row())
        told = [incident.record() for incident in changes.incidents]
        for record in told:
            before = self.incident_records.get(record["id"])
            assert record["revision"] == (before["revision"] + 1 if before else 1)
            assert before is None or before["state"] in ("open", record["state"])
            self.incident_records[record["id"]] = record
        for row in changes.watermarks:
            assert row.at >= (self.watermark_rows[row.source][1] if row.source in self.watermark_rows else 0)
            self.watermark_rows[row.source] = plain_row(row)
        return told

    def detections(self, keys: Collection[str]) -> Iterable[Sequence[Any]]:
        return [self.detection_rows[key] for key in keys if key in self.detection_rows]

    def incident(self, rule: Rule, window_seconds: int, source: str, key: str, time: int) -> Sequence[Any] | None:
        found = [
            row
            for row in self.incident_rows.values()
            if row[1:5] == [rule, window_seconds, source, key] and row[5] <= time < row[5] + window_seconds * SECOND
        ]
        return min(found, key=lambda row: (row[6], -row[5]), default=None)

    def watermarks(self) -> Iterable[Sequence[Any]]:
        return list(self.watermark_rows.values())

    def detections_since(self, source: str, time: int, flushed: int) -> Iterable[Sequence[Any]]:
        rows = self.detection_rows.values()
        return [row for row in rows if row[1] == source and (row[6] >= time or row[7] > flushed)]

    def incidents_since(self, window_seconds: int, source: str, time: int) -> Iterable[Sequence[Any]]:
        rows = self.incident_rows.values()
        return [row for row in rows if row[2] == window_seconds and row[3] == source and row[5] >= time]

    def last_start(self, window_seconds: int) -> int:
        return max((row[5] for row in self.incident_rows.values() if row[2] == window_seconds), default=0)


def plain_row(row: Sequence[Any]) -> list[Any]:
    """What a database gives back: values of its own types, no objects of ours."""
    assert all(value is None or type(value) in (str, int) for value in row)
    return list(json.loads(json.dumps(list(row))))


class Run:
    """A live engine over a store, restarted at will; `now` is far behind no event unless a test says so."""

    def __init__(self, lateness: float = LATENESS, **options: Any) -> None:
        self.options = {"rules": RULES, "window_seconds": WINDOW, "lateness_seconds": lateness} | options
        self.store = MemoryStore()
        self.now = RECEIVED
        self.restart()

    def restart(self) -> None:
        self.live = Live(self.store, **self.options)

    def feed(self, *events: Event, stream: str = "one", source: str = "soc") -> list[Record]:
        self.live.feed(source, stream, events, self.now)
        return self.store.save(self.live, self.now)

    def finish(self) -> None:
        """Place everything and tell of everything."""
        self.live.flush(self.now)
        self.now += SWEEP_NS
        self.store.save(self.live, self.now)

    def incidents(self, rule: str | None = None) -> list[Record]:
        records = self.store.incident_records.values()
        return sorted((r for r in records if rule in (None, r["rule"])), key=lambda record: record["first_time"])


def ids(records: Iterable[Record]) -> list[list[str]]:
    return [sorted(record["event_ids"]) for record in records]


# The oracle: R8 and R9 spelled out over the whole history, without windows, heaps or memory.


def expected(arrivals: list[tuple[str, Event]], lateness: int) -> dict[tuple[str, str], Record]:
    late_at: dict[int, bool] = {}
    shown: dict[str, int] = {stream: 0 for stream, _event in arrivals}
    watermark = 0
    for number, (stream, found) in enumerate(arrivals):
        late_at[number] = found.time < watermark
        shown[stream] = max(shown[stream], found.time)
        watermark = max(watermark, min(shown.values()) - lateness * SECOND)
    histories: dict[str, list[tuple[int, Event]]] = {}
    for number, (_stream, found) in enumerate(arrivals):
        key = detection_key(found)
        if key is not None:
            histories.setdefault(key, []).append((number, found))
    incidents: dict[tuple[str, str], Record] = {}
    for rule in RULES:
        for made in expected_of_rule(rule, histories, late_at):
            incidents[rule, made["id"]] = made
    return incidents


def first_placed(history: list[tuple[int, Event]], late_at: dict[int, bool]) -> tuple[Event, int | None]:
    """By which event of those a detection is placed, and if that is late, when it arrived."""
    number, first = history[0]
    if late_at[number]:
        return first, number
    on_time = (found for number, found in history if not late_at[number])
    return min(on_time, key=lambda found: (found.time, found.id or 0)), None


def expected_of_rule(
    rule: Rule, histories: dict[str, list[tuple[int, Event]]], late_at: dict[int, bool]
) -> list[Record]:
    regular: list[Detection] = []
    late: list[tuple[int, Detection]] = []
    for history in histories.values():
        (detection,) = correlate(found for _number, found in history)
        placed, arrived = first_placed(history, late_at)
        detection.time = placed.time
        telling = [(number, found) for number, found in history if found.sha256]
        if telling:
            told, told_late = first_placed(telling, late_at)
            detection.sha256, detection.sha256_time = told.sha256, told.time
            arrived = arrived if rule == "same_computer" else told_late
        if arrived is None:
            regular.append(detection)
        else:
            late.append((arrived, detection))
    found = group_incidents(regular, rule, WINDOW)
    for _number, detection in sorted(late, key=lambda item: item[0]):
        where = place(detection, rule)
        if where is None:
            continue
        covering = [
            incident
            for incident in found
            if (incident.source, incident.key) == (detection.source, where.key)
            and incident.start <= where.time < incident.end
        ]
        if covering:
            max(covering, key=lambda incident: (not incident.late, incident.start)).join(detection)
        else:
            opened = Incident.from_anchor(rule, WINDOW, where.key, where.time, detection)
            opened.late = True
            found.append(opened)
    return [incident.record() for incident in found]


def comparable(record: Record) -> Record:
    unordered = {name: sorted(record[name]) for name in ("detections", "event_ids", "hashes", "computers")}
    kept = (
        "id",
        "source",
        "key",
        "anchor",
        "first_time",
        "last_time",
        "outcome",
        "still_dangerous",
        "severity",
        "late",
    )
    return unordered | {name: record[name] for name in kept}


def agree(run: Run, arrivals: list[tuple[str, Event]], lateness: int = LATENESS) -> None:
    wanted = {key: comparable(record) for key, record in expected(arrivals, lateness).items()}
    got = {(record["rule"], record["id"]): comparable(record) for record in run.incidents()}

    assert got == wanted


# What arrives: a few detections on few computers with few files, so that everything meets everything.

made_events = st.lists(
    st.builds(
        lambda n, type_id, at, computer, detection, file: event(
            n, type_id, at=at, computer=computer, detection_id=detection, file=file
        ),
        st.integers(1, 2**64 - 1),
        st.sampled_from(
            [DETECTED, DETECTED, QUARANTINED, FAILED, 553648147, 553648155, 553648149, 1107296278, 553648130]
        ),
        st.integers(0, 60).map(lambda fives: fives * 5),
        st.sampled_from(["alpha", "alpha", "bravo", None]),
        st.sampled_from(["d1", "d2", "d3", "d4", None]),
        st.sampled_from(["f1", "f1", "f2", None]),
    ),
    max_size=30,
    unique_by=lambda made: made.key,
)
cuts = st.lists(st.integers(0, 30), max_size=6).map(sorted)


def run_through(
    arrivals: list[tuple[str, Event]], cuts: list[int], lateness: int, restarts: Collection[int] = (), **options: Any
) -> Run:
    run = Run(lateness, **options)
    for stream in sorted({stream for stream, _event in arrivals}):
        run.live.join("soc", stream, run.now)
    streams = sorted({stream for stream, _event in arrivals})
    for number, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(arrivals)], strict=True)):
        batch = arrivals[start:end]
        while batch:
            stream = batch[0][0]
            same = next((n for n, (other, _event) in enumerate(batch) if other != stream), len(batch))
            run.live.feed("soc", stream, [found for _stream, found in batch[:same]], run.now)
            batch = batch[same:]
        run.store.save(run.live, run.now)  # one transaction for all streams, as the pipeline does
        if number in restarts:
            run.restart()
            for stream in streams:
                run.live.join("soc", stream, run.now)
    run.finish()
    return run


@given(made_events, cuts)
def test_within_the_lateness_streaming_is_batch(events: list[Event], cuts: list[int]) -> None:
    arrivals = [("one", found) for found in events]
    run = run_through(arrivals, cuts, lateness=1000)

    agree(run, arrivals, 1000)
    batch = {i.id: i.record() for rule in RULES for i in group_incidents(correlate(events), rule, WINDOW)}
    got = {record["id"]: record for record in run.incidents()}
    for record in [*batch.values(), *got.values()]:
        del record["revision"], record["state"]
    assert got == batch


@given(made_events, cuts, st.sampled_from([0, 10, 20, 60]))
def test_late_events_follow_their_rule_and_change_nothing_else(
    events: list[Event], cuts: list[int], lateness: int
) -> None:
    arrivals = [("one", found) for found in events]

    agree(run_through(arrivals, cuts, lateness), arrivals, lateness)


@given(made_events, cuts, st.sampled_from([0, 10, 60]), st.sets(st.integers(0, 6)))
def test_a_restart_between_any_two_batches_changes_nothing(
    events: list[Event], cuts: list[int], lateness: int, restarts: set[int]
) -> None:
    arrivals = [("one", found) for found in events]
    run = run_through(arrivals, cuts, lateness, restarts)

    agree(run, arrivals, lateness)
    assert run.store.detection_records == run_through(arrivals, cuts, lateness).store.detection_records


@given(made_events, cuts, st.sampled_from([0, 10, 60]), st.data())
def test_the_slowest_of_several_streams_holds_the_watermark(
    events: list[Event], cuts: list[int], lateness: int, data: st.DataObject
) -> None:
    arrivals = [(data.draw(st.sampled_from(["one", "two", "three"])), found) for found in events]

    agree(run_through(arrivals, cuts, lateness, data.draw(st.sets(st.integers(0, 6)))), arrivals, lateness)


def test_a_detection_that_is_placed_by_its_time_into_nothing_stays_in_memory_for_its_hash() -> None:
    run = Run(lateness=0)
    run.live.join("soc", "one", run.now)
    run.live.join("soc", "two", run.now)
    nobody = {"computer": None, "detection_id": "d1"}
    run.feed(event(8, QUARANTINED, at=110, file="f2", **nobody), event(10, at=0, file=None, **nobody))
    run.feed(event(6, 553648130, at=115))
    run.feed(event(7, 553648130, at=270), stream="two")
    run.feed(event(4, at=0, file="f1", **nobody))
    run.finish()

    assert ids(run.incidents("same_hash")) == [["10", "4", "8"]]


@given(made_events, cuts, st.sampled_from([0, 20, 200]))
def test_memory_is_empty_once_every_window_has_closed(events: list[Event], cuts: list[int], lateness: int) -> None:
    run = run_through([("one", found) for found in events], cuts, lateness, tell_final=True)

    run.feed(event(1, 553648130, at=10_000))

    assert run.live.waiting() == 0
    assert all(record["state"] == "final" for record in run.incidents())


def test_what_closed_within_a_transaction_is_found_by_what_follows_in_it() -> None:
    run = Run()
    run.live.join("soc", "one", run.now)
    run.feed(event(1, 553648130, at=20_000), stream="two")

    run.live.feed("soc", "one", [event(2, at=0), event(3, 553648130, at=10_000)], run.now)
    told = run.feed(event(4, QUARANTINED, at=1), event(5, at=2, detection_id="d2"), stream="two")

    assert ids(told) == [["2", "4", "5"]] * 3
    assert [(record["late"], record["state"]) for record in told] == [(False, "final")] * 3
    assert run.live.waiting() == 0


def test_what_was_read_from_the_store_within_a_transaction_takes_in_what_follows_in_it() -> None:
    run = Run()
    run.feed(event(1, at=0), event(9, 553648130, at=10_000))

    run.live.feed("soc", "one", [event(3, at=0, detection_id="d2")], run.now)
    told = run.feed(event(2, QUARANTINED, at=1), stream="two")

    assert ids(told) == [["1", "2", "3"]] * 3


@given(made_events)
def test_detections_go_out_at_once(events: list[Event]) -> None:
    run = Run()

    run.feed(*events)

    assert set(run.store.detection_records) == {found.key for found in correlate(events)}


# Examples, for people


def test_an_incident_waits_for_the_lateness_and_stays_open_until_its_window_is_over() -> None:
    run = Run()

    assert run.feed(event(1, at=0)) == []
    assert run.feed(event(2, at=20, detection_id="d2")) == []
    told = run.feed(event(3, 553648130, at=20.5))
    assert {(record["rule"], record["revision"], record["state"]) for record in told} == {
        (rule, 1, "open") for rule in RULES
    }
    assert ids(told) == [["1"]] * 3
    assert ids(run.feed(event(4, 553648130, at=41))) == [["1", "2"]] * 3
    assert run.feed(event(5, 553648130, at=80)) == []


def test_a_window_that_closes_is_told_only_where_that_is_asked_for() -> None:
    run = Run(tell_final=True)
    run.feed(event(1, at=0), event(2, 553648130, at=20.5))

    told = run.feed(event(5, 553648130, at=80))

    assert {(record["revision"], record["state"], record["late"]) for record in told} == {(2, "final", False)}
    assert run.feed(event(6, 553648130, at=8000)) == []


def test_with_no_lateness_an_incident_is_told_of_by_the_next_event() -> None:
    run = Run(lateness=0)

    assert run.feed(event(1, at=0)) == []
    assert len(run.feed(event(2, 553648130, at=0.001))) == 3


def test_a_drained_queue_does_not_move_the_watermark_but_a_flush_does() -> None:
    run = Run()
    run.feed(event(1, at=0))

    assert run.store.save(run.live, run.now + 10**15) == []
    run.live.flush(run.now)
    assert len(run.store.save(run.live, run.now)) == 3
    assert run.live.watermark("soc") == START * SECOND + 1


def test_an_event_dated_ahead_of_the_clock_does_not_make_the_others_late() -> None:
    run = Run()
    run.now = (START + 100) * SECOND

    run.feed(event(1, 553648130, at=390))
    run.feed(event(2, at=85))

    assert run.live.watermark("soc") == (START + 80) * SECOND
    run.finish()
    assert not any(record["late"] for record in run.incidents())


def test_a_recall_weeks_later_updates_its_incidents_through_the_store() -> None:
    weeks = 3 * 7 * 86400
    run = Run()
    run.feed(event(1, at=0), event(2, at=1, computer="bravo", detection_id="d2"))
    run.feed(event(9, 553648130, at=weeks))
    assert run.live.waiting() == 0
    before = {record["id"]: record for record in run.incidents()}
    run.restart()

    told = run.feed(
        event(10, 553648155, at=weeks), event(11, 553648155, at=weeks + 1, computer="bravo", detection_id="d2")
    )

    assert {record["id"] for record in told} == set(before)
    for record in told:
        assert record["revision"] == before[record["id"]]["revision"] + 1
        assert (record["state"], record["outcome"], record["still_dangerous"]) == ("final", "quarantined", False)
        assert record["first_time"] == before[record["id"]]["first_time"]
    assert run.live.waiting() == 0


def test_a_laptop_that_reports_days_late_joins_the_incident_of_its_time() -> None:
    run = Run()
    run.feed(event(1, at=0), event(9, 553648130, at=86400))

    told = run.feed(event(2, at=30, computer="laptop", detection_id="d2"))

    by_rule = {record["rule"]: record for record in told}
    assert by_rule["same_hash"]["computers"] == [guid("alpha"), guid("laptop")]
    assert by_rule["same_hash"]["late"] is False
    assert (by_rule["same_computer"]["late"], by_rule["same_computer"]["state"]) == (True, "final")


def test_nothing_re_anchors_when_something_earlier_comes_late() -> None:
    run = Run()
    run.feed(event(1, at=50), event(9, 553648130, at=200))

    run.feed(event(2, at=10, detection_id="d2"))
    run.feed(event(3, at=15, detection_id="d3"))

    found = run.incidents("same_hash")
    assert ids(found) == [["2", "3"], ["1"]]
    assert [record["late"] for record in found] == [True, False]


def test_a_late_incident_takes_in_late_detections_only() -> None:
    run = Run()
    run.feed(event(9, 553648130, at=100))
    run.feed(event(1, at=70))
    run.feed(event(2, at=90, detection_id="d2"))
    run.finish()

    assert ids(run.incidents("same_hash")) == [["1"], ["2"]]


def test_idle_streams_let_the_clock_take_over_while_they_are_connected() -> None:
    run = Run(idle_after_seconds=30)
    run.now = (START + 10) * SECOND
    run.live.join("soc", "quiet", run.now)
    run.feed(event(1, at=0))

    run.live.tick(["one", "quiet"], run.now + 29 * SECOND)
    assert run.store.save(run.live, run.now) == []
    run.live.tick(["one"], run.now + 31 * SECOND)
    assert run.store.save(run.live, run.now) == []  # nothing is known of a stream that is not connected
    run.live.tick(["one", "quiet"], run.now + 61 * SECOND)
    assert len(run.store.save(run.live, run.now)) == 3
    assert run.live.watermark("soc") == (START + 10 + 61 - LATENESS) * SECOND


def test_a_stream_that_was_taken_away_holds_nothing_down_after_a_restart() -> None:
    run = Run()
    run.live.join("soc", "gone", run.now)
    run.feed(event(1, at=0))
    run.feed(event(2, 553648130, at=500))
    assert run.incidents() == []

    run.restart()
    run.feed(event(3, 553648130, at=501))

    assert len(run.incidents()) == 3


def test_sources_do_not_meet() -> None:
    run = Run(lateness=0)
    run.feed(event(1, at=0, source="soc"))
    run.feed(event(2, at=0, source="lab"), source="lab")
    run.feed(event(3, 553648130, at=1, source="lab"), source="lab")

    assert {record["source"] for record in run.incidents()} == {"lab"}


def test_a_large_incident_is_told_of_in_proportion_to_its_growth() -> None:
    run = Run(lateness=0, rules=["same_hash"])
    run.store.save(run.live, run.now)  # from here on, no sweep is due
    told = [
        len(record["detections"])
        for n in range(1, 1001)
        for record in run.feed(event(n, at=0, timestamp_nanoseconds=n, detection_id=f"d{n}"))
    ]

    assert told == [*range(1, 17), 32, 64, 128, 256, 512]
    run.finish()
    assert [len(record["detections"]) for record in run.incidents()] == [1000]


def test_a_small_incident_is_told_of_once_while_a_large_one_waits() -> None:
    run = Run(lateness=0, rules=["same_hash"])
    run.store.save(run.live, run.now)  # from here on, no sweep is due
    run.feed(*(event(n, at=0, timestamp_nanoseconds=n, detection_id=f"d{n}") for n in range(1, 41)))

    told = [
        [record["key"] for record in run.feed(event(n, at=n / 100, detection_id=f"d{n}", file=file))]
        for n, file in ((50, "f2"), (51, "f1"), (52, "f1"))
    ]

    assert told == [[], [sha("f2")], []]


def test_what_expires_of_memory_is_not_what_the_store_gave_back_since() -> None:
    run = Run(lateness=0, rules=["same_hash"])
    run.feed(event(1, at=500, detection_id="d2"))
    run.feed(event(2, at=0, file=None))  # late, stored, and forgotten at once
    run.feed(event(4, at=570, file="f3"))  # given back; a window after it was late, the time of its hash is waited for
    run.feed(event(6, QUARANTINED, at=569))
    run.finish()

    (found,) = (record for record in run.incidents() if record["key"] == sha("f3"))
    assert (ids([found]), found["outcome"]) == ([["2", "4", "6"]], "quarantined")


def test_only_the_rules_that_were_asked_for_are_worked_out() -> None:
    run = Run(rules=["same_computer"])
    run.feed(event(1, at=0))
    run.finish()

    assert [record["rule"] for record in run.incidents()] == ["same_computer"]


@pytest.mark.parametrize("window", [WINDOW, 30])
def test_another_window_length_after_a_restart_leaves_the_old_incidents_alone(window: int) -> None:
    run = Run()
    run.feed(event(1, at=0), event(2, 553648130, at=30))
    old = {record["id"] for record in run.incidents()}
    run.options["window_seconds"] = window

    run.restart()
    run.feed(event(3, at=40, detection_id="d3"))
    run.finish()

    assert old <= {record["id"] for record in run.incidents()}
    assert len(run.incidents("same_hash")) == (1 if window == WINDOW else 2)
    assert sha("f1") == run.incidents("same_hash")[0]["key"]
