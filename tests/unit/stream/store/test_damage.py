# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database that is damaged anywhere either works, or is reported with what to do; never a traceback."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import OutputError, StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.json_lines import JsonLines
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.maintenance import (
    Maintenance,
    Retention,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import (
    Store,
    reason_of_sqlite,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from ..deliveries import NOW, Session, body, delivery
from ..deliveries import settings as stream_of

RULES = GroupingSettings(rules=["same_computer", "same_hash"])
FLIPPED = 64


def run(folder: Path, numbers: range) -> None:
    """Start as a service does, store a batch, report, forget what is old, and stop."""
    store = Store(folder)
    letters = DeadLetterFile(folder)
    try:
        output = JsonLines(folder / "events.jsonl", store)
        output.open()
        try:
            with store.reading():
                correlation = Correlation(store, {}, ["event", "detection", "incident"], RULES, remember=True)
            reader = CloudReader({})
            pipeline = Pipeline(store, letters, [output], correlation, reader, lambda _batch: None, clock=lambda: NOW)
            session = Session(stream_of(source="soc"))
            pipeline.process([delivery(body(number, detection=number // 3), session) for number in numbers])
            pipeline.tick([])
            pipeline.finish(flush=True)
            Maintenance(store, Retention()).run(NOW, store.next_number)
            store.counters(), store.sink_places(), list(store.runs(1))
        finally:
            output.close()
    finally:
        letters.close()
        store.close()


class Sound:
    """A state folder that can be had again as it was, with the same file of events: another one would be refused."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run(folder, range(300))
        self.database = (folder / "events.sqlite").read_bytes()
        self.size = (folder / "events.jsonl").stat().st_size

    def damage(self, place: float, value: int) -> None:
        """Restore it, but for some bytes of the database."""
        for name in ("events.sqlite-wal", "events.sqlite-shm"):
            (self.folder / name).unlink(missing_ok=True)
        os.truncate(self.folder / "events.jsonl", self.size)
        content = bytearray(self.database)
        first = int(place * (len(content) - FLIPPED))
        content[first : first + FLIPPED] = bytes(one ^ value for one in content[first : first + FLIPPED])
        (self.folder / "events.sqlite").write_bytes(content)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    return Sound(tmp_path_factory.mktemp("sound"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.floats(0, 1), some.sampled_from([0xFF, 0x80, 0x01, 0x20]))
@example(0.0, 0xFF)
@example(1.0, 0xFF)
def test_damage_anywhere_is_reported_with_what_to_do(sound: Sound, place: float, value: int) -> None:
    sound.damage(place, value)
    said = ""
    try:
        run(sound.folder, range(250, 350))
    except (StoreError, OutputError) as error:
        said = str(error)
    advice = ("restore a copy", "give another state folder", "install that one", "events.jsonl")
    assert not said or any(words in said for words in advice), said


def test_the_faults_of_sqlite_are_told_apart_by_their_codes() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    assert "the disk is full" in reason_of_sqlite(full), "where Python gives no code, by its words"
    other = sqlite3.OperationalError("the words of another release")
    other.sqlite_errorcode = 13  # type: ignore[misc]
    assert "the disk is full" in reason_of_sqlite(other)
    busy = sqlite3.OperationalError("nothing known")
    busy.sqlite_errorcode = 261  # type: ignore[misc] # SQLITE_BUSY_RECOVERY
    assert "another program has locked it" in reason_of_sqlite(busy)
    misled = sqlite3.DatabaseError("table full_of_locked_rows is malformed")
    misled.sqlite_errorcode = 1  # type: ignore[misc]
    assert "it is damaged (table full_of_locked_rows is malformed)" in reason_of_sqlite(misled)


@pytest.mark.parametrize(
    "fault",
    [
        sqlite3.OperationalError("unsupported file format"),
        sqlite3.IntegrityError("UNIQUE constraint failed: event.source, event.key, event.digest"),
    ],
)
def test_what_a_sound_database_never_answers_is_damage_by_its_words_too(fault: sqlite3.Error) -> None:
    assert reason_of_sqlite(fault).startswith(f"it is damaged ({fault}); restore a copy")


def test_a_number_that_became_bytes_is_damage(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as database:
        database.execute("INSERT INTO sink VALUES ('file', x'00', '{}')")
        database.commit()
    with pytest.raises(StoreError, match="it is damaged"):
        Store(tmp_path)


def test_a_database_whose_tables_are_not_ours_is_damaged(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as database:
        database.execute("ALTER TABLE sink RENAME COLUMN next TO nest")
    with pytest.raises(StoreError, match=r"it is damaged \(no such column: next\); restore a copy"):
        Store(tmp_path)


def test_a_database_that_is_replaced_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    shutil.copy(store.path, tmp_path / "copy")
    os.replace(tmp_path / "copy", store.path)
    with pytest.raises(StoreError, match="removed or replaced while it was in use"), store.transaction():
        store.counted("dead_letters", 1)
    store.close()
