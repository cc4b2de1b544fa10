# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves metrics, health and status on the loopback: /metrics, /health (200 or 503), /status."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..._common.text import printable
from ..errors import StreamError
from .metrics import Health, Snapshot


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # several monitoring systems may ask at once


class _ServerOfIPv6(_Server):
    address_family = socket.AF_INET6


class Monitor:
    """`snapshot` is called for each request, in the server's threads. Port 0: any free one, see `port`."""

    def __init__(self, host: str, port: int, snapshot: Callable[[], Snapshot]) -> None:
        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                status, kind, text = _answer(self.path, snapshot)
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Log nothing: monitoring systems ask all the time."""

        try:
            self._server = (_ServerOfIPv6 if ":" in host else _Server)((host, port), Handler)
        except OSError as error:
            raise StreamError(
                f"monitor: {printable(host)}, port {port}: {error.strerror}; choose another monitor.port or host"
            ) from None
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, name="monitor", daemon=True)

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _answer(path: str, snapshot: Callable[[], Snapshot]) -> tuple[int, str, str]:
    if path == "/metrics":
        return 200, "text/plain; version=0.0.4", snapshot().prometheus()
    if path == "/status":
        return 200, "application/json", json.dumps(snapshot().status()) + "\n"
    if path == "/health":
        seen = snapshot()
        if seen.health is Health.HEALTHY:
            return 200, "text/plain", "ok\n"
        return 503, "text/plain", "\n".join([seen.health.value, *seen.alarms()]) + "\n"
    return 404, "text/plain", "known are /metrics, /health and /status\n"
