# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A console that hands out installers: its secret URL redirects to the file, as the real one's does. And a proxy."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from simulator.tls import Authority

SECRET = "5ecre7-0f-th15-gr0up"


@dataclass
class Console:
    """Where it is, whom it redirects to, and what was asked for."""

    authority: Path
    port: int = 0
    files: Path = Path()
    redirect_host: str = "localhost"
    asked: list[str] = field(default_factory=list)
    seconds: float = 0
    """How long the second half of a file takes to come."""

    def url(self, name: str) -> str:
        """The secret URL of a file."""
        return f"https://127.0.0.1:{self.port}/install_packages/{SECRET}/{name}"


@contextmanager
def console(folder: Path, files: Path) -> Iterator[Console]:
    """Serve `files`; certificates and keys lie in `folder`."""
    authority = Authority(folder, "console-ca")
    told = Console(authority=authority.path, files=files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            name = urlsplit(self.path).path.rpartition("/")[2]
            file = told.files / name
            if self.path.startswith("/install_packages/"):
                self.send_response(302)
                self.send_header("Location", f"https://{told.redirect_host}:{told.port}/files/{name}")
                self.end_headers()
            elif file.is_file():
                self.send_response(200)
                self.send_header("Content-Length", str(file.stat().st_size))
                self.end_headers()
                content = file.read_bytes()
                self.wfile.write(content[: len(content) // 2])
                time.sleep(told.seconds)
                self.wfile.write(content[len(content) // 2 :])
            else:
                self.send_error(404)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told.port = server.server_address[1]
    with _serving(server):
        yield told


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that opens tunnels: its URL, and to where it was asked to open them."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            host, _colon, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pump, args=(there, self.connection))
                back.start()
                _pump(self.connection, there)
                back.join()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with _serving(server):
        yield f"http://127.0.0.1:{server.server_address[1]}", asked


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
