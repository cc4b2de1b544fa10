# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The send buffer of the receiving process: messages in bundles, and reports, in their order, to the storing process.

A bundle grows as long as the other process is busy, so that each costs it as few interruptions as can be.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from typing import Any

from .messages import Content, Deliveries, Report
from .wire import packed

BUNDLE_BYTES = 256 * 1024
MAX_BYTES_WAITING = 8 * 1024 * 1024  # the storing process has room for much more


class Gone(Exception):
    """The storing process has ended; what it did not acknowledge goes back to its queue with our connections."""


class SendBuffer:
    """`peer` is a socket that does not block, `loop` pika's, which calls when it takes more."""

    def __init__(self, peer: socket.socket, loop: Any) -> None:
        self._peer = peer
        self._loop = loop
        self._bundle: list[Content] = []
        self._origin: tuple[int, int] = (-1, -1)  # stream and session of the bundle
        self._bundle_bytes = 0
        self._waiting: deque[Report] = deque()
        self._waiting_bytes = 0
        self._unsent = memoryview(b"")
        self._due = False  # `send` is going to be called
        self._is_blocked = False  # the peer takes nothing now

    def deliver(self, origin: tuple[int, int], content: Content, patience: float) -> None:
        """Send one message of `origin`, a stream and a session; hold the caller back while too much waits.

        That lasts `patience` seconds at most, and TCP then holds back the broker.
        """
        size = len(content[3])
        if origin != self._origin or self._bundle_bytes >= BUNDLE_BYTES:
            self._close_bundle()
            self._origin = origin
        self._bundle.append(content)
        self._bundle_bytes += size
        self._waiting_bytes += size
        if not self._due:
            self._send_soon()
        if self._waiting_bytes > MAX_BYTES_WAITING:
            self._hold(patience)

    def report(self, report: Report) -> None:
        """Send a report after everything that was delivered before."""
        self._close_bundle()
        self._waiting.append(report)
        if not self._due:
            self._send_soon()

    def _close_bundle(self) -> None:
        if self._bundle:
            self._waiting.append(Deliveries(*self._origin, self._bundle))
            self._bundle, self._bundle_bytes = [], 0

    def _send_soon(self) -> None:
        """Send once everything that pika has read by now is in the bundle; the loop sends while the peer is blocked."""
        self._due = True
        if not self._is_blocked:
            self._loop.call_later(0, self.send)

    def send(self) -> None:
        """Send as much as the peer takes. Raises Gone."""
        self._due = False
        try:
            while self._has_more():
                self._unsent = self._unsent[self._peer.send(self._unsent) :]
            blocked = False
        except BlockingIOError:
            blocked = self._due = True
        except OSError:
            raise Gone from None
        if blocked != self._is_blocked:
            self._is_blocked = blocked
            events = self._loop.READ | (self._loop.WRITE if blocked else 0)
            self._loop.update_handler(self._peer.fileno(), events)

    def _has_more(self) -> bool:
        if not self._unsent:
            if not self._waiting:
                self._close_bundle()
            if self._waiting:
                message = self._waiting.popleft()
                if isinstance(message, Deliveries):
                    self._waiting_bytes -= message.size()
                self._unsent = memoryview(packed(message))
        return bool(self._unsent)

    def _hold(self, patience: float) -> None:
        until = time.monotonic() + patience
        self.send()
        while self._waiting_bytes > MAX_BYTES_WAITING and (left := until - time.monotonic()) > 0:
            select.select([], [self._peer], [], left)
            self.send()
