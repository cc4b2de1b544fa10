# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that were received and are not stored yet: from the receiver's thread to the one that stores.

One thread puts, one takes; each counter has one writer, so that the interpreter's own lock is enough.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Hashable
from typing import Any, NamedTuple


class Delivery(NamedTuple):
    """One message. `session` acknowledges it by its `tag`; `properties` are the values of Properties."""

    session: Any
    tag: int
    routing_key: str
    properties: tuple[Any, ...]
    body: bytes


MAX_BYTES_WAITING = 128 * 1024 * 1024  # bodies can have 20 MB each, and a prefetch counts messages, not bytes


class Inbox:
    """A queue of deliveries between two threads, bounded by the bytes of their bodies."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._arrived = threading.Event()
        self._wanted = 1  # so many have to wait before `take` wakes: a switch of threads for each costs too much
        self._room = threading.Event()
        self._bytes_in = 0
        self._bytes_out = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, deliveries: list[Delivery]) -> None:
        """Append deliveries, and block while too many bytes wait."""
        self._waiting.extend(deliveries)
        self._bytes_in += sum(len(delivery.body) for delivery in deliveries)
        if len(self._waiting) >= self._wanted and not self._arrived.is_set():
            self._arrived.set()
        while self._is_full():
            self._room.clear()
            if self._is_full():
                self._room.wait()

    def _is_full(self) -> bool:
        return self._bytes_in - self._bytes_out > MAX_BYTES_WAITING and not self._closed

    def opened(self, stream: Hashable, messages: int) -> None:
        """Take note that a stream was connected, and how many messages wait. In the sender's thread, before them."""

    def wake(self) -> None:
        """Let `take` and `wait` return: something else than a delivery happened."""
        self._arrived.set()

    def wait(self, patience: float) -> None:
        """Wait for a delivery or a `wake`, at most `patience` seconds."""
        self._arrived.wait(patience)
        self._arrived.clear()

    def close(self) -> None:
        """Discard what waits and hold no sender back: nobody takes any more."""
        self._closed = True
        self._room.set()
        self._waiting.clear()

    def take(self, most: int, most_bytes: int, enough: int, linger: float, patience: float) -> list[Delivery]:
        """Return the next deliveries: at most `most` and about `most_bytes`; none after `patience` seconds or a `wake`.

        Waits up to `linger` seconds for `enough` of them: fewer and larger transactions under load.
        """
        if not self._waiting:
            self._arrived.wait(patience)
        self._wanted = enough
        self._arrived.clear()
        if 0 < len(self._waiting) < enough:
            self._arrived.wait(linger)
        self._wanted = 1
        taken: list[Delivery] = []
        size = 0
        pop = self._waiting.popleft
        for _number in range(min(most, len(self._waiting))):
            delivery = pop()
            taken.append(delivery)
            size += len(delivery.body)
            if size >= most_bytes:
                break
        if self._waiting:
            self._arrived.set()
        return taken

    def settled(self, deliveries: list[Delivery]) -> None:
        """Release the bytes of deliveries whose bodies are durable or given up."""
        self._bytes_out += sum(len(delivery.body) for delivery in deliveries)
        self._room.set()
