# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode on top of the store: each run reports at once, and what a run could not place waits (R8a)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detection_records import Links
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import DETECTED, NOW, QUARANTINED, Session, body, delivery, settings

Record = dict[str, Any]
SCAN = 554696714


class Drain:
    """One run of interval mode, without a broker: `end` or a kill."""

    def __init__(self, folder: Path, streams: Sequence[str] = ("one",), **grouping: Any) -> None:
        self.store, self.letters = Store(folder), DeadLetterFile(folder)
        self.links: dict[str, Links] = {}
        self.first = self.store.next_number
        kinds: Any = ["detection", "incident"]
        chosen = GroupingSettings(**{"window": 60, "lateness": 20} | grouping)
        self.correlation = Correlation(self.store, self.links, kinds, chosen, remember=True, hold=True)
        self.sessions = {name: Session(settings(queue_name=name, source="soc", region="eu")) for name in streams}
        for session in self.sessions.values():
            self.correlation.join("soc", session.subscription.settings.name, NOW)
        reader = CloudReader(self.links)
        parts = (self.store, self.letters, [], self.correlation, reader, lambda _batch: None)
        self.pipeline = Pipeline(*parts, clock=lambda: NOW)

    def read(self, *bodies: bytes, stream: str = "one") -> Drain:
        self.pipeline.process([delivery(raw, self.sessions[stream]) for raw in bodies])
        return self

    def end(self, cut: Sequence[str] = ()) -> list[Record]:
        """The records of incidents that this run told."""
        self.pipeline.finish(flush=True, cut=[self.sessions[name].subscription.settings.name for name in cut])
        self.held = self.correlation.held()
        found = list(self.told())
        self.kill()
        return found

    def told(self) -> Iterator[Record]:
        for run in self.store.runs(self.first):
            if run.kind == "incident":
                yield from map(json.loads, run.lines.splitlines())

    def kill(self) -> None:
        self.letters.close()
        self.store.close()


def members(records: Sequence[Record]) -> list[list[str]]:
    return sorted(sorted(key.rpartition("/")[2] for key in record["detections"]) for record in records)


def test_the_last_detections_of_a_run_are_in_an_incident_of_that_run(tmp_path: Path) -> None:
    (incident,) = Drain(tmp_path).read(body(0), body(1)).end()

    assert (incident["state"], incident["revision"], incident["late"]) == ("open", 1, False)
    assert members([incident]) == [["7000", "7001"]]


def test_a_backlog_gives_the_same_incidents_whatever_its_order(tmp_path: Path) -> None:
    bodies = [body(number) for number in range(0, 600, 17)]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    backwards = Drain(tmp_path / "a")
    for raw in reversed(bodies):
        backwards.read(raw)

    assert members(backwards.end()) == members(Drain(tmp_path / "b").read(*bodies).end())


def test_what_began_shortly_before_an_open_incident_joins_it_in_a_later_run(tmp_path: Path) -> None:
    (first,) = Drain(tmp_path).read(body(100)).end()
    (joined,) = Drain(tmp_path).read(body(85)).end()

    assert (joined["id"], joined["revision"], joined["late"]) == (first["id"], 2, False)
    assert joined["first_time"] < first["first_time"]
    assert members([joined]) == [["7085", "7100"]]
    (changed,) = Drain(tmp_path).read(body(86, QUARANTINED, detection=85)).end()
    assert (changed["id"], changed["revision"]) == (first["id"], 3)
    assert members([changed]) == [["7085", "7100"]]


def test_the_guides_drawing_of_two_runs(tmp_path: Path) -> None:
    """Detections at 09:50, 09:57:30, 09:58 (of the first run), 10:02 and 10:04: guide_event_streams.rst."""
    late, before, first, within, after = (60 * minutes + seconds for minutes, seconds in TIMES_OF_THE_GUIDE)
    guide = {"window": 300, "lateness": 60}
    (one,) = Drain(tmp_path, **guide).read(body(first)).end()
    told = Drain(tmp_path, **guide).read(*map(body, (after, late, within, before))).end()

    found = {incident["id"]: (members([incident])[0], incident["revision"], incident["late"]) for incident in told}
    assert found.pop(one["id"]) == (sorted(str(7000 + number) for number in (before, first, within)), 2, False)
    assert sorted(found.values()) == [([str(7000 + late)], 1, True), ([str(7000 + after)], 1, False)]


TIMES_OF_THE_GUIDE = ((0, 0), (7, 30), (8, 0), (12, 0), (14, 0))


def test_what_is_older_than_the_lateness_opens_a_late_incident(tmp_path: Path) -> None:
    Drain(tmp_path).read(body(100)).end()
    (late,) = Drain(tmp_path).read(body(10)).end()

    assert (late["late"], members([late])) == (True, [["7010"]])


def test_a_kill_between_the_acknowledgement_and_the_placing_loses_no_incident(tmp_path: Path) -> None:
    Drain(tmp_path).read(body(500)).end()
    killed = Drain(tmp_path).read(body(0), body(501))
    assert list(killed.told()) == []
    killed.kill()

    placed = Drain(tmp_path).end()

    assert members(placed) == [["7000"], ["7500", "7501"]]
    assert Drain(tmp_path).end() == [], "each is placed once"


def test_a_later_run_without_an_event_of_a_source_places_what_is_held_of_it(tmp_path: Path) -> None:
    cut = Drain(tmp_path).read(body(0), body(1))
    assert cut.end(cut=["one"]) == []
    assert cut.held == {"soc": 2}

    assert members(Drain(tmp_path, streams=()).end()) == [["7000", "7001"]]


def test_a_stream_that_was_cut_short_makes_its_source_wait_as_far_as_the_lateness(tmp_path: Path) -> None:
    drain = Drain(tmp_path, streams=["one", "two"]).read(body(0), body(100), stream="one").read(body(101), stream="two")

    assert members(drain.end(cut=["two"])) == [["7000"]]
    assert drain.held == {"soc": 2}
    assert members(Drain(tmp_path, streams=["one", "two"]).end()) == [["7100", "7101"]]


def test_a_freshly_started_process_makes_links_without_reading_an_event(tmp_path: Path) -> None:
    Drain(tmp_path).read(body(0)).end(cut=["one"])
    (incident,) = Drain(tmp_path, streams=()).end()

    assert incident["pivot_urls"]["device_trajectory"].startswith("https://console.eu.amp.cisco.com/computers/")


@pytest.mark.parametrize("tell_final", [False, True])
def test_a_window_that_closes_makes_a_record_only_where_that_is_asked_for(tmp_path: Path, tell_final: bool) -> None:
    Drain(tmp_path, tell_final=tell_final).read(body(0)).end()
    told = Drain(tmp_path, tell_final=tell_final).read(body(600, SCAN)).end()

    assert [(one["state"], one["revision"]) for one in told] == ([("final", 2)] if tell_final else [])
    (changed,) = Drain(tmp_path, tell_final=tell_final).read(body(1, QUARANTINED, detection=0)).end()
    assert (changed["state"], changed["revision"]) == ("final", 3 if tell_final else 2)


def test_the_report_of_a_run_has_what_it_changed_once_and_what_is_worst_first(tmp_path: Path) -> None:
    Drain(tmp_path).read(body(0)).end()
    severities = ("Low", "Critical", "Medium", "High")
    run = Drain(tmp_path, window=1)
    for number in reversed(range(100, 700)):
        kind = DETECTED if number % 3 else QUARANTINED
        run.read(body(number, kind, severity=severities[number % 4]))
    run.read(*(body(number + 1000, QUARANTINED, detection=number) for number in range(100, 130)))
    run.pipeline.finish(flush=True)
    findings, stored = run.correlation.findings, run.store.connection.execute
    urgent = sum(number % 3 > 0 for number in range(130, 700))

    assert findings.changed() == {
        "detections": 600,
        "detections_need_person": urgent,
        "incidents": 600,
        "incidents_need_person": urgent,
    }
    detections = "SELECT key FROM detection WHERE known <> '7000' ORDER BY rank, time, key LIMIT 550"
    assert [(one.key,) for one in findings.changed_detections(550)] == stored(detections).fetchall()
    incidents = "SELECT number FROM incident WHERE number > 1 ORDER BY rank, start, number LIMIT 550"
    assert [(one.number,) for one in findings.changed_incidents(550)] == stored(incidents).fetchall()
    run.kill()
