# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cloud that means harm: a raw TLS socket in front of the simulator, whose answers a mode spoils.

The simulator answers each request first, so that what arrives has the shape that the module waits for.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator import Simulator
from simulator.tls import Authority
from simulator.web.app import create_app

PAUSE = 0.02  # seconds between the pieces of a drip
PATIENCE = 60.0  # seconds after which a connection here ends whatever the client does

wait = time.sleep  # the modules under test run with a sleep that takes no time


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def secret(self) -> str:
        """The login as it was sent: what an echo repeats."""
        return self.headers.get("authorization", "")


class Conversation:
    """One request and the ways to answer it."""

    def __init__(self, connection: socket.socket, request: Request, upstream: Any, trap: str, mark: str) -> None:
        self.connection = connection
        self.request = request
        self.trap = trap  # host:port that nobody may ever connect to
        self.mark = mark  # a file that nobody may ever make
        self._upstream = upstream

    def honest(self) -> tuple[int, dict[str, str], bytes]:
        """What the simulated cloud answers."""
        sent = self.request
        headers = {name: value for name, value in sent.headers.items() if name not in ("host", "accept-encoding")}
        answer = self._upstream.open(sent.target, method=sent.method, headers=headers, data=sent.body)
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        return answer.status_code, kept, answer.get_data()

    def changed(
        self, change: Callable[[Any], Any], write: Callable[[str], str] = str, headers: Mapping[str, str] | None = None
    ) -> None:
        """The honest answer with `change` made to its JSON, and `write` to the text of that."""
        status, own, body = self.honest()
        with contextlib.suppress(ValueError):
            body = write(json.dumps(change(json.loads(body)))).encode()
        self.send(status, {**own, **(headers or {})}, body)

    def send(self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b"", reason: str = "X") -> None:
        self.connection.sendall(head(status, {"Content-Length": str(len(body)), **(headers or {})}, reason) + body)

    def pieces(self, pieces: Iterator[bytes], pause: float = 0.0) -> None:
        """Send until the client has enough of it."""
        end = time.monotonic() + PATIENCE
        for piece in pieces:
            self.connection.sendall(piece)
            if pause:
                wait(pause)
            if time.monotonic() > end:
                return

    def reset(self) -> None:
        """End the connection with a reset instead of an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


Mode = Callable[[Conversation], None]


def head(status: int, headers: Mapping[str, str], reason: str = "X") -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode("utf-8", "replace")


class HostileCloud:
    """Serves one mode at a time on 127.0.0.1. `trapped` counts connections to where a redirect leads."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self._upstream_app = create_app(simulator.cloud)
        self._authority = Authority(folder, "hostile")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*self._authority.issue())
        self.ca_path = str(self._authority.path)
        self.mark = str(folder / "executed")
        self.mode: Mode | None = None
        self.before_the_request = False
        self.requests = 0
        self.trapped = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._trap = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> HostileCloud:
        for listener, serve in ((self._listener, self._talk), (self._trap, self._caught)):
            threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for listener in (self._listener, self._trap):
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    @property
    def api_host(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def _caught(self, connection: socket.socket) -> None:
        self.trapped += 1
        connection.close()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as encrypted:
            if self.before_the_request:
                encrypted.sendall(head(200, {"Content-Length": "11"}) + b'{"data":{}}')
            request = read_request(encrypted)
            if request is None or self.mode is None:
                return
            self.requests += 1
            trap = f"127.0.0.1:{self._trap.getsockname()[1]}"
            self.mode(Conversation(encrypted, request, self._upstream_app.test_client(), trap, self.mark))


def read_request(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return None
        received += piece
    top, _end, body = received.partition(b"\r\n\r\n")
    first, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _version = first.split(" ", 2)
    return Request(method, target, headers, body)


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with contextlib.suppress(OSError):
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
