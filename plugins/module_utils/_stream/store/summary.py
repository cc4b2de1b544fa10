# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a stopped service left in its state folder. Only reads: nothing is made, locked or migrated."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from ..errors import StoreError
from .state_folder import LOCK_NAME
from .store import FILE_NAME, reason_of_sqlite


def is_held(folder: Path) -> bool:
    """Return whether a consumer holds the state folder."""
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def summary(folder: Path) -> dict[str, Any]:
    """Count what the database holds, and how far each sink is behind; nothing where there is none.

    Reads databases of every release, for the tables that it needs are those of the first one. Raises StoreError.
    """
    path = folder / FILE_NAME
    if not path.exists():
        return {"records": 0, "detections": 0, "incidents": 0, "store_bytes": 0, "sinks": [], "counters": {}}
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)) as db:
            return _summary(db, path)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be read: {reason_of_sqlite(error)}") from error


def _summary(db: sqlite3.Connection, path: Path) -> dict[str, Any]:
    def one(question: str) -> int:
        return int(db.execute(question).fetchone()[0])

    sinks = db.execute("SELECT name, next FROM sink ORDER BY name").fetchall()
    following = max(
        one("SELECT coalesce(max(first + count), 1) FROM outbox"),
        one("SELECT coalesce(max(number), 0) + 1 FROM event"),
        *(place for _name, place in sinks),
        1,
    )
    return {
        "records": following - 1,
        "detections": one("SELECT count(*) FROM detection"),
        "incidents": one("SELECT count(*) FROM incident"),
        "store_bytes": path.stat().st_size,
        "sinks": [{"name": name, "lag": following - place} for name, place in sinks],
        "counters": dict(db.execute("SELECT name, value FROM counter").fetchall()),
    }
