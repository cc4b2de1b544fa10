# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Download one installer over HTTPS into an open file, checking it while it comes.

What lives in this package: the cache of installers on the controller, which the action of the module installer_cache
runs. It does I/O and imports _connector and _common only. This file is private to the collection.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO
from urllib.parse import urlsplit

from .._common.text import quoted
from .._connector.redirects import OK, arrived, follow

CHUNK = 1 << 20
MEGABYTE = 1 << 20
_HTML = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)


class DownloadError(Exception):
    """Report why an installer could not be downloaded. Never repeats a URL."""


@dataclass(frozen=True)
class Limits:
    """What a download may use. `timeout` bounds connecting and each wait for bytes, `seconds` the whole download."""

    allowed_hosts: Collection[str] = ()
    proxy: str = ""
    ca_path: str = ""
    timeout: float = 60
    seconds: float = 3600
    megabytes: int = 2048


@dataclass(frozen=True)
class Received:
    """What came: its SHA-256 and its size in bytes."""

    sha256: str
    size: int


def download(url: str, file: BinaryIO, limits: Limits) -> Received:
    """Write what `url` holds to `file`, which the caller then keeps or removes. Raises DownloadError."""
    until = time.monotonic() + limits.seconds
    opener = _opener(limits)
    with _ask(opener, url, limits) as first:
        place = follow(url, first.status, first.headers.get("Location", ""), limits.allowed_hosts)
        _refuse(place.problem)
        if first.status == OK:
            return _receive(first, file, limits, until)
    with _ask(opener, place.url, limits) as second:
        _refuse(arrived(second.status))
        return _receive(second, file, limits, until)


def _refuse(problem: str) -> None:
    if problem:
        raise DownloadError(f"could not be fetched: {problem}")


class _EveryStatus(urllib.request.HTTPErrorProcessor):
    """Returns an answer of any status as it is, so that nothing is followed before `follow` has decided."""

    def https_response(self, _request: urllib.request.Request, response: HTTPResponse) -> HTTPResponse:
        return response


def _opener(limits: Limits) -> urllib.request.OpenerDirector:
    proxies = {"http": limits.proxy, "https": limits.proxy} if limits.proxy else None
    try:
        context = ssl.create_default_context(cafile=limits.ca_path or None)
    except OSError as error:
        raise DownloadError(
            f"could not be fetched: ca_path {limits.ca_path} cannot be read: {_reason(error)}"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPSHandler(context=context),
        _EveryStatus,
    )


def _ask(opener: urllib.request.OpenerDirector, url: str, limits: Limits) -> HTTPResponse:
    headers = {"User-Agent": "ampops.secure_endpoint", "Accept": "*/*", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the manifest and `follow` allow https only
    try:
        answer: HTTPResponse = opener.open(request, timeout=limits.timeout)
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise DownloadError(f"could not be fetched: {_unreachable(url, reason, limits)}") from None
    return answer


def _unreachable(url: str, reason: object, limits: Limits) -> str:
    """Say who could not be reached: the proxy where one is used, else the server."""
    host = urlsplit(url).hostname or ""
    proxy = _proxy_for(host, limits)
    said = _reason(reason)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the certificate of {quoted(host)} is not trusted: {said}"
    if "Tunnel connection failed" in str(reason):
        return f"the proxy {quoted(proxy)} does not connect to {quoted(host)}: {said}"
    if proxy:
        return f"the server could not be reached: connecting to the proxy {quoted(proxy)} failed: {said}"
    return f"the server could not be reached: connecting to {quoted(host)} failed: {said}"


def _proxy_for(host: str, limits: Limits) -> str:
    """Return host and port of the proxy that is used for `host`, without user and password."""
    proxy = limits.proxy or urllib.request.getproxies().get("https", "")
    if not proxy or urllib.request.proxy_bypass(host):
        return ""
    return urlsplit(proxy if "//" in proxy else f"//{proxy}").netloc.rpartition("@")[2]


def _reason(error: object) -> str:
    """Return the system's words for an error; the text of others may hold a URL, so only their type is shown."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, OSError) and str(error).startswith("Tunnel connection failed: "):
        return quoted(str(error).removeprefix("Tunnel connection failed: "))
    return type(error).__name__


def _receive(answer: HTTPResponse, file: BinaryIO, limits: Limits, until: float) -> Received:
    expected = _stated_size(answer)
    if expected is not None and expected > limits.megabytes * MEGABYTE:
        raise DownloadError(_too_large(limits))
    if expected is not None:
        _check_space(file, expected)
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(answer, limits, until):
        if size == 0:
            _refuse_html(answer, chunk)
        size += len(chunk)
        if size > limits.megabytes * MEGABYTE:
            raise DownloadError(_too_large(limits))
        digest.update(chunk)
        with _disk():
            file.write(chunk)
    if size == 0:
        raise DownloadError("could not be fetched: the server sent an empty file")
    if expected is not None and size != expected:
        raise DownloadError(f"could not be fetched: the connection was cut after {size} of {expected} bytes")
    with _disk():
        file.flush()
        os.fsync(file.fileno())  # a file that is renamed before it is on the disk may be empty after a power cut
    return Received(digest.hexdigest(), size)


def _chunks(answer: HTTPResponse, limits: Limits, until: float) -> Iterator[bytes]:
    """Yield the body as it comes. `read1` returns after one read of the socket, so a slow server is noticed, too."""
    while True:
        try:
            chunk = answer.read1(CHUNK)
        except (OSError, HTTPException, ValueError) as error:
            raise DownloadError(f"could not be fetched: the connection was cut: {_reason(error)}") from None
        if not chunk:
            return
        if time.monotonic() > until:
            raise DownloadError(f"could not be fetched: the download took longer than {limits.seconds:.0f} seconds")
        yield chunk


def _stated_size(answer: HTTPResponse) -> int | None:
    stated = answer.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 19 else None


def _refuse_html(answer: HTTPResponse, first: bytes) -> None:
    """Refuse an error or login page that is sent with HTTP 200, as a console does for an old link."""
    if answer.headers.get_content_type() == "text/html" or _HTML.match(first):
        raise DownloadError(
            "could not be fetched: the server sent an HTML page instead of an installer; the URL has probably expired,"
            " so copy it from the console again"
        )


def _too_large(limits: Limits) -> str:
    return f"could not be fetched: it is larger than {limits.megabytes} MB"


def _check_space(file: BinaryIO, expected: int) -> None:
    space = os.fstatvfs(file.fileno())
    free = space.f_bavail * space.f_frsize
    if free < expected:
        raise DownloadError(
            f"could not be fetched: it needs {expected // MEGABYTE + 1} MB, and the file system of the cache has"
            f" {free // MEGABYTE} MB free"
        )


@contextmanager
def _disk() -> Iterator[None]:
    """Turn errors of the disk that holds the cache into sentences."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        said = "the file system of the cache is full" if full else f"the cache cannot be written: {_reason(error)}"
        raise DownloadError(f"could not be fetched: {said}") from None
