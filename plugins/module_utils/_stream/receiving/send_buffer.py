# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the receiving process has for the storing one, in order: deliveries in bundles, what became of the streams.

A bundle grows as long as the other process is busy, so that each costs it as few interruptions as can be.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from ..errors import BrokerError
from .wire import packed

if TYPE_CHECKING:
    from .link import Link, Session

BUNDLE_BYTES = 256 * 1024
MAX_BYTES_WAITING = 8 * 1024 * 1024  # the storing process has room for much more


class Gone(Exception):
    """The storing process has ended; what it did not acknowledge goes back to its queue with our connections."""


class SendBuffer:
    """`peer` is a socket that does not block, `loop` pika's, which tells when it takes more."""

    def __init__(self, peer: socket.socket, loop: Any) -> None:
        self._peer = peer
        self._loop = loop
        self._bundle: list[tuple[Any, ...]] = []
        self._of: Session | None = None  # whose the bundle is
        self._bundle_bytes = 0
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._waiting_bytes = 0
        self._unsent = memoryview(b"")
        self._due = False  # `send` is going to be called
        self._is_blocked = False  # the peer takes nothing now

    def deliver(self, session: Session, delivery: tuple[Any, ...], patience: float) -> None:
        """`delivery` is (tag, routing key, properties, body); see inbox.Delivery.

        Hold the sender back up to `patience` seconds while too much waits, and TCP the broker.
        """
        size = len(delivery[3])
        if session is not self._of or self._bundle_bytes >= BUNDLE_BYTES:
            self._close_bundle()
            self._of = session
        self._bundle.append(delivery)
        self._bundle_bytes += size
        self._waiting_bytes += size
        if not self._due:
            self._send_soon()
        if self._waiting_bytes > MAX_BYTES_WAITING:
            self._hold(patience)

    # What became of a stream: see receiver.Listener

    def ready(self, link: Link, messages: int, consumers: int) -> None:
        self._tell("ready", link, messages, consumers)

    def lost(self, link: Link, error: BrokerError, retry_seconds: float) -> None:
        self._tell("lost", link, error, retry_seconds)

    def ended(self, link: Link, error: BrokerError | None) -> None:
        self._tell("ended", link, error)

    def changed(self, link: Link) -> None:
        """It takes messages now, or no longer does."""
        self._tell("changed", link)

    def _tell(self, what: str, link: Link, *more: Any) -> None:
        self._close_bundle()
        self._waiting.append((what, link.number, (link.is_consuming, link.found_others), *more))
        if not self._due:
            self._send_soon()

    def _close_bundle(self) -> None:
        if self._of is not None and self._bundle:
            self._waiting.append(("deliveries", self._of.link.number, self._of.number, self._bundle))
            self._bundle, self._bundle_bytes = [], 0

    def _send_soon(self) -> None:
        """When everything that pika has read by now is in the bundle; while the peer is blocked, the loop calls."""
        self._due = True
        if not self._is_blocked:
            self._loop.call_later(0, self.send)

    def send(self) -> None:
        """As much as the peer takes. Raises Gone."""
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
                if message[0] == "deliveries":
                    self._waiting_bytes -= sum(len(delivery[3]) for delivery in message[3])
                self._unsent = memoryview(packed(message))
        return bool(self._unsent)

    def _hold(self, patience: float) -> None:
        until = time.monotonic() + patience
        self.send()
        while self._waiting_bytes > MAX_BYTES_WAITING and (left := until - time.monotonic()) > 0:
            select.select([], [self._peer], [], left)
            self.send()
