# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests over kept connections, each bounded as a whole: a destination that drips does not hold a sink.

A time-out of requests bounds one wait for bytes. Here a timer cuts the connection when the whole request, from
connecting to the last byte of the answer, has had its time.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from weakref import WeakSet

from .sink import NotTaken

try:
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter

    REQUESTS_MISSING: ImportError | None = None
except ImportError as error:  # told where the settings are judged
    REQUESTS_MISSING = error
    HTTPAdapter = object  # type: ignore[assignment, misc]

MAX_ANSWER = 4 * 1024 * 1024


class Answer(NamedTuple):
    """What the destination answered; `retry_after` in seconds, 0 where it did not ask for a pause."""

    status: int
    content: bytes
    retry_after: float


class BoundedSession:
    """One session for one destination, used by one thread."""

    def __init__(self, ca_path: str | None) -> None:
        self._verify: bool | str = ca_path or True
        self._deadline = _Deadline()
        self._session = requests.Session()
        self._session.trust_env = False  # no netrc, no environment that overrides ca_path
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(self._deadline))

    def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Return the answer. Raises NotTaken where there is none within `seconds`."""
        try:
            with (
                self._deadline.within(seconds),
                self._session.post(
                    url,
                    data=body,
                    headers=dict(headers),
                    timeout=seconds,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                content = answer.raw.read(MAX_ANSWER, decode_content=True)
                if self._deadline.passed:  # headers that are cut can look like a whole answer
                    raise TimeoutError
                return Answer(answer.status_code, content, _seconds(answer.headers.get("Retry-After")))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if self._deadline.passed:
                raise NotTaken(f"no whole answer within {seconds:g} seconds (request_timeout)") from None
            raise NotTaken(f"{type(error).__name__}: {error}") from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Deadline:
    """The time that the request under way has; `passed` once it is over."""

    def __init__(self) -> None:
        self.passed = False
        self._sockets: WeakSet[socket.socket] = WeakSet()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self.passed = False
        timer = threading.Timer(seconds, self._pass)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def watch(self, connected: socket.socket) -> None:
        self._sockets.add(connected)
        if self.passed:
            _cut(connected)

    def _pass(self) -> None:
        self.passed = True
        for connected in list(self._sockets):
            _cut(connected)


def _cut(connected: socket.socket) -> None:
    # Not SSLSocket's own shutdown, which would drop the TLS that the reading thread still needs.
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Show each connection's socket to the deadline."""

    def __init__(self, deadline: _Deadline) -> None:
        self._deadline = deadline
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        pools = self.poolmanager.pool_classes_by_scheme.items()
        self.poolmanager.pool_classes_by_scheme = {scheme: _watched(pool, self._deadline) for scheme, pool in pools}


def _watched(pool: Any, deadline: _Deadline) -> Any:
    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


def _seconds(retry_after: str | None) -> float:
    """Return Retry-After, which is in seconds or an HTTP date, as seconds from now."""
    if not retry_after:
        return 0.0
    try:
        if retry_after.strip().isdigit():
            return float(retry_after)
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0
