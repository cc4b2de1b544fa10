# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network that holds the tenant and nothing else: a loopback without name service, without a route to anywhere.

What is started in it, simulator, controller and containers, sees each other and nobody else. Whoever asks for a name is
heard: every name is one of a place that is not there, since the tenant is an address or `localhost`.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000
SET_FLAGS, UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP of an interface
NO_SUCH_NAME = b"\x81\x83"
RUN_IN = ("--network=host", "--dns=127.0.0.1", "--dns-search=.")
"""Arguments for podman: the network in which podman itself is started, and its name service."""


class OnlyTheTenant:
    """`asked` are the names that were asked for, `neighbour` a port of the loopback of the machine's own network."""

    def __init__(self, own: int, neighbour: int) -> None:
        self.asked: list[str] = []
        self.neighbour = neighbour
        self._own = own
        self._here = _network()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Be back in the machine's own network for a moment."""
        _enter(self._own)
        try:
            yield
        finally:
            _enter(self._here)

    def answer(self, service: socket.socket) -> None:
        """Answer that there is no such name, until the socket is closed."""
        while True:
            try:
                question, sender = service.recvfrom(512)
            except OSError:
                return
            self.asked.append(_name(question))
            service.sendto(question[:2] + NO_SUCH_NAME + question[4:6] + bytes(6) + question[12:], sender)


@contextmanager
def only_the_tenant() -> Iterator[OnlyTheTenant]:
    """Move this thread, and whatever it starts from now on, into such a network."""
    own = _network()
    with socket.create_server(("127.0.0.1", 0)) as neighbour:
        _call("unshare", CLONE_NEWNET)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
                fcntl.ioctl(service, SET_FLAGS, struct.pack("16sH14x", b"lo", UP))
                service.bind(("127.0.0.1", 53))
                network = OnlyTheTenant(own, neighbour.getsockname()[1])
                threading.Thread(target=network.answer, args=(service,), daemon=True).start()
                yield network
        finally:
            _enter(own)
            os.close(own)


def _network() -> int:
    """Return the network of this thread, as a handle."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _enter(network: int) -> None:
    _call("setns", network, CLONE_NEWNET)


def _call(function: str, *arguments: int) -> None:
    """Call the C library: Python has these since 3.12."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, function)(*arguments):
        raise OSError(ctypes.get_errno(), f"{function}: {os.strerror(ctypes.get_errno())}")


def _name(question: bytes) -> str:
    """Return the name that a question of DNS asks for: labels, each behind its length."""
    labels, rest = [], question[12:]
    while rest and rest[0]:
        labels.append(rest[1 : rest[0] + 1].decode("ascii", "replace"))
        rest = rest[rest[0] + 1 :]
    return ".".join(labels)
