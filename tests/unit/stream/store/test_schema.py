# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A state folder of an older release carries on under this one; whatever happens while its database is brought up."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.drain import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store import schema
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import CONNECTOR, FIRST_ID, NOW, START, Session, body, delivery, settings
from ..draining import MODULE_UTILS

SECOND = 10**9
TIME = START * SECOND
KEY = f"soc/{CONNECTOR}/7000"
DETECTED = 1090519054
HASH = f"{0:064x}"

# Opens the store and is killed when the migration has come to an incident.
KILLED = """
import importlib, os, signal, sys, types
from pathlib import Path
parent = types.ModuleType("synthetic"); parent.__path__ = [sys.argv[1]]; sys.modules["synthetic"] = parent
schema = importlib.import_module("synthetic._stream.store.schema")
schema.key_sum = lambda _key: os.kill(os.getpid(), signal.SIGKILL)
importlib.import_module("synthetic._stream.store.store").Store(Path(sys.argv[2]))
"""


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """What version 1 left behind after one event: its detection, and a window that is open."""
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as db:
        db.executescript(schema.MIGRATIONS[0])
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
        db.execute("INSERT INTO source VALUES (1, 'soc')")
        db.execute("INSERT INTO event VALUES (1, 1, ?, ?)", (FIRST_ID, crc32(body(0))))
        db.execute("INSERT INTO outbox VALUES (1, 1, 'event', ?, ?)", (NOW, b"{}\n"))
        state = json.dumps([[[TIME, FIRST_ID, "", DETECTED]], 0, 0, 0])
        values = (KEY, "soc", CONNECTOR, "7000", "alpha", "Eicar", HASH, "Medium", TIME, TIME, state)
        db.execute("INSERT INTO detection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        open_one = ("0" * 32, "same_computer", 300, "soc", CONNECTOR, TIME, 0, KEY, "open", 1, json.dumps([KEY]))
        db.execute("INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", open_one)
        db.execute("INSERT INTO watermark VALUES ('soc', ?, ?)", (TIME + SECOND, json.dumps({"q on h:443": TIME})))
        db.execute("INSERT INTO sink VALUES ('file', 2, '{}')")
        db.commit()
    return tmp_path


def version_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "events.sqlite")) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


def incidents(folder: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "events.sqlite")) as db:
        found = db.execute("SELECT rule, key, start, revision, members FROM incident ORDER BY start").fetchall()
        return [(*row[:4], json.loads(row[4])) for row in found]


def carry_on(folder: Path) -> dict[str, int]:
    """The event of before again, and one that belongs into its window."""
    store, letters = Store(folder), DeadLetterFile(folder)
    correlation = Correlation(store, {}, [], GroupingSettings(rules=["same_computer"]))
    pipeline = Pipeline(store, letters, [], correlation, CloudReader({}), lambda _batch: None, clock=lambda: NOW)
    session = Session(settings(source="soc"))
    pipeline.process([delivery(body(0), session), delivery(body(100), session)])
    pipeline.finish(flush=True)
    (counts,) = pipeline.counts.values()
    letters.close()
    store.close()
    return dict(counts)


def test_what_an_older_release_stored_is_known_to_this_one(first_version: Path) -> None:
    with closing(Store(first_version)) as store:
        assert store.sink_places() == {"file": 2}
        assert store.next_number == 2
        assert b"".join(run.lines for run in store.runs(1)) == b"{}\n"
    assert version_of(first_version) == schema.SCHEMA_VERSION


def test_events_of_before_are_duplicates_and_open_windows_take_in_what_follows(first_version: Path) -> None:
    assert carry_on(first_version)["duplicates"] == 1
    (one,) = incidents(first_version)
    assert one == ("same_computer", CONNECTOR, TIME, one[3], [KEY, f"soc/{CONNECTOR}/7100"])
    assert one[3] > 1


def test_a_kill_in_the_middle_of_a_migration_leaves_the_old_version_whole(first_version: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, MODULE_UTILS, str(first_version)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert version_of(first_version) == 1
    assert incidents(first_version)[0][4] == [KEY]
    assert carry_on(first_version)["duplicates"] == 1
    assert version_of(first_version) == schema.SCHEMA_VERSION


def test_a_migration_that_fails_is_told_and_changes_nothing(
    first_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "DROP TABLE sink; SELECT nonsense;"))
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 3)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(first_version)
    monkeypatch.undo()
    assert version_of(first_version) == 1
    with closing(Store(first_version)) as store:
        assert store.sink_places() == {"file": 2}


def test_a_migrated_database_has_the_tables_of_a_new_one(first_version: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for folder in (first_version, tmp_path / "new"):
        Store(folder).close()
    assert _tables(first_version) == _tables(tmp_path / "new")


def _tables(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "events.sqlite")) as db:
        return {sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
