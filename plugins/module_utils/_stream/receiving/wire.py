# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire between the receiving and the storing process: pickled tuples, each behind its length, on a socket pair.

Nobody else can reach the socket, and what comes from outside is bytes and plain values inside of the tuples: nothing
untrusted is ever unpickled.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from io import BufferedReader
from typing import Any

_LENGTH = struct.Struct("!I")


def packed(message: tuple[Any, ...]) -> bytes:
    """Return the message as it goes over the wire."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


def messages(file: BufferedReader) -> Iterator[Any]:
    """Yield messages until end of file. A truncated last message is discarded."""
    while len(head := _read(file, _LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(head)
        content = _read(file, length)
        if len(content) < length:
            return
        yield pickle.loads(content)  # noqa: S301 - see the head of the file


def _read(file: BufferedReader, size: int) -> bytes:
    try:
        return file.read(size)
    except ConnectionResetError:  # it was killed before it had read all that it was sent
        return b""


class Unpacker:
    """Incremental decoder for non-blocking sockets: pass each chunk to `feed`, which yields every complete message."""

    def __init__(self) -> None:
        self._left = b""

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield every message that is complete with this chunk."""
        data = self._left + data
        start = 0
        while len(data) - start >= _LENGTH.size:
            end = start + _LENGTH.size + _LENGTH.unpack_from(data, start)[0]
            if end > len(data):
                break
            yield pickle.loads(data[start + _LENGTH.size : end])  # noqa: S301 - see the head of the file
            start = end
        self._left = data[start:]
