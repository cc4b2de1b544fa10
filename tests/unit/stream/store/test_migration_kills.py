# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at every statement with which a database of an older release is brought up: the next start loses nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store import schema
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..draining import MODULE_UTILS

SECOND = 10**9
TIME = 1_568_916_000 * SECOND
ROWS = 3

# For each statement: a copy of the folder, a process that opens its store and is killed when that statement begins.
# Prints how each of the processes ended, until one came through.
KILLED = """
import importlib, json, os, shutil, signal, sqlite3, sys, types
from pathlib import Path
parent = types.ModuleType("synthetic"); parent.__path__ = [sys.argv[1]]; sys.modules["synthetic"] = parent
store = importlib.import_module("synthetic._stream.store.store")
folder, connect, ends = Path(sys.argv[2]), sqlite3.connect, []

def open_until(fatal, at):
    def traced(*arguments, **options):
        db, seen = connect(*arguments, **options), []
        def begins(statement):
            seen.append(statement)
            if len(seen) == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
        db.set_trace_callback(begins)
        return db
    sqlite3.connect = traced
    store.Store(at).close()

while not ends or ends[-1]:
    copy = folder / str(len(ends))
    shutil.copytree(folder / "old", copy)
    process = os.fork()
    if not process:
        open_until(len(ends) + 1, copy)
        os._exit(0)
    ends.append(os.waitpid(process, 0)[1])
print(json.dumps(ends))
"""


def old_database(folder: Path, version: int) -> None:
    """What a release with schema `version` left: events with and without an id, a detection and incidents of each."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "events.sqlite")) as db:
        db.create_function("key_sum", 1, schema.key_sum, deterministic=True)
        db.executescript(schema.MIGRATIONS[0])
        db.execute("INSERT INTO source VALUES (1, 'soc'), (2, 'lab')")
        for number in range(1, ROWS + 1):
            key, at, windows = f"soc/host-{number}/{number}", TIME + number * SECOND, ("open", "final")
            db.execute("INSERT INTO event VALUES (?, 1, ?, ?)", (2 * number, 10**18 + number, number))
            db.execute("INSERT INTO event VALUES (?, 2, ?, ?)", (2 * number + 1, f"sha256:{number}", number))
            state = json.dumps([[[at, 10**18 + number, "", 1090519054]], 0, 0, 0])
            values = (key, "soc", f"host-{number}", str(number), "alpha", "Eicar", "0" * 64, "Medium", at, at, state)
            db.execute("INSERT INTO detection VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            for late, state in enumerate(windows):
                one = (str(number) * 32, "same_computer", 300, "soc", f"host-{number}", at, late, key, state, 1)
                db.execute("INSERT INTO incident VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*one, json.dumps([key])))
        db.execute("INSERT INTO outbox VALUES (1, 7, 'event', ?, ?)", (TIME, b"{}\n" * 7))
        db.execute("INSERT INTO watermark VALUES ('soc', ?, '{}')", (TIME + 3600 * SECOND,))
        db.execute("INSERT INTO sink VALUES ('file', 2, '{}')")
        db.executescript("".join(schema.MIGRATIONS[1:version]))
        db.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()


def content(folder: Path) -> dict[str, list[Any]]:
    """Every row of every table, once this release has opened the database."""
    with closing(Store(folder)) as store:
        db = store.connection
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in tables}  # noqa: S608


@pytest.mark.parametrize("version", range(1, schema.SCHEMA_VERSION + 1))
def test_a_kill_at_any_statement_of_a_migration_loses_nothing(tmp_path: Path, version: int) -> None:
    old_database(tmp_path / "old", version)

    ran = subprocess.run(
        [sys.executable, "-c", KILLED, MODULE_UTILS, str(tmp_path)], check=True, stdout=subprocess.PIPE, text=True
    )

    ends = json.loads(ran.stdout)
    assert ends == [9] * (len(ends) - 1) + [0]
    assert len(ends) > (1 if version == schema.SCHEMA_VERSION else 20)
    whole = content(tmp_path / str(len(ends) - 1))
    assert {name: len(whole[name]) for name in ("event", "detection", "incident")} == {
        "event": 2 * ROWS,
        "detection": ROWS,
        "incident": 2 * ROWS,
    }
    for place in range(len(ends) - 1):
        assert content(tmp_path / str(place)) == whole, f"killed at statement {place + 1}"
