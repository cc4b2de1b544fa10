# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draining real queues of a real broker over TLS."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain import drain
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline import pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery
from simulator.ports import free_port

from ..conftest import Stream, TestBroker
from ..deliveries import CONNECTOR, FIRST_ID, PASSWORD, QUARANTINED, body, lines
from ..draining import drained, numbers, options

WaitFor = Callable[[Callable[[], object], str], None]


def expected(count: int, start: int = 0) -> list[int]:
    return [FIRST_ID + number for number in range(start, start + count)]


def test_everything_that_waits_is_stored_once_and_acknowledged(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(number) for number in range(3000)])
    result = drained(tmp_path, stream.settings)
    assert (result["changed"], result["received"], result["events"], result["stopped_by"]) == (
        True,
        3000,
        3000,
        "empty",
    )
    assert result["streams"][0]["messages"] == 3000
    assert numbers(tmp_path) == expected(3000)
    assert stream.length() == 0


def test_an_empty_queue_is_no_change_and_a_second_run_carries_on(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0)])
    drained(tmp_path, stream.settings)
    assert drained(tmp_path, stream.settings)["changed"] is False
    stream.publish([body(1), body(0)])
    result = drained(tmp_path, stream.settings)
    assert (result["events"], result["duplicates"]) == (1, 1)
    assert numbers(tmp_path) == expected(2)


def test_check_mode_says_what_waits_and_touches_nothing(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1)])
    run = IntervalRun(options(tmp_path, stream.settings))
    result = run.look()
    assert result["changed"] is True
    assert result["streams"][0]["messages"] == 2
    assert stream.length() == 2
    assert list(tmp_path.iterdir()) == []
    drained(tmp_path, stream.settings)
    assert IntervalRun(options(tmp_path, stream.settings)).look()["changed"] is False


def test_several_streams_are_drained_at_the_same_time(broker: TestBroker, tmp_path: Path) -> None:
    streams = [broker.stream(source=f"tenant {place}") for place in range(3)]
    for place, one in enumerate(streams):
        one.publish([body(number) for number in range(100 * (place + 1))])
    result = drained(tmp_path, *(one.settings for one in streams))
    assert [one["events"] for one in result["streams"]] == [100, 200, 300]
    assert sorted(numbers(tmp_path)) == sorted(expected(100) + expected(200) + expected(300))
    for one in streams:
        one.remove()


def test_two_streams_of_one_source_give_each_event_once(broker: TestBroker, tmp_path: Path) -> None:
    streams = [broker.stream(source="soc") for _number in range(2)]
    for one in streams:
        one.publish([body(number) for number in range(50)])
    result = drained(tmp_path, *(one.settings for one in streams))
    assert (result["events"], result["duplicates"]) == (50, 50)
    assert sorted(numbers(tmp_path)) == expected(50)
    for one in streams:
        one.remove()


def test_while_one_of_two_streams_of_a_source_is_unreachable_nothing_of_it_is_grouped_for_good(
    broker: TestBroker, tmp_path: Path
) -> None:
    near, far = (broker.stream(source="soc") for _number in range(2))
    near.publish([body(0), body(100)])
    far.publish([body(99)])
    run = IntervalRun(options(tmp_path, near.settings, replace(far.settings, port=free_port()), flush=True))
    result = run.drain()
    assert "cannot be reached" in run.failures[0]
    assert "detections that wait to be grouped into incidents: 2 of soc" in run.warnings[-1]
    assert (result["held"], result["incidents"]) == ({"soc": 2}, [])

    together = drained(tmp_path, near.settings, far.settings, flush=True, rules=["same_computer"])
    assert together["held"] == {}
    assert sum(len(incident["detections"]) for incident in together["incidents"]) == 3
    for one in (near, far):
        one.remove()


def test_no_more_than_max_events_are_taken(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(number) for number in range(100)])
    result = drained(tmp_path, stream.settings, max_events=30)
    assert (result["received"], result["stopped_by"]) == (30, "max_events")
    assert stream.length() == 70
    assert numbers(tmp_path) == expected(30)
    assert drained(tmp_path, stream.settings)["received"] == 70
    assert numbers(tmp_path) == expected(100)


def test_the_time_limit_ends_a_drain_and_settles_what_was_received(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = broker.stream(prefetch=50)
    stream.publish([body(number) for number in range(3000)])
    process = pipeline.Pipeline.process

    def process_and_let_time_pass(self: pipeline.Pipeline, batch: list[Delivery]) -> None:
        process(self, batch)
        clock.passed = 3600.0

    clock = Clock()
    monkeypatch.setattr(pipeline.Pipeline, "process", process_and_let_time_pass)
    make = drain.Consumer.__init__
    monkeypatch.setattr(drain.Consumer, "__init__", lambda self, streams, mode: make(self, streams, mode, clock))
    result = drained(tmp_path, stream.settings, max_seconds=1800)
    monkeypatch.undo()

    assert result["stopped_by"] == "max_seconds"
    assert 0 < result["received"] < 3000
    rest = drained(tmp_path, stream.settings)
    assert rest["duplicates"] == 0, "what was received before the end was acknowledged"
    assert numbers(tmp_path) == expected(3000)
    stream.remove()


class Clock:
    """A clock that jumps when told to."""

    passed = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.passed


def test_hostile_messages_become_dead_letters_among_good_events(stream: Stream, tmp_path: Path) -> None:
    hostile = [b"\xff\xfe", b"<html>", b"[]", b'{"id": NaN}', b"[" * 50_000, b'{"a":"' + b"x" * 20_000_000 + b'"}']
    stream.publish([message for place, bad in enumerate(hostile) for message in (bad, body(place))])
    result = drained(tmp_path, stream.settings)
    assert (result["events"], result["dead_letters"]) == (len(hostile), len(hostile))
    letters = lines(Path(result["dead_letters_path"]))
    assert [b64decode(letter["body"]) for letter in letters] == hostile
    assert numbers(tmp_path) == expected(len(hostile))
    assert stream.length() == 0


def test_a_large_event_is_drained_whole(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0, command_line={"arguments": "x" * 1_000_000})])
    drained(tmp_path, stream.settings)
    assert len(lines(tmp_path / "events.jsonl")[0]["event"]["command_line"]["arguments"]) == 1_000_000


def test_a_queue_that_somebody_else_empties_ends_the_drain(
    stream: Stream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.publish([body(number) for number in range(50)])
    process = pipeline.Pipeline.process

    def purge_and_process(self: pipeline.Pipeline, batch: list[Delivery]) -> None:
        stream.broker.rabbit.admin.purge_queue(stream.record.queue_name)
        process(self, batch)

    monkeypatch.setattr(pipeline.Pipeline, "process", purge_and_process)
    result = drained(tmp_path, replace(stream.settings, prefetch=1))
    assert (result["streams"][0]["messages"], result["received"], result["stopped_by"]) == (50, 1, "empty")


def test_another_consumer_of_the_queue_is_warned_about(stream: Stream, tmp_path: Path, wait_for: WaitFor) -> None:
    inbox = drain.Inbox()
    other = drain.Receiver([stream.settings], inbox, Quiet(), "follow")
    other.start()
    try:
        wait_for(
            lambda: stream.broker.publisher.queue_length(stream.record.queue_name)["consumers"] == 1, "the other one"
        )
        result = drained(tmp_path, stream.settings)
    finally:
        other.close(10)
    assert result["streams"][0]["other_consumers"] == 1
    assert any("1 other consumer(s) take events from this queue" in warning for warning in result["warnings"])


class Quiet:
    """A listener that listens to nothing."""

    def ready(self, stream: object, messages: int, consumers: int) -> None:
        pass

    def ended(self, stream: object, error: object) -> None:
        pass


def test_detections_and_incidents_come_with_everything_stored_about_them(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1), body(400)])
    first = drained(tmp_path, stream.settings, flush=True)
    assert [record["outcome"] for record in first["detections"]] == ["detected"] * 3
    urgent = {"detections_need_person": 3, "incidents_need_person": 3 + 3 + 2, "protection_stopped": 0}
    assert first["counts"] == {"detections": 3, "incidents": 3 + 3 + 2} | urgent
    assert {record["state"] for record in first["incidents"] if record["rule"] == "same_computer"} == {"open", "final"}

    stream.publish([body(2, QUARANTINED, detection=0)])
    second = drained(tmp_path, stream.settings)
    (detection,) = second["detections"]
    assert (detection["outcome"], detection["still_dangerous"]) == ("quarantined", False)
    assert detection["event_ids"] == [str(FIRST_ID), str(FIRST_ID + 2)]
    changed = {record["rule"]: record for record in second["incidents"]}
    assert set(changed) == {"same_hash", "same_hash_same_computer", "same_computer"}
    assert [changed[rule]["still_dangerous"] for rule in ("same_computer", "same_hash")] == [True, False]
    before = {record["id"]: record["revision"] for record in first["incidents"]}
    assert all(record["revision"] > before[record["id"]] for record in second["incidents"])


def test_without_flush_an_incident_waits_for_what_may_still_come(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1)])
    first = drained(tmp_path, stream.settings, lateness_seconds=60)
    assert first["counts"] == {"detections": 2, "incidents": 0} | {
        "detections_need_person": 2,
        "incidents_need_person": 0,
        "protection_stopped": 0,
    }
    stream.publish([body(200)])
    second = drained(tmp_path, stream.settings, lateness_seconds=60)
    assert [record["detections"] for record in second["incidents"] if record["rule"] == "same_computer"] == [
        [f"soc/{CONNECTOR}/7000", f"soc/{CONNECTOR}/7001"]
    ]


def test_detections_and_incidents_go_into_the_file_if_asked_for(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0), body(1, QUARANTINED, detection=0)])
    drained(tmp_path, stream.settings, flush=True, output_kinds=["detection", "incident"])
    written = lines(tmp_path / "events.jsonl")
    assert [line["kind"] for line in written] == ["detection", "incident", "incident", "incident"]
    assert {line["outcome"] for line in written} == {"quarantined"}


def test_more_than_the_limit_that_need_a_person_go_into_a_file(stream: Stream, tmp_path: Path) -> None:
    done = [body(number, QUARANTINED) for number in range(100, 130)]
    stream.publish([*(body(number) for number in range(20)), *done])
    result = drained(tmp_path, stream.settings, limit=5)
    assert len(result["detections"]) == 5
    report = json.loads(Path(result["report_path"]).read_text())
    assert result["counts"]["detections"] == 50
    assert [record["needs_person"] for record in report["detections"]] == [True] * 20
    assert report["detections"][:5] == result["detections"]
    assert PASSWORD not in Path(result["report_path"]).read_text()


def test_what_needs_nobody_is_returned_up_to_the_limit_and_written_nowhere(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(number, QUARANTINED) for number in range(20)])
    result = drained(tmp_path, stream.settings, limit=5)
    assert len(result["detections"]) == 5
    assert result["counts"]["detections"] == 20
    assert "report_path" not in result
