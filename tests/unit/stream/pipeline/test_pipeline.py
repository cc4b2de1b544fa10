# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detection_records import Links
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import OutputError, StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.notices import (
    MAX_UNKNOWN_TYPES,
    MORE,
    unknown_types_warning,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.json_lines import JsonLines
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import BUSINESS, CONNECTOR, FIRST_ID, NOW, Session, body, delivery, fields, lines, settings

STREAM = settings().name


class Bench:
    """A pipeline, and what it acknowledged when."""

    def __init__(self, folder: Path, *, after_output: bool = False) -> None:
        self.folder = folder
        self.store = Store(folder)
        self.letters = DeadLetterFile(folder)
        self.output = JsonLines(folder / "events.jsonl", self.store)
        self.output.open()
        self.acknowledged: list[list[Delivery]] = []
        self.seen_at_acknowledgement: Callable[[], object] = lambda: None
        self.seen: list[object] = []
        links: dict[str, Links] = {}
        self.pipeline = Pipeline(
            self.store,
            self.letters,
            [self.output],
            Correlation(self.store, links, ["event"], GroupingSettings()),
            CloudReader(links),
            self._acknowledge,
            after_output=after_output,
            clock=lambda: NOW,
        )

    def _acknowledge(self, batch: list[Delivery]) -> None:
        self.acknowledged.append(batch)
        self.seen.append(self.seen_at_acknowledgement())

    def process(self, *bodies: bytes, session: Session | None = None) -> None:
        self.pipeline.process([delivery(raw, session, tag=tag) for tag, raw in enumerate(bodies, 1)])

    @property
    def counts(self) -> dict[str, int]:
        return {name: count for name, count in self.pipeline.counts[STREAM].items() if count}

    def written(self) -> list[dict[str, Any]]:
        return lines(self.folder / "events.jsonl")

    def dead(self) -> list[dict[str, Any]]:
        return lines(self.folder / "dead_letters.jsonl")

    def close(self) -> None:
        self.output.close()
        self.letters.close()
        self.store.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def test_an_event_becomes_a_line_with_its_ids_as_text(bench: Bench) -> None:
    bench.process(body(1))
    assert bench.written() == [
        {
            "kind": "event",
            "source": BUSINESS,
            "key": f"{FIRST_ID + 1}-96e788fc26f9cc22",
            "time": "2019-09-19T18:00:01.000000000Z",
            "received": "2020-09-13T12:26:40.000000000Z",
            "connector_guid": CONNECTOR,
            "event": fields(1) | {"id": str(FIRST_ID + 1)},
        }
    ]
    assert bench.counts == {"received": 1, "events": 1}


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(fields(1), indent=2).encode(),
        json.dumps({"date": "x", **fields(1)}).encode(),
        body(1, file={"file_name": "наклейка\u2028.exe"}).replace(b"\\u", b"\\u"),
        json.dumps(fields(1) | {"detection": "\u202e\u2028 \x85"}, ensure_ascii=False).encode(),
        body(1).replace(b'{"id":', b'{"id" : ') + b" \r\n",
        b"\n" + body(1),
    ],
    ids=["indented", "id not first", "escapes", "raw unicode", "spaces", "line break"],
)
def test_any_spelling_of_an_event_is_one_ascii_line_of_the_same_object(bench: Bench, raw: bytes) -> None:
    bench.process(raw)
    content = (bench.folder / "events.jsonl").read_bytes()
    assert content.isascii()
    assert content.count(b"\n") == 1
    assert content.decode().splitlines() == [content.decode().rstrip("\n")]
    (line,) = bench.written()
    assert line["event"] == json.loads(raw) | {"id": str(FIRST_ID + 1)}


def test_the_bytes_of_a_line_depend_on_the_record_only(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        bench = Bench(tmp_path / name)
        bench.process(body(1), body(2, note="ü"))
        contents.append((tmp_path / name / "events.jsonl").read_bytes())
        bench.close()
    assert contents[0] == contents[1]


def test_an_id_beyond_63_bits_is_exact(bench: Bench) -> None:
    bench.process(body(1, id=2**64 - 1), body(2, id=2**64 - 1))
    assert [line["event"]["id"] for line in bench.written()] == ["18446744073709551615"] * 2
    assert bench.counts == {"received": 2, "events": 2, "rounded_ids": 1}


def test_the_same_event_with_another_body_is_a_conflict_and_the_first_one_stays(bench: Bench) -> None:
    bench.process(body(1), body(1, severity="High"))
    assert [line["event"]["severity"] for line in bench.written()] == ["Medium"]
    assert bench.counts == {"received": 2, "events": 1, "duplicates": 1, "conflicts": 1}


def test_types_that_the_table_does_not_know_are_counted_once_an_event(bench: Bench) -> None:
    bench.process(body(1, 1090519999), body(1, 1090519999), body(2, 1090519999), body(3, 553649999, event_type_id=None))
    assert bench.pipeline.notices.unknown_types == {"1090519999": 2, "none": 1}


def test_a_protection_that_stops_is_noted_with_its_computer(bench: Bench) -> None:
    bench.process(body(1, 553648166), body(2))
    (stopped,) = bench.pipeline.notices.health
    assert (stopped["event_type"], stopped["hostname"], stopped["event_id"]) == (
        "Uninstall",
        "alpha",
        str(FIRST_ID + 1),
    )


def test_hostile_ids_of_types_are_counted_together_once_there_are_too_many(bench: Bench) -> None:
    bench.process(*(body(number, 1090600000 + number) for number in range(150)))
    unknown = bench.pipeline.notices.unknown_types
    assert (len(unknown), unknown[MORE]) == (MAX_UNKNOWN_TYPES + 1, 150 - MAX_UNKNOWN_TYPES)
    assert len(unknown_types_warning(unknown)) < 400


def test_only_the_line_of_an_event_about_a_protection_that_stopped_is_marked_as_health(bench: Bench) -> None:
    bench.process(body(1, 553648166), body(2))
    assert [line.get("health") for line in bench.written()] == [True, None]


def test_an_event_without_an_id_is_known_by_what_it_says(bench: Bench) -> None:
    raw = json.dumps({"event_type_id": 1}).encode()
    bench.process(raw, raw, raw + b" ")
    assert bench.counts == {"received": 3, "events": 1, "duplicates": 2, "conflicts": 1}
    assert all(line["key"].startswith("sha256:") for line in bench.written())


def test_a_float_is_no_id(bench: Bench) -> None:
    bench.process(body(1).replace(str(FIRST_ID + 1).encode(), b"1.5e18", 1))
    assert bench.written()[0]["key"].startswith("sha256:")


def test_two_streams_of_one_source_store_an_event_once(bench: Bench) -> None:
    first, second = (Session(settings(queue_name=name, source="soc")) for name in ("q1", "q2"))
    bench.process(body(1), session=first)
    bench.process(body(1), session=second)
    assert len(bench.written()) == 1


def test_the_source_is_the_label_else_the_business_else_host_and_queue(bench: Bench) -> None:
    bench.process(body(1), session=Session(settings(source="soc")))
    bench.process(body(1))
    bench.pipeline.process([delivery(body(1), key="odd")])
    assert [line["source"] for line in bench.written()] == ["soc", BUSINESS, "broker.example/event_stream_1"]


DEAD = {
    "not UTF-8": b"\xff\xfe{}",
    "not JSON": b"<html>bad gateway</html>",
    "not an object": b'["list"]',
    "NaN": b'{"id": NaN}',
    "infinity": b'{"id": 1e999}',
    "too deep": b'{"a":' * 70 + b"1" + b"}" * 70,
    "very deep": b"[" * 100_000,
    "too large": b'{"a": "' + b"x" * (4 * 1024 * 1024) + b'"}',
    "too many digits": b'{"id": ' + b"9" * 5000 + b"}",
    "empty": b"",
    "truncated": b'{"id": 1',
    "control characters": b'{"a": "\x1b[2J"}',
}


@pytest.mark.parametrize("raw", DEAD.values(), ids=DEAD)
def test_what_is_no_event_is_kept_whole_and_acknowledged(bench: Bench, raw: bytes) -> None:
    bench.seen_at_acknowledgement = lambda: len(bench.dead())
    bench.process(body(1), raw, body(2))
    (letter,) = bench.dead()
    assert b64decode(letter["body"]) == raw
    assert letter["reason"]
    assert letter["headers"]["CC"]
    assert bench.seen == [1], "the dead letter is durable before the acknowledgement"
    assert bench.counts == {"received": 3, "events": 2, "dead_letters": 1}
    assert len(bench.written()) == 2


def test_a_large_event_is_an_event(bench: Bench) -> None:
    bench.process(body(1, command_line={"arguments": "x" * 1_000_000}))
    assert len(bench.written()[0]["event"]["command_line"]["arguments"]) == 1_000_000


def test_an_object_of_the_wrong_shape_is_stored_all_the_same(bench: Bench) -> None:
    bench.process(b'{"id":5,"computer":7,"file":[1],"timestamp":"x","detection_id":{},"event_type_id":null}')
    assert bench.counts == {"received": 1, "events": 1}


def test_nothing_is_acknowledged_before_it_is_in_the_store(bench: Bench) -> None:
    bench.seen_at_acknowledgement = lambda: (bench.store.next_number, os.path.getsize(bench.folder / "events.jsonl"))
    bench.process(body(1), body(2))
    assert bench.seen == [(3, 0)]


def test_if_asked_for_nothing_is_acknowledged_before_it_is_in_the_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path, after_output=True)
    bench.seen_at_acknowledgement = lambda: len(bench.written())
    bench.process(body(1), body(2))
    assert bench.seen == [2]
    bench.close()


def test_a_failed_commit_acknowledges_nothing_and_is_not_repeated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = []

    def full(*_values: object) -> None:
        attempts.append(1)
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.store, "add_events", full)
    with pytest.raises(StoreError):
        bench.process(body(1))
    assert (bench.acknowledged, attempts) == ([], [1])


def test_a_failed_sync_of_dead_letters_acknowledges_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OutputError, match="Input/output error"):
        bench.process(b"no event")
    assert bench.acknowledged == []


def test_a_failed_sync_of_the_file_stops_us(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    with pytest.raises(OutputError, match="cannot be written: Input/output error"):
        bench.process(body(1))


class Clocks:
    """The wall clock, which is set, and the steady one, which is not."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 0

    def pass_by(self, seconds: int, *, also_set: int = 0) -> None:
        self.wall += (seconds + also_set) * 10**9
        self.steady += seconds * 10**9


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def timed(tmp_path: Path, clocks: Clocks) -> Iterator[Pipeline]:
    """A pipeline by those clocks, without outputs."""
    store, letters = Store(tmp_path), DeadLetterFile(tmp_path)
    correlation = Correlation(store, {}, [], GroupingSettings(rules=["same_computer"]))
    yield Pipeline(
        store,
        letters,
        [],
        correlation,
        CloudReader({}),
        lambda _batch: None,
        clock=lambda: clocks.wall,
        steady=lambda: clocks.steady,
    )
    letters.close()
    store.close()


def happened(pipeline: Pipeline, clocks: Clocks, computer: str, number: int) -> None:
    """An event of just now."""
    pipeline.process([delivery(body(number, connector_guid=computer, timestamp=clocks.wall // 10**9 - 1))])


def late_of_incidents(folder: Path) -> list[int]:
    with closing(sqlite3.connect(folder / "events.sqlite")) as db:
        return [late for (late,) in db.execute("SELECT late FROM incident ORDER BY number")]


@pytest.mark.parametrize("jump", [86_400, -86_400])
def test_a_clock_that_is_set_and_set_back_makes_no_event_late(
    timed: Pipeline, clocks: Clocks, tmp_path: Path, jump: int
) -> None:
    happened(timed, clocks, "one", 1)
    for also_set in (jump, -jump):
        clocks.pass_by(5, also_set=also_set)
        timed.tick([STREAM])
    happened(timed, clocks, "other", 2)
    timed.finish(flush=True)
    assert late_of_incidents(tmp_path) == [0, 0]


def test_a_stream_that_is_silent_for_long_holds_no_incident_back(
    timed: Pipeline, clocks: Clocks, tmp_path: Path
) -> None:
    happened(timed, clocks, "one", 1)
    for _tick in range(40):
        clocks.pass_by(5)
        timed.tick([STREAM])
    assert late_of_incidents(tmp_path) == [0]
