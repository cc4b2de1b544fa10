# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts batches of records to an HTTP destination, until each is taken or known to be bad (R14)."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..._common.text import Secrets, printable
from ..broker.connection import tls_context
from ..errors import LibraryMissing, SettingsError
from ..options import REQUIRED, Options
from ..secret_file import read_secret, secret_at
from ..store.dead_letters import AppendedFile
from .http_formats import FORMATS
from .selection import Selected
from .sink import REMOTE_DEFAULTS, Delivery, Interrupted, NotTaken, Opening, Refused

NAME = "http"
DEFAULTS: Mapping[str, Any] = {
    **REMOTE_DEFAULTS,
    "url": REQUIRED,
    "format": "json_lines",
    "headers": {},
    "fields": {},
    "token_path": None,
    "token_prefix": "Bearer ",
    "ca_path": None,
    "batch_records": 500,
    "request_timeout": 30,
}

_BAD_RECORD = frozenset({400, 413, 422})
_ADVICE = {
    401: "check the token and token_prefix",
    403: "check the token and token_prefix, and what it may do",
    404: "check url",
}
_TOLD = 65536  # of an answer: masked first, then cut to what a message can bear
_LONG_PART = 16  # of a URL's path: web hooks have their secret there
_SECRET_HEADER = re.compile("auth|cookie|key|pass|secret|sign|token", re.IGNORECASE)


@dataclass(frozen=True)
class HttpSettings:
    """Where to and in which shape. `token_path` holds a secret that is put behind `token_prefix` into Authorization."""

    url: str
    shape: str = "json_lines"
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    token_path: str | None = None
    token_prefix: str = "Bearer "  # noqa: S105 - what stands before a secret, not one
    ca_path: str | None = None
    batch_records: int = 500
    request_timeout: float = 30.0


def parse(options: Options) -> HttpSettings:
    """See SinkType."""
    # Only here: requests takes as long to import as all else, and most runs have no HTTP sink.
    from . import http_session

    if http_session.REQUESTS_MISSING is not None:
        raise LibraryMissing("requests", http_session.REQUESTS_MISSING)
    if options.has("token_path"):
        secret_at(options, "token_path")
    ca_path = options.optional_text("ca_path")
    tls_context(ca_path, options.where)
    return HttpSettings(
        url=_url(options),
        shape=options.choice("format", tuple(FORMATS)),
        headers=options.mapping("headers"),
        fields=options.mapping("fields"),
        token_path=options.optional_text("token_path"),
        token_prefix=options.text("token_prefix"),
        ca_path=ca_path,
        batch_records=options.number("batch_records", 1, 10_000),
        request_timeout=options.number("request_timeout", 1, 3600),
    )


def _url(options: Options) -> str:
    url = options.text("url")
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise SettingsError(f"{options.where}.url: must be https, or http on this host")
    if not parts.hostname or parts.username or parts.password:
        raise SettingsError(f"{options.where}.url: must name a host and hold no login; give the secret by token_path")
    return url


def open(settings: HttpSettings, opening: Opening) -> HttpDelivery:
    """See SinkType."""
    return HttpDelivery(opening.sink.name, settings, opening.folder)


class HttpDelivery(Delivery):
    """One session with one destination; its dead letters hold what the destination refuses for good."""

    def __init__(self, name: str, settings: HttpSettings, folder: Path) -> None:
        from . import http_session

        self.batch_records = settings.batch_records
        self._settings = settings
        self._format = FORMATS[settings.shape]
        self._letters = AppendedFile(folder / f"dead_letters_of_{name}.jsonl")
        self._session = http_session.BoundedSession(settings.ca_path)
        self._token = Token(settings.token_path)
        self._headers = {"Content-Type": self._format.content_type, **settings.headers}
        self._secrets = Secrets(_secrets_of(settings))
        self._where = _where(settings.url)

    def close(self) -> None:
        """See Delivery."""
        self._session.close()
        self._letters.close()

    def mask(self, text: str) -> str:
        """See Delivery."""
        return self._secrets.mask(self._token.mask(text))

    def deliver(self, records: list[Selected], stopping: threading.Event, report: Callable[[str], None]) -> None:
        """See Delivery. A batch with a bad record goes in halves, until the record is found (R14)."""
        if stopping.is_set():
            raise Interrupted
        why = self._send(records)
        if not why:
            return
        if len(records) == 1:
            self._bury(records[0], why)
            return
        middle = len(records) // 2
        for half, rest in ((records[:middle], records[middle:]), (records[middle:], [])):
            try:
                self.deliver(half, stopping, report)
            except NotTaken as refusal:
                refusal.left = [*(half if refusal.left is None else refusal.left), *rest]
                raise

    def _send(self, records: list[Selected]) -> str:
        """Post the records. Return why one of them is bad, or nothing if each was taken or buried. Raises NotTaken."""
        settings = self._settings
        answer = self._session.post(
            settings.url,
            self._format.body(records, settings.fields),
            {**self._headers, **self._authorization()},
            settings.request_timeout,
        )
        status = f"{self._where}: status {answer.status}"
        told = answer.content[:_TOLD].decode("utf-8", "replace")
        if answer.status in _BAD_RECORD or self._format.is_bad_record(answer.content):
            return f"{status}: {told}"
        if 200 <= answer.status < 300:
            self._judge(records, answer.content)
            return ""
        if answer.status in (408, 429) or answer.status >= 500:
            raise NotTaken(f"{status}: {told}", retry_after=answer.retry_after)
        advice = _ADVICE.get(answer.status, "no destination of records answers so; check url")
        raise Refused(f"{status}: {advice}: {told}", changed=self._token.has_changed)

    def _judge(self, records: list[Selected], content: bytes) -> None:
        """Bury what will never pass. Raises NotTaken for what has to be sent again."""
        try:
            verdict = self._format.judge(content, len(records))
        except ValueError as error:
            raise NotTaken(f"{self._where}: no answer of format {self._settings.shape}: {error}") from None
        for place, why in verdict.poison.items():
            self._bury(records[place], why)
        if verdict.again:
            raise NotTaken(f"{self._where}: {verdict.why}", left=[records[place] for place in verdict.again])

    def _bury(self, record: Selected, why: str) -> None:
        """Keep a record that the destination refuses for good, durably."""
        reason = printable(self.mask(why))
        letter = {"number": record.number, "kind": record.kind, "reason": reason, "record": record.line.decode()}
        self._letters.append([json.dumps(letter).encode() + b"\n"])
        self.poisoned += 1

    def _authorization(self) -> dict[str, str]:
        """Read the token for every request, so that a new one is used at once. Raises Refused."""
        try:
            token = self._token.read()
        except SettingsError as error:
            raise Refused(f"token_path: {error}", changed=self._token.has_changed) from None
        return {"Authorization": self._settings.token_prefix + token} if token else {}


class Token:
    """The token in the file of `token_path`, if there is one, as it was read last."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._seen: tuple[int, ...] | None = None
        self._secrets = Secrets([])
        self._value = ""

    def read(self) -> str:
        """Return the token; an empty text without `token_path`. Raises SettingsError."""
        if self._path is None:
            return ""
        self._seen = _state_of(self._path)  # first: a change while the file is read counts as one
        token = read_secret(self._path)
        if token != self._value:
            self._value, self._secrets = token, Secrets([token])
        return token

    def has_changed(self) -> bool:
        """Tell whether the file is another one than the one that was read last, or there is one now."""
        return self._path is not None and _state_of(self._path) != self._seen

    def mask(self, text: str) -> str:
        """Return `text` without the token."""
        return self._secrets.mask(text)


def _state_of(path: str) -> tuple[int, ...] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size


def _where(url: str) -> str:
    """Return scheme, host and port: a path or a query can be a secret itself."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _secrets_of(settings: HttpSettings) -> Iterator[str]:
    """Yield what must not be shown besides the token: values of the query, long parts of the path, headers' values."""
    parts = urlsplit(settings.url)
    yield from (value for _name, value in parse_qsl(parts.query))
    yield from (part for part in parts.path.split("/") if len(part) >= _LONG_PART)
    yield from (value for name, value in settings.headers.items() if _SECRET_HEADER.search(name))
