# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTPS session: what is sent, what is read, and which of the two went wrong.

No retries, no meaning: `client.py` adds both. This file is private to the collection.
"""

from __future__ import annotations

import json
import socket
import ssl
import traceback
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple

from .._common.certificates import strictness_advice
from .options import ConnectionOptions
from .transport import (
    LARGEST_BODY,
    ModernTls,
    OutOfTime,
    Refusing,
    TimeBudget,
    TooMuch,
)

try:
    import requests
    from urllib3.exceptions import HTTPError, InsecureRequestWarning, NewConnectionError
except ImportError:
    REQUESTS_IMPORT_ERROR: str | None = traceback.format_exc()
    _FAILURES: tuple[type[Exception], ...] = ()
    _CUT: tuple[type[Exception], ...] = ()
else:
    REQUESTS_IMPORT_ERROR = None
    # The last three are what the libraries let through of an answer that is none.
    _FAILURES = (requests.RequestException, OSError, HTTPError, HTTPException, ValueError)
    _CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, ConnectionError)

USER_AGENT = "ampops.secure_endpoint (Ansible collection)"
CONNECT_TIMEOUT = 10.0  # seconds; never more than the user's own time-out
CHUNK = 64 * 1024


class RawAnswer(NamedTuple):
    """A complete answer. Header names are compared without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSent(Exception):
    """The request did not reach the API, so nothing was done. `again`: whether another try may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class AnswerLost(Exception):
    """The request was sent, its answer did not come or not completely. `again`: whether another read may help."""

    def __init__(self, reason: str, *, again: bool = True) -> None:
        super().__init__(reason)
        self.again = again


class Session:
    """HTTPS to one host with one API client's credentials, which go nowhere else."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._session = requests.Session()
        # Set here, they also keep netrc out. `trust_env` stays on: proxies come from the environment.
        self._session.auth = (options.client_id, options.api_key)
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT}
        )
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", ModernTls(options))
        self._session.mount("http://", Refusing())
        if not options.validate_certs:
            import warnings

            warnings.simplefilter("ignore", InsecureRequestWarning)

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        *,
        budget: TimeBudget,
    ) -> RawAnswer:
        """Send one request and read its answer, whatever its status. Raises NotSent or AnswerLost."""
        options = self._options
        try:
            with (
                budget.spending(),
                self._session.request(
                    method,
                    f"https://{options.api_host}{path}",
                    params=dict(query or {}),
                    data=None if body is None else json.dumps(body).encode(),
                    headers={} if body is None else {"Content-Type": "application/json"},
                    timeout=(min(CONNECT_TIMEOUT, options.timeout), options.timeout),
                    # Given with each request: a session's own value gives way to REQUESTS_CA_BUNDLE.
                    verify=(options.ca_path or True) if options.validate_certs else False,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                return RawAnswer(answer.status_code, answer.headers, self._read(answer, budget))
        except _FAILURES as error:
            raise _failure(error, options) from error

    def _read(self, answer: requests.Response, budget: TimeBudget) -> bytes:
        encoding = answer.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in ("", "gzip", "identity"):  # several layers of it unpack to any size
            raise AnswerLost("the answer is encoded in a way that was not asked for", again=False)
        body = bytearray()
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if len(body) > LARGEST_BODY:
                raise AnswerLost(f"the answer is larger than {LARGEST_BODY // 1024 // 1024} MiB", again=False)
            if budget.left <= 0:
                raise OutOfTime(budget.bound)
        # urllib3 1.x, which older distributions have, does not compare these two.
        announced = answer.headers.get("Content-Length", "")
        length = int(announced) if announced.isascii() and announced.isdigit() and len(announced) < 16 else 0
        if length and answer.raw is not None and 0 < answer.raw.tell() < length:
            raise AnswerLost("the connection was cut in the middle of the answer")
        return bytes(body)


def _failure(error: Exception, options: ConnectionOptions) -> NotSent | AnswerLost:
    """Which side of the line a failure lies on: on doubt the request counts as sent."""
    causes = list(_causes(error))
    proxy = _proxy(options)
    place = f"the proxy {proxy}" if proxy else options.api_host  # where the connection goes first
    for cause in causes:
        if isinstance(cause, OutOfTime):
            return AnswerLost(f"the answer was not complete after {cause}", again=False)
        if isinstance(cause, TooMuch):
            return AnswerLost(str(cause), again=False)
        # The second one is urllib3's own, for a certificate of another host; where it is defined differs by release.
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            return NotSent(_distrust(cause, options), again=False)
        if isinstance(cause, socket.gaierror):
            named = place if proxy else f"the host name {place}"
            return NotSent(f"{named} cannot be resolved", again=cause.errno != socket.EAI_NONAME)
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return NotSent("HTTPS_PROXY or ALL_PROXY holds no URL such as http://proxy.example.com:3128", again=False)
    if any(isinstance(cause, NewConnectionError) for cause in causes):
        return NotSent(f"{place} cannot be reached ({_last_words(causes, options)})", again=True)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return NotSent(f"the connection to {place} timed out", again=True)
    if isinstance(error, requests.exceptions.ProxyError):
        return NotSent(f"{place} did not connect to {options.api_host} ({_last_words(causes, options)})", again=True)
    if isinstance(error, requests.exceptions.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
        return AnswerLost(f"the request timed out: no answer within {options.timeout:g} seconds")
    if isinstance(error, requests.exceptions.SSLError):
        return AnswerLost(f"the TLS connection failed ({_last_words(causes, options)})")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return AnswerLost("the answer is not valid gzip")
    if isinstance(error, _CUT) or not isinstance(error, (requests.RequestException, OSError)):
        return AnswerLost(f"the connection was cut ({_last_words(causes, options)})")
    return NotSent(_last_words(causes, options), again=False)


def _proxy(options: ConnectionOptions) -> str | None:
    """Name the proxy that requests takes from the environment for this host, without the login in its URL."""
    url = f"https://{options.api_host}"
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not proxy:
        return None
    address = str(proxy).rpartition("@")[2].rpartition("//")[2].strip("/")
    return f"{options.shown(address, 100)} (of the environment variable HTTPS_PROXY or ALL_PROXY)"


def _distrust(error: BaseException, options: ConnectionOptions) -> str:
    reason = options.shown(getattr(error, "verify_message", error))
    told = f"the certificate of {options.api_host} is not trusted: {reason}. "
    return told + (
        strictness_advice(error)
        or "Give the CA that signed it as ca_path"
        f" (in use: {options.ca_path or 'the certificates that Python requests brings'})"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and what is behind it; urllib3 also keeps causes in arguments and in `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]


def _last_words(causes: list[BaseException], options: ConnectionOptions) -> str:
    """Return the text of the innermost cause, which is the operating system's."""
    inner = next((cause for cause in causes if isinstance(cause, OSError) and cause.strerror), causes[-1])
    text = inner.strerror if isinstance(inner, OSError) and inner.strerror else str(inner)
    return options.shown(text or type(inner).__name__)
