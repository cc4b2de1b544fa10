# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serving a WSGI application with cheroot: HTTPS or plain, keep-alive, a thread for each busy connection."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Gateway_10
from cheroot.wsgi import Server as WSGIServer

from ..faults.answers import SOCKET

LOG = logging.getLogger("simulator")
THREADS = 64
IDLE = 600  # seconds: a machine that stands still for a while shall not cost a kept connection


class _Gateway(Gateway_10):
    """Shows the application its connection, so that faults can cut it."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]  # cheroot's own stub says None
        """Return the WSGI environment and the socket."""
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ[SOCKET] = self.req.conn.socket
        return environ


class _Server(WSGIServer):
    """Its messages go to the log, not to standard error."""

    keep_alive_conn_limit = 500
    expiration_interval = 0.1  # how often it looks whether it shall stop

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """Note what cheroot complains about; cut connections are our own doing."""
        LOG.log(min(level, logging.DEBUG), "http server: %s", msg, exc_info=traceback)


class HttpServer:
    """A server on a port of 127.0.0.1 in threads of its own, from `start` to `stop`."""

    def __init__(
        self, app: Any, *, port: int = 0, certificate: tuple[Path, Path] | None = None, threads: int = THREADS
    ) -> None:
        self._server = _Server(
            ("127.0.0.1", port), app, numthreads=threads, request_queue_size=128, timeout=IDLE, shutdown_timeout=1
        )
        self._server.gateway = _Gateway
        if certificate is not None:
            self._server.ssl_adapter = BuiltinSSLAdapter(str(certificate[0]), str(certificate[1]))
        self._thread = threading.Thread(target=self._server.serve, name="simulator http", daemon=True)

    def start(self) -> str:
        """Listen; return host:port. Raises OSError where the port is taken."""
        self._server.prepare()
        self._thread.start()
        host, port = self._server.bind_addr
        return f"{host}:{port}"

    def stop(self) -> None:
        """Close the port and every connection."""
        self._server.stop()
        self._thread.join()
