# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a state folder beside its consumer: the same findings, and nothing of the folder changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.reading import Stored, read_since
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import NOW, Session, body, delivery
from ..deliveries import settings as stream_of

CONSOLE: dict[str, str | None] = {"region": "eu", "console_host": None}


class Consumer:
    """A consumer that takes in events as told, and has its state folder open all the while."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.letters = DeadLetterFile(folder)
        rules = GroupingSettings(rules=["same_computer", "same_hash"])
        with self.store.reading():
            correlation = Correlation(self.store, {}, ["event", "detection", "incident"], rules, remember=True)
        reader = CloudReader({})
        self.pipeline = Pipeline(
            self.store, self.letters, [], correlation, reader, lambda _batch: None, clock=lambda: NOW
        )
        self.session = Session(stream_of(source="soc"))

    def take(self, numbers: range) -> None:
        self.pipeline.process([delivery(body(number, detection=number // 3), self.session) for number in numbers])
        self.pipeline.finish(flush=True)

    def close(self) -> None:
        self.letters.close()
        self.store.close()


@pytest.fixture
def consumer(tmp_path: Path) -> Iterator[Consumer]:
    made = Consumer(tmp_path)
    yield made
    made.close()


def look(folder: Path, since: int = 0) -> Stored:
    return read_since(folder, since, "same_computer", CONSOLE)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes, without SQLite's shared memory, in which readers mark themselves."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if not path.name.endswith("-shm")}


def test_detections_and_incidents_are_read_while_the_consumer_runs(tmp_path: Path, consumer: Consumer) -> None:
    consumer.take(range(300))
    before = contents(tmp_path)
    stored = look(tmp_path)
    assert contents(tmp_path) == before
    assert len(stored.detections) == 100
    members = [key for incident in stored.incidents for key in incident["detections"]]
    assert sorted(members) == sorted(detection.key for detection in stored.detections)
    assert all(incident["pivot_urls"] for incident in stored.incidents)
    consumer.take(range(300, 330))  # nothing is locked
    assert len(look(tmp_path).detections) == 110


def test_the_folder_of_a_consumer_that_stopped_stays_as_it_is(tmp_path: Path, consumer: Consumer) -> None:
    consumer.take(range(30))
    consumer.close()
    before = contents(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert len(look(tmp_path).detections) == 10
    finally:
        tmp_path.chmod(0o700)
    assert contents(tmp_path) == before
    assert not list(tmp_path.glob("*-shm"))


def test_only_what_is_newer_is_read_with_its_whole_incidents(tmp_path: Path, consumer: Consumer) -> None:
    consumer.take(range(300))
    everything = look(tmp_path)
    middle = sorted(detection.time for detection in everything.detections)[50]
    newer = look(tmp_path, middle)
    assert 0 < len(newer.detections) < 100
    assert all(detection.time >= middle for detection in newer.detections)
    whole = {incident["id"]: incident for incident in everything.incidents}
    assert all(whole[incident["id"]] == incident for incident in newer.incidents)


@pytest.mark.parametrize(
    ("pragma", "said"),
    [
        ("user_version = 1", "has schema 1, this release reads"),
        ("user_version = 99", "has schema 99, this release reads"),
        ("application_id = 7", "is a database of another program"),
    ],
)
def test_another_release_is_neither_read_nor_migrated(
    tmp_path: Path, consumer: Consumer, pragma: str, said: str
) -> None:
    consumer.close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db:
        db.execute(f"PRAGMA {pragma}")
    before = contents(tmp_path)
    with pytest.raises(StoreError, match=said):
        look(tmp_path)
    assert contents(tmp_path) == before


def test_a_folder_without_a_consumer_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no consumer has kept its state here"):
        look(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_damage_is_told(tmp_path: Path, consumer: Consumer) -> None:
    consumer.take(range(300))
    consumer.close()
    path = tmp_path / "events.sqlite"
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 8192)
    with pytest.raises(StoreError, match=r"events\.sqlite: "):
        look(tmp_path)
