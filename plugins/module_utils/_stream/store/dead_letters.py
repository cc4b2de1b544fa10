# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What could not be read as an event, kept whole with reason and headers, durable before it is acknowledged (R16)."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ..._common.text import printable
from ..._common.time import iso_time
from ..errors import OutputError
from .state_folder import reason_of, sync_folder

FILE_NAME = "dead_letters.jsonl"


class DeadLetterRecord(NamedTuple):
    """One delivery that is no event."""

    stream: str
    source: str
    routing_key: str
    headers: dict[str, Any]
    reason: str
    received_ns: int
    body: bytes

    def line(self) -> bytes:
        """Return one line of JSON; `id` is the same for the same bytes, for a delivery can come twice."""
        record = {
            "id": "sha256:" + sha256(self.body).hexdigest(),
            "received": iso_time(self.received_ns),
            "stream": self.stream,
            "source": self.source,
            "routing_key": self.routing_key,
            "headers": self.headers,
            "reason": self.reason,
            "size": len(self.body),
            "body": b64encode(self.body).decode(),
        }
        return json.dumps(record, default=_plain, separators=(",", ":")).encode() + b"\n"


class AppendedFile:
    """A file of lines, made when the first one comes. A torn last line of a crash is cut: it comes again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1

    def append(self, lines: Iterable[bytes]) -> None:
        """Durable when this returns. Raises OutputError."""
        try:
            if self._file < 0:
                self._open()
            for line in lines:
                rest = memoryview(line)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError as error:
            raise OutputError(f"{printable(self.path)}: cannot be written: {reason_of(error)}") from error

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.ftruncate(self._file, _end_of_last_line(self._file, size))
        sync_folder(self.path.parent)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class DeadLetterFile(AppendedFile):
    """The dead letters of all streams of one state folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME)

    def keep(self, letters: Iterable[DeadLetterRecord]) -> None:
        """Durable when this returns. Raises OutputError."""
        self.append(letter.line() for letter in letters)


def _end_of_last_line(file: int, size: int) -> int:
    """Where the line that was being written began."""
    step = 65536
    end = size
    while end > 0:
        start = max(0, end - step)
        newline = os.pread(file, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _plain(value: object) -> str:
    """Header values of AMQP that JSON does not have: times, decimals, bytes."""
    return value.hex() if isinstance(value, bytes) else str(value)
