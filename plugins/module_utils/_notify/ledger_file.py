# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the ledger in a folder, one run at a time. What is saved is on disk before the next message goes out."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._common.text import printable
from .ledger import Ledger, as_json, from_json

VERSION = 1
FILE_NAME = "notified.json"
PATIENCE = 300  # seconds to wait for another run


class LedgerError(Exception):
    """The ledger cannot be used; the text says which file, why and what to do."""


@contextmanager
def locked(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the folder, which is made where it is missing, so that two runs do not send the same message."""
    with _errors_of(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(handle, folder, time.monotonic() + patience)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > until:
                raise LedgerError(f"{printable(folder)}: another run is still sending. Try again later") from None
        time.sleep(0.1)


def load(folder: Path) -> Ledger:
    """Return the ledger of a folder; an empty one where nothing was kept yet. Raises LedgerError."""
    path = folder / FILE_NAME
    with _errors_of(path):
        try:
            kept = json.loads(path.read_bytes())
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            kept = None
    try:
        if kept["version"] != VERSION:
            raise LedgerError(f"{printable(path)}: is of another release of the collection")
        return from_json(kept["incidents"])
    except (TypeError, LookupError, ValueError, AttributeError):
        raise LedgerError(
            f"{printable(path)}: is damaged. Restore a copy; without one, remove it, and messages are sent once more"
        ) from None


def save(folder: Path, ledger: Ledger) -> None:
    """Replace the ledger as a whole. Raises LedgerError."""
    path = folder / FILE_NAME
    new = path.with_suffix(".new")
    text = json.dumps({"version": VERSION, "incidents": as_json(ledger)})
    with _errors_of(path):
        with suppress(FileNotFoundError):
            new.unlink()
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(f"{printable(path)}: {printable(error.strerror or error)}") from error
