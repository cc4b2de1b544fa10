# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP proxy between a consumer and its broker: it cuts, holds back and refuses, as networks do."""

from __future__ import annotations

import contextlib
import socket
import threading
import time


class Proxy:
    """Listens on 127.0.0.1:`port`. Use as a context manager."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._threads = [threading.Thread(target=self._accept)]
        self.refusing = False
        self.delay = 0.0
        """Seconds that every piece waits, in both directions."""

    def __enter__(self) -> Proxy:
        self._threads[0].start()
        return self

    def __exit__(self, *_exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._flowing.set()
        self.cut()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def cut(self) -> int:
        """End every connection at once. Returns how many there were."""
        with self._lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            return len(self._sockets) // 2

    def hold(self) -> None:
        """Let nothing through until `flow`; nobody is told."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Delay everything until `flow`."""
        self.delay = seconds

    def flow(self) -> None:
        self.delay = 0.0
        self._flowing.set()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listener.accept()
            except OSError:
                return
            if self.refusing:
                near.close()
                continue
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets |= {near, far}
            pair = threading.Thread(target=self._carry_both, args=(near, far))
            self._threads.append(pair)
            pair.start()

    def _carry_both(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._carry, args=(far, near))
        back.start()
        self._carry(near, far)
        back.join()
        with self._lock:
            self._sockets -= {near, far}
        near.close()
        far.close()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                if self.delay:
                    time.sleep(self.delay)
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
