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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from ..._events.live import collect_garbage_rarely
from ..backoff import Limits
from ..broker.partitions import PartitionSettings
from ..broker.settings import StreamSettings
from .link import Link, Mode
from .partition_link import PartitionLink
from .send_buffer import Gone, SendBuffer
from .wire import Unpacker

with suppress(ImportError):  # connection.PIKA_MISSING tells
    import pika

RECEIVE_BYTES = 65536


def main(descriptor: int) -> None:
    """`descriptor` is our end of the socket pair. What it fails with is on stderr, which the storing process reads."""
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
        self._links: list[Link] = []
        self._orders: Mapping[str, Callable[..., None]] = {
            "begin": self._begin,
            "pause": self._each(Link.pause),
            "resume": self._each(Link.resume),
            "settle": self._each(partial(Link.stop, settle=True)),
            "stop": self._each(partial(Link.stop, settle=False)),
            "acknowledge": lambda number, *more: self._links[number].acknowledge(*more),
            "give_back": lambda number, *more: self._links[number].give_back(*more),
        }

    def run(self) -> None:
        """Raises Gone when the storing process has ended."""
        self._loop.add_handler(self._peer.fileno(), self._handle, self._loop.READ)
        self._loop.start()

    def _begin(self, streams: Sequence[StreamSettings], mode: Mode, limits: Limits) -> None:
        for number, settings in enumerate(streams):
            kind = PartitionLink if isinstance(settings, PartitionSettings) else Link
            self._links.append(kind(settings, number, self._buffer, self._loop, mode, limits))
        for link in self._links:
            link.open()

    def _each(self, order: Callable[[Link], object]) -> Callable[[], None]:
        def give() -> None:
            for link in self._links:
                order(link)

        return give

    def _handle(self, _descriptor: int, events: int) -> None:
        if events & self._loop.WRITE:
            self._buffer.send()
        if events & ~self._loop.WRITE:
            for order, *more in self._unpacker.feed(self._read()):
                self._orders[order](*more)

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
