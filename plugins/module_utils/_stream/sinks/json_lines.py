# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of JSON lines that holds every record exactly once, across any crash (R12).

The store knows (generation, offset, next record) of what was synced. What lies beyond the offset after a crash is
compared with the outbox: whole lines are adopted, a torn one is cut, anything else is somebody else's and stops us.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..._common.text import printable
from ..errors import OutputError
from ..options import REQUIRED, Options
from ..store.state_folder import reason_of, sync_folder
from ..store.store import Run, Store
from .selection import Selection
from .sink import Opening

NAME = "json_lines"
DEFAULTS: Mapping[str, Any] = {"path": REQUIRED, "rotate_bytes": None, "rotate_seconds": None, "keep": 0}

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
_CHUNK = 1024 * 1024
_CENTURY = 36500 * 24 * 3600


@dataclass(frozen=True)
class Place:
    """Up to where the file is synced, and which file it is; `begun_ns` is when its first record was written."""

    generation: int
    offset: int
    device: int
    inode: int
    begun_ns: int = 0


@dataclass(frozen=True)
class Rotation:
    """When the file is put aside as PATH.000001, PATH.000002, ... None: never; `keep` 0: all of them are kept."""

    max_bytes: int | None = None
    max_seconds: int | None = None
    keep: int = 0


@dataclass(frozen=True)
class FileSettings:
    """Where the records go, and when the file is rotated."""

    path: str | Path
    rotation: Rotation = Rotation()


def parse(options: Options) -> FileSettings:
    """See SinkType."""
    return FileSettings(
        path=options.text("path"),
        rotation=Rotation(
            max_bytes=options.optional_number("rotate_bytes", 1, 2**62),
            max_seconds=options.optional_number("rotate_seconds", 1, _CENTURY),
            keep=options.number("keep", 0, 10**6),
        ),
    )


def open(settings: FileSettings, opening: Opening) -> JsonLines:
    """See SinkType."""
    sink = opening.sink
    return JsonLines(
        settings.path, opening.store, sink.selection, settings.rotation, name=sink.name, oldest=sink.oldest
    )


class JsonLines:
    """Append records to `path`. See Sink."""

    required = True
    dropped = 0

    def __init__(
        self,
        path: str | Path,
        store: Store,
        selection: Selection = Selection(),  # noqa: B008 - it is frozen
        rotation: Rotation = Rotation(),
        *,
        name: str | None = None,
        oldest: bool = False,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.path = Path(os.path.abspath(path))
        self.sink = name or f"json_lines:{self.path}"
        self.next = 1
        self._store = store
        self._selection = selection
        self._rotation = rotation
        self._oldest = oldest
        self._clock = clock
        self._file = -1
        self._place = Place(1, 0, 0, 0)
        self._saved = True

    def open(self) -> None:
        """Find the place again, or begin a new file. Raises OutputError where the file is not as it was left."""
        known = self._store.sink_place(self.sink)
        try:
            if known is None:
                self._begin()
            else:
                self.next, self._place = known[0], Place(**known[1])
                self._resume()
            self.write(self._store.runs(self.next))
            self._remove_old_files()
        except OSError as error:
            raise self._failed(error) from error
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        """Begin a file, which must be empty: a line of another history could be one that we write again."""
        self._file = os.open(self.path, _FLAGS | os.O_CREAT, 0o600)
        status = os.fstat(self._file)
        if status.st_size:
            raise OutputError(
                f"{self.path}: holds {status.st_size} bytes that were not written from this state folder;"
                " move it away or give another path"
            )
        sync_folder(self.path.parent)
        self._place = Place(1, 0, status.st_dev, status.st_ino)
        self.next = 1 if self._oldest else self._store.next_number
        with self._store.transaction():
            self.save(force=True)

    def _resume(self) -> None:
        rotated = self._rotated_path()
        if _identity(self.path) != self._identity and _identity(rotated) == self._identity:
            self._finish_rotation(rotated)
            return
        try:
            self._file = os.open(self.path, _FLAGS)
        except FileNotFoundError:
            raise self._foreign("it is gone") from None
        self._check_and_adopt()

    def _finish_rotation(self, rotated: Path) -> None:
        """Go on after a crash between renaming a full file, which was noted whole, and noting the new one."""
        if rotated.stat().st_size != self._place.offset:
            raise self._foreign(f"{rotated.name} has not the size with which it was put aside")
        self._file = os.open(self.path, _FLAGS | os.O_CREAT, 0o600)
        status = os.fstat(self._file)
        self._place = Place(self._place.generation + 1, 0, status.st_dev, status.st_ino)
        sync_folder(self.path.parent)
        self._saved = False
        self._check_and_adopt()

    @property
    def _identity(self) -> tuple[int, int]:
        return self._place.device, self._place.inode

    def _check_and_adopt(self) -> None:
        status = os.fstat(self._file)
        if (status.st_dev, status.st_ino) != self._identity:
            raise self._foreign("another file has taken its place")
        if status.st_size < self._place.offset:
            raise self._foreign(f"it was cut from {self._place.offset} to {status.st_size} bytes")
        if status.st_size > self._place.offset:
            self._adopt(status.st_size)

    def _adopt(self, size: int) -> None:
        """Take over what was written but not noted; cut a torn line."""
        offset = self._place.offset
        for run in self._store.runs(self.next):
            for number, _kind, line in self._selection.records(run):
                found = os.pread(self._file, len(line), offset)
                if found != line:
                    self._cut(offset, size, torn=line.startswith(found) and offset + len(found) == size)
                    return
                offset += len(line)
                self._note(offset, number + 1)
                if offset == size:
                    return
            self._note(offset, run.first + run.size)
        self._cut(offset, size, torn=False)

    def _cut(self, offset: int, size: int, *, torn: bool) -> None:
        if not torn:
            raise self._foreign(f"from byte {offset} on it holds {size - offset} bytes that are not ours")
        os.ftruncate(self._file, offset)
        os.fdatasync(self._file)

    def write(self, runs: Iterable[Run]) -> None:
        """Append these runs and sync. A failure is final: what the disk holds is sorted out at the next start."""
        try:
            self.tick()
            appended = False
            for run in runs:
                lines = self._selection.lines(run)
                if lines and not appended:
                    self._check_untouched()
                    appended = True
                if self._has_room_for(len(lines)):
                    self._append(lines, run.first + run.size)
                else:
                    self._append_one_by_one(run)
            if appended:
                os.fdatasync(self._file)
        except OSError as error:
            raise self._failed(error) from error

    def _append(self, lines: bytes | bytearray, following: int) -> None:
        with memoryview(lines) as whole:
            written = 0
            while written < len(whole):
                written += os.write(self._file, whole[written : written + _CHUNK])
        self._note(self._place.offset + len(lines), following)

    def _append_one_by_one(self, run: Run) -> None:
        """Rotate between two records of the run, each time that the file has reached its bound."""
        lines = bytearray()
        for number, _kind, line in self._selection.records(run):
            if not self._has_room_for(len(lines)):
                self._append(lines, number)
                lines = bytearray()
                os.fdatasync(self._file)
                with self._store.transaction():
                    self.save()
                self.tick()
            lines += line
        self._append(lines, run.first + run.size)

    def _has_room_for(self, size: int) -> bool:
        """Tell whether the file is below its bound once it has so many more bytes."""
        return self._rotation.max_bytes is None or self._place.offset + size < self._rotation.max_bytes

    def _check_untouched(self) -> None:
        try:
            status = os.stat(self.path, follow_symlinks=False)
        except FileNotFoundError:
            raise self._foreign("it is gone") from None
        if (status.st_dev, status.st_ino) != self._identity:
            raise self._foreign("another file has taken its place")
        if status.st_size != self._place.offset:
            raise self._foreign(f"it has {status.st_size} bytes where {self._place.offset} were written")

    def wait_for(self, following: int, patience: float) -> None:
        """Return at once: what was written is on disk."""

    def tick(self) -> None:
        """Put a file aside that is full or old, once all of it is noted in the store."""
        place, rotation = self._place, self._rotation
        full = rotation.max_bytes is not None and place.offset >= rotation.max_bytes
        age = (self._clock() - place.begun_ns) // 10**9
        old = rotation.max_seconds is not None and bool(place.begun_ns) and age >= rotation.max_seconds
        if not self._saved or not place.offset or not (full or old):
            return
        self._check_untouched()
        rotated = self._rotated_path()
        if rotated.exists():
            raise self._foreign(f"there is a {rotated.name} already")
        os.rename(self.path, rotated)
        self.close()
        self._file = os.open(self.path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        sync_folder(self.path.parent)
        status = os.fstat(self._file)
        self._place = Place(place.generation + 1, 0, status.st_dev, status.st_ino)
        self._saved = False
        self._remove_old_files()

    def _remove_old_files(self) -> None:
        """Keep as many rotated files as the rotation says, also where it said more before."""
        if not self._rotation.keep:
            return
        rotated = re.compile(re.escape(self.path.name) + r"[.](\d{6,})")
        oldest = self._place.generation - self._rotation.keep
        for name in os.listdir(self.path.parent):
            match = rotated.fullmatch(name)
            if match and 0 < int(match[1]) < oldest:
                with suppress(FileNotFoundError):
                    self.path.with_name(name).unlink()

    def _rotated_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.{self._place.generation:06d}")

    def _note(self, offset: int, following: int) -> None:
        begun = self._place.begun_ns or (self._clock() if offset else 0)
        self._place = replace(self._place, offset=offset, begun_ns=begun)
        self.next = following
        self._saved = False

    def save(self, *, force: bool = False) -> None:
        """Put the place into the store; within a transaction, after `write`."""
        if force or not self._saved:
            self._store.set_sink_place(self.sink, self.next, asdict(self._place))
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


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
