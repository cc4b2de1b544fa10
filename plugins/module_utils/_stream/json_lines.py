# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of JSON lines that holds every record exactly once, across any crash (R12).

The store knows (generation, offset, next record) of what was synced. What lies beyond the offset after a crash is
compared with the outbox: whole lines are adopted, a torn one is cut, anything else is somebody else's and stops us.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import OutputError, printable
from .state_folder import reason_of, sync_folder
from .store import Kind, Run, Store

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Place:
    """Up to where the file is synced, and which file it is."""

    generation: int
    offset: int
    device: int
    inode: int


class JsonLines:
    """Appends records to `path`. `open` comes first, `write` after each commit, `save` inside the next transaction."""

    def __init__(self, path: str | Path, store: Store, kinds: Sequence[Kind] = ("event",)) -> None:
        self.path = Path(os.path.abspath(path))
        self.sink = f"json_lines:{self.path}"
        self._store = store
        self._kinds = frozenset(kinds)
        self._file = -1
        self._place = Place(1, 0, 0, 0)
        self._next = 1
        self._saved = True

    def open(self) -> None:
        """Find the place again, or begin a new file. Raises OutputError where the file is not as it was left."""
        known = self._store.sink_place(self.sink)
        try:
            if known is None:
                self._begin()
            else:
                self._resume(known[0], known[1])
        except OSError as error:
            raise self._failed(error) from error
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """A file that was never ours must be empty: a line of another history could be one that we write again."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(self.path, flags, 0o600)
        status = os.fstat(self._file)
        if status.st_size:
            raise OutputError(
                f"{self.path}: holds {status.st_size} bytes that were not written from this state folder;"
                " move it away or give another path"
            )
        sync_folder(self.path.parent)
        self._place = Place(1, 0, status.st_dev, status.st_ino)
        self._next = self._store.next_number
        with self._store.transaction():
            self.save(force=True)

    def _resume(self, following: int, place: dict[str, Any]) -> None:
        self._next, self._place = following, Place(**place)
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise self._foreign("it is gone") from None
        status = os.fstat(self._file)
        if (status.st_dev, status.st_ino) != (self._place.device, self._place.inode):
            raise self._foreign("another file has taken its place")
        if status.st_size < self._place.offset:
            raise self._foreign(f"it was cut from {self._place.offset} to {status.st_size} bytes")
        if status.st_size > self._place.offset:
            self._adopt(status.st_size)
        self.write(self._store.runs(self._next))

    def _adopt(self, size: int) -> None:
        """Take over what was written but not noted; cut a torn line."""
        offset = self._place.offset
        for run in self._store.runs(self._next):
            for number, line in enumerate(run.lines.splitlines(keepends=True), run.first):
                if run.kind in self._kinds:
                    found = os.pread(self._file, len(line), offset)
                    if found != line:
                        self._cut(offset, size, torn=line.startswith(found) and offset + len(found) == size)
                        return
                    offset += len(line)
                self._note(offset, number + 1)
                if offset == size:
                    return
        self._cut(offset, size, torn=False)

    def _cut(self, offset: int, size: int, *, torn: bool) -> None:
        if not torn:
            raise self._foreign(f"from byte {offset} on it holds {size - offset} bytes that are not ours")
        os.ftruncate(self._file, offset)
        os.fdatasync(self._file)

    def write(self, runs: Iterable[Run]) -> None:
        """Append these runs and sync. A failure is final: what the disk holds is sorted out at the next start."""
        try:
            appended = False
            for run in runs:
                if run.kind in self._kinds:
                    if not appended:
                        self._check_untouched()
                        appended = True
                    self._append(run.lines)
                self._note(
                    self._place.offset + (len(run.lines) if run.kind in self._kinds else 0), run.first + run.size
                )
            if appended:
                os.fdatasync(self._file)
        except OSError as error:
            raise self._failed(error) from error

    def _append(self, lines: bytes) -> None:
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._file, rest[:_CHUNK]) :]

    def _check_untouched(self) -> None:
        try:
            status = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            raise self._foreign("it is gone") from None
        if (status.st_dev, status.st_ino) != (self._place.device, self._place.inode):
            raise self._foreign("another file has taken its place")
        if status.st_size != self._place.offset:
            raise self._foreign(f"it has {status.st_size} bytes where {self._place.offset} were written")

    def _note(self, offset: int, following: int) -> None:
        self._place = Place(self._place.generation, offset, self._place.device, self._place.inode)
        self._next = following
        self._saved = False

    def save(self, *, force: bool = False) -> None:
        """Put the place into the store; within a transaction, after `write`."""
        if force or not self._saved:
            self._store.set_sink_place(self.sink, self._next, asdict(self._place))
            self._saved = True

    def close(self) -> None:
        if self._file >= 0:
            with suppress(OSError):
                os.close(self._file)
            self._file = -1

    def _foreign(self, what: str) -> OutputError:
        return OutputError(
            f"{printable(self.path)}: somebody else changed this file: {what}. Only this consumer may write it"
            " and rotate it. Put it back as it was, or give another path: a new file begins with the next event"
        )

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"{printable(self.path)}: cannot be written: {reason_of(error)}")
