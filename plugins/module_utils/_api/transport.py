# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection below a session: TLS 1.2 or later, nothing in clear text, and reads that end in time.

A time-out of requests bounds one wait for bytes, so a server that sends a byte a second is never given up. Here each
socket read also ends when the time budget of the request that it serves is used up. No thread is needed for that.
This file is private to the collection.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .._common.certificates import relax_if_asked
from .options import ConnectionOptions

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPSConnectionPool
    from urllib3.connection import HTTPSConnection
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:  # session.py keeps the reason
    HTTPAdapter = HTTPSConnectionPool = HTTPSConnection = object  # type: ignore[assignment, misc]

# urllib3 logs the text of headers that it cannot parse: with log_path, a secret that they repeat would be in a file.
logging.getLogger("urllib3.connection").addFilter(lambda record: "parse headers" not in str(record.msg))

LEAST_ANSWER_TIME = 60.0  # seconds for a whole answer with all its tries (R30a)
ANSWER_TIMEOUTS = 10  # or so many times the option `timeout`, where that is more


LARGEST_BODY = 64 * 1024 * 1024  # bytes, after decompression too
LARGEST_ANSWER = LARGEST_BODY + 8 * 1024 * 1024  # bytes as they arrive: also of headers and lengths without an end


class OutOfTime(TimeoutError):
    """The time budget of a request is used up."""


class TooMuch(OSError):
    """An answer sends more bytes than any body may have."""


class _Thread(threading.local):
    budget: TimeBudget | None = None


_this_thread = _Thread()  # each request is sent and read by one thread


class TimeBudget:
    """The seconds that one request may take in all: every try with its headers and body, and the pauses between tries.

    Only time inside of `spending` counts, so a wait for the hourly limit does not.
    """

    def __init__(self, timeout: float, clock: Callable[[], float]) -> None:
        self.seconds = max(LEAST_ANSWER_TIME, ANSWER_TIMEOUTS * timeout)
        self._clock = clock
        self.received = 0  # bytes of the present try
        self._spent = 0.0
        self._since: float | None = None

    @property
    def left(self) -> float:
        running = 0.0 if self._since is None else self._clock() - self._since
        return self.seconds - self._spent - running

    @property
    def bound(self) -> str:
        """Return the bound in words, for the error of a request that exceeds it."""
        return (
            f"{self.seconds:g} seconds, the bound for an answer with all its tries"
            f" ({ANSWER_TIMEOUTS} times timeout, at least {LEAST_ANSWER_TIME:g} seconds)"
        )

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of this block; socket reads of this thread end with OutOfTime when nothing is left."""
        self._since = self._clock()
        self.received = 0
        _this_thread.budget = self
        try:
            yield
        finally:
            _this_thread.budget = None
            self._spent += self._clock() - self._since
            self._since = None


class ModernTls(HTTPAdapter):
    """TLS 1.2 or later, bounded reads, as many kept connections as bulk work uses, no retries of its own."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        super().__init__(pool_connections=1, pool_maxsize=options.concurrency, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self.context(), **kwargs)
        _use_bounded_connections(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self.context(), **kwargs)
        if not proxy.lower().startswith("socks"):  # whose connections are of a class of their own, TLS as here
            _use_bounded_connections(manager)
        return manager

    def context(self) -> ssl.SSLContext:
        """Return a TLS context that trusts nobody yet: requests loads what `verify` names."""
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if self._options.validate_certs else ssl.CERT_NONE)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslsocket_class = _TlsSocket
        relax_if_asked(context)
        return context


class Refusing(HTTPAdapter):
    """Nothing is ever sent in clear."""

    def send(self, *_args: Any, **_kwargs: Any) -> Any:
        raise requests.exceptions.InvalidSchema("plain HTTP is never used")


class _BoundedReads:
    """The reading side of a socket: a read waits for its time-out or for the rest of the budget, whichever is less."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        with _within_budget(self) as budget:
            count: int = super().recv_into(*args, **kwargs)  # type: ignore[misc]
        _count(budget, count)
        return count

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        with _within_budget(self) as budget:
            received: bytes = super().recv(*args, **kwargs)  # type: ignore[misc]
        _count(budget, len(received))
        return received


class _PlainSocket(_BoundedReads, socket.socket):
    """A socket before its TLS: a proxy answers on it in clear text."""


class _TlsSocket(_BoundedReads, ssl.SSLSocket):
    """What the TLS context makes of a socket."""


class _Connection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        budget = _this_thread.budget
        if budget and isinstance(self.timeout, (int, float)):
            self.timeout = max(0.001, min(self.timeout, budget.left))
        connected = super()._new_conn()
        patience = connected.gettimeout()
        bounded = _PlainSocket(fileno=connected.detach())
        bounded.settimeout(patience)
        return bounded


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


def _use_bounded_connections(manager: Any) -> None:
    manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": _Pool}


@contextmanager
def _within_budget(connected: Any) -> Iterator[TimeBudget | None]:
    budget = _this_thread.budget
    patience = connected.gettimeout()
    left = patience if budget is None else budget.left
    if budget is None or (patience is not None and patience <= left):
        yield budget
        return
    if left <= 0:
        raise OutOfTime(budget.bound)
    connected.settimeout(left)
    try:
        yield budget
    except TimeoutError:
        raise OutOfTime(budget.bound) from None
    finally:
        connected.settimeout(patience)


def _count(budget: TimeBudget | None, received: int) -> None:
    if budget is not None:
        budget.received += received
        if budget.received > LARGEST_ANSWER:
            raise TooMuch(f"the answer is larger than {LARGEST_BODY // 1024 // 1024} MiB")
