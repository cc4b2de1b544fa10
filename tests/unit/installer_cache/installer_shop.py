# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPS server that hands out installers well and badly; a path says how."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from simulator.tls import Authority

SECRET = "5ecre7-0f-th15-gr0up"
CONTENT = bytes(range(256)) * 1200
HTML = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"


@dataclass
class Shop:
    """Where it is, and what was asked of it. It waits in the middle of /slow until `go` is set."""

    authority: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    halfway: threading.Event = field(default_factory=threading.Event)

    def url(self, way: str) -> str:
        """Return the secret URL of something under /way."""
        return f"https://127.0.0.1:{self.port}/{way}/{SECRET}?key={SECRET}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop: Shop

    def do_GET(self) -> None:
        self.close_connection = True
        way = urlsplit(self.path).path.split("/")[1]
        self.shop.asked.append(way)
        getattr(self, f"_{way}", self._missing)()

    def _answer(self, body: bytes, *, status: int = 200, size: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def _file(self) -> None:
        self._answer(CONTENT, Content_Type="application/octet-stream")

    def _missing(self) -> None:
        self._answer(b"no", status=404)

    def _html(self) -> None:
        self._answer(b"an old link", Content_Type="text/html; charset=utf-8")

    def _login(self) -> None:
        self._answer(HTML, Content_Type="application/octet-stream")

    def _empty(self) -> None:
        self._answer(b"")

    def _cut(self) -> None:
        self._answer(CONTENT[:1000], size=len(CONTENT))

    def _huge(self) -> None:
        self._answer(b"", size=1 << 50)

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(bytes(1 << 20))
        except OSError:
            return

    def _cut_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"400\r\n" + CONTENT[:100])

    def _slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000])
        self.wfile.flush()
        self.shop.halfway.set()
        self.shop.go.wait(30)
        self.wfile.write(CONTENT[1000:])

    def _redirect(self) -> None:
        self._answer(b"", status=302, Location=f"https://localhost:{self.shop.port}/file/{SECRET}")

    def _relative(self) -> None:
        self._answer(b"", status=307, Location=f"../file/{SECRET}")

    def _elsewhere(self) -> None:
        self._answer(b"", status=302, Location=f"https://elsewhere.example.com/{SECRET}")

    def _downgrade(self) -> None:
        self._answer(b"", status=302, Location=f"http://127.0.0.1:{self.shop.port}/file/{SECRET}")

    def _twice(self) -> None:
        self._answer(b"", status=302, Location=f"/redirect/{SECRET}")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """Say nothing: a client that goes away is what the tests are about."""


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Serve until the end; the certificate authority lies in `folder`."""
    authority = Authority(folder, "shop-ca")
    shop = Shop(authority.path)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"shop": shop}))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    shop.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        shop.go.set()
        server.shutdown()
        server.server_close()
        thread.join()
