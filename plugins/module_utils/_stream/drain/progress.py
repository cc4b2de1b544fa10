# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a drain, on one line of a terminal that is written again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TextIO

EVERY_SECONDS = 0.2


class Progress(Protocol):
    """Shows the progress of a drain. Called in the thread that drains, after each batch is stored and written."""

    def came(self, count: int, waited: int) -> None:
        """Add `count` messages that were taken; `waited` is how many were in all queues when they were opened."""


class Terminal:
    """See Progress. `end` leaves the last state on a line of its own."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._began = clock()
        self._next = 0.0
        self._count = 0
        self._waited = 0

    def came(self, count: int, waited: int) -> None:
        """See Progress."""
        self._count += count
        self._waited = max(waited, self._count)
        now = self._clock()
        if now >= self._next:
            self._next = now + EVERY_SECONDS
            self._write("")

    def end(self) -> None:
        """Write the last state and end its line."""
        self._write("\n")

    def _write(self, end: str) -> None:
        seconds = max(self._clock() - self._began, 0.001)
        share = 100 * self._count // self._waited if self._waited else 100
        so_far = f"{self._count:,} of {self._waited:,} messages, {share} %, {self._count / seconds:,.0f} a second"
        self._stream.write(f"\r\x1b[K{so_far}{end}")
        self._stream.flush()


def on_terminal(stream: TextIO) -> Terminal | None:
    """Return a Terminal, or None where nobody looks: in a pipe, a job or a unit."""
    return Terminal(stream) if stream.isatty() else None
