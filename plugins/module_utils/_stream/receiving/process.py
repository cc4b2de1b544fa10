# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that talks AMQP to the brokers of all streams, in one event loop: heartbeats go on while others commit.

A process and not a thread, for pika's reading of frames takes half as much of an interpreter's time as all that is done
with the events. It takes the orders of the storing process (`receiver`) and gives it what its `SendBuffer` holds. It
ends when that process does, however that ends.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ..._common.garbage import collect_garbage_rarely
from .claim import claim_of
from .messages import Acknowledge, Begin, GiveBack, Pause, Resume, Stop
from .send_buffer import Gone, SendBuffer
from .subscription import Subscription
from .wire import Unpacker

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika

RECEIVE_BYTES = 65536


def main(descriptor: int) -> None:
    """Receive until the storing process ends; `descriptor` is our end of the socket pair.

    What it fails with is on stderr, which the storing process reads.
    """
    os.set_blocking(sys.stderr.fileno(), False)  # but not before the end: a full pipe must not hold us up
    with socket.socket(fileno=descriptor) as peer, suppress(Gone):
        Receiving(peer).run()


class Receiving:
    """Everything happens in one thread, for pika is not thread safe."""

    def __init__(self, peer: socket.socket) -> None:
        peer.setblocking(False)
        collect_garbage_rarely()
        self._peer = peer
        self._loop = pika.adapters.select_connection.IOLoop()
        self._buffer = SendBuffer(peer, self._loop)
        self._unpacker = Unpacker()
        self._subscriptions: list[Subscription] = []
        self._orders: Mapping[type, Callable[[Any], object]] = {
            Begin: self._begin,
            Pause: lambda _order: self._each(Subscription.pause),
            Resume: lambda _order: self._each(Subscription.resume),
            Stop: lambda order: self._each(lambda one: one.stop(settle=order.settle)),
            Acknowledge: lambda order: self._subscriptions[order.stream].acknowledge(order.session, order.tag),
            GiveBack: lambda order: self._subscriptions[order.stream].give_back(order.session, order.tag),
        }

    def run(self) -> None:
        """Receive. Raises Gone when the storing process has ended."""
        self._loop.add_handler(self._peer.fileno(), self._handle, self._loop.READ)
        self._loop.start()

    def _begin(self, order: Begin) -> None:
        for number, settings in enumerate(order.streams):
            claim = claim_of(settings, order.watch_seconds)
            self._subscriptions.append(
                Subscription(settings, number, self._buffer, self._loop, order.mode, order.limits, claim)
            )
        self._each(Subscription.open)

    def _each(self, order: Callable[[Subscription], object]) -> None:
        for subscription in self._subscriptions:
            order(subscription)

    def _handle(self, _descriptor: int, events: int) -> None:
        if events & self._loop.WRITE:
            self._buffer.send()
        if events & ~self._loop.WRITE:
            for order in self._unpacker.feed(self._read()):
                self._orders[type(order)](order)

    def _read(self) -> bytes:
        try:
            data = self._peer.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return b""
        except OSError:
            raise Gone from None
        if not data:
            raise Gone
        return data
