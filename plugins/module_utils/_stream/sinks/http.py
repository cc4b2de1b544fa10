# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Posts batches of records to an HTTP receiver, until each is taken or known to be poison (R14)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..._common.text import printable
from ..backoff import Backoff
from ..broker.connection import tls_context
from ..errors import SettingsError
from ..options import REQUIRED, Options
from ..secret_file import read_secret, secret_at
from ..store.dead_letters import AppendedFile
from .http_formats import CONTENT_TYPES, FORMATS, Format, body_of, judge_bulk
from .runner import SinkStopped
from .selection import Selected
from .sink import REMOTE_DEFAULTS, Delivery, Interrupted, Opening

with suppress(ImportError):  # told where the settings are judged
    import requests
    import urllib3

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
    "timeout_seconds": 30,
}

MAX_ANSWER = 4 * 1024 * 1024
LONGEST_RETRY_AFTER = 3600.0
_STOPS = frozenset({401, 403, 404, 405, 410})
_POISON = frozenset({400, 413, 422})


@dataclass(frozen=True)
class HttpSettings:
    """Where to and in which shape. `token_path` holds a secret that is put behind `token_prefix` into Authorization."""

    url: str
    shape: Format = "json_lines"
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    token_path: str | None = None
    token_prefix: str = "Bearer "  # noqa: S105 - what stands before a secret, not one
    ca_path: str | None = None
    batch_records: int = 500
    timeout_seconds: float = 30.0


def parse(options: Options) -> HttpSettings:
    """See SinkType."""
    if options.has("token_path"):
        secret_at(options, "token_path")
    ca_path = options.optional_text("ca_path")
    tls_context(ca_path, options.where)
    return HttpSettings(
        url=_url(options),
        shape=options.choice("format", FORMATS),  # type: ignore[arg-type]
        headers=options.mapping("headers"),
        fields=options.mapping("fields"),
        token_path=options.optional_text("token_path"),
        token_prefix=options.text("token_prefix"),
        ca_path=ca_path,
        batch_records=options.number("batch_records", 1, 10_000),
        timeout_seconds=options.number("timeout_seconds", 1, 3600),
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
    """One session to one receiver. `letters` keeps what the receiver will never take."""

    def __init__(self, name: str, settings: HttpSettings, folder: Path, backoff: Backoff | None = None) -> None:
        self.batch_records = settings.batch_records
        self.poisoned = 0
        self._name = name
        self._settings = settings
        self._letters = AppendedFile(folder / f"dead_letters_of_{name}.jsonl")
        self._backoff = backoff or Backoff()
        self._session = requests.Session()
        self._session.trust_env = False  # no netrc, no environment that overrides ca_path
        self._verify: bool | str = settings.ca_path or True
        self._headers = {"Content-Type": CONTENT_TYPES[settings.shape], **settings.headers}

    def close(self) -> None:
        """See Delivery."""
        self._session.close()
        self._letters.close()

    def deliver(self, records: list[Selected], stopping: threading.Event, retrying: Callable[[str], None]) -> None:
        """See Delivery."""
        pending = records
        while pending:
            if stopping.is_set():
                raise Interrupted
            answer = self._post(pending)
            if isinstance(answer, Trouble):
                retrying(answer.why)
                self._wait(answer.retry_after, stopping)
                continue
            status, content = answer
            if 200 <= status < 300:
                pending = self._judge(pending, content, stopping, retrying)
            elif status in _STOPS:
                raise SinkStopped(f"{self._where}: answers {status}: check url and token; the sink stays stopped")
            elif status in _POISON:
                self._halve(
                    pending,
                    f"status {status}: {printable(content[:300].decode('utf-8', 'replace'))}",
                    stopping,
                    retrying,
                )
                return
            else:  # a redirect, or something that no receiver of records says
                raise SinkStopped(f"{self._where}: answers {status}, which is no answer of a receiver; check url")
            self._backoff.reset()

    @property
    def _where(self) -> str:
        return printable(self._settings.url.split("?")[0])

    def _halve(
        self, records: list[Selected], why: str, stopping: threading.Event, retrying: Callable[[str], None]
    ) -> None:
        """One bad record must not hold the others: look for it by halves."""
        if len(records) == 1:
            self._bury(records[0], why)
            return
        middle = len(records) // 2
        self.deliver(records[:middle], stopping, retrying)
        self.deliver(records[middle:], stopping, retrying)

    def _bury(self, record: Selected, why: str) -> None:
        self.poisoned += 1
        letter = {"number": record.number, "kind": record.kind, "reason": why, "record": record.line.decode()}
        self._letters.append([json.dumps(letter).encode() + b"\n"])

    def _judge(
        self, records: list[Selected], content: bytes, stopping: threading.Event, retrying: Callable[[str], None]
    ) -> list[Selected]:
        """What of a batch that was taken has to be sent again."""
        if self._settings.shape != "elasticsearch":
            return []
        try:
            verdict = judge_bulk(content, len(records))
        except ValueError as error:
            retrying(f"{self._where}: no answer of a bulk request: {printable(error)}")
            self._wait(None, stopping)
            return records
        for place, why in verdict.poison.items():
            self._bury(records[place], why)
        if verdict.again:
            retrying(f"{self._where}: {len(verdict.again)} records were not taken for now")
            self._wait(None, stopping)
        return [records[place] for place in verdict.again]

    def _post(self, records: list[Selected]) -> tuple[int, bytes] | Trouble:
        settings = self._settings
        body = body_of(records, settings.shape, settings.fields)
        try:
            with self._session.post(
                settings.url,
                data=body,
                headers={**self._headers, **self._authorization()},
                timeout=settings.timeout_seconds,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = answer.raw.read(MAX_ANSWER, decode_content=True)
                status = answer.status_code
                if status in (408, 429) or status >= 500:
                    why = f"{self._where}: status {status}: {_shown(content)}"
                    return Trouble(why, _seconds(answer.headers.get("Retry-After")))
                return status, content
        except (requests.RequestException, OSError, ValueError) as error:
            return Trouble(f"{self._where}: {type(error).__name__}: {printable(error)}", None)
        except urllib3.exceptions.HTTPError as error:  # while the answer is read
            return Trouble(f"{self._where}: {type(error).__name__}", None)

    def _authorization(self) -> dict[str, str]:
        """Read for every request: a token that was renewed is used at once."""
        path = self._settings.token_path
        return {"Authorization": self._settings.token_prefix + read_secret(path)} if path else {}

    def _wait(self, retry_after: float | None, stopping: threading.Event) -> None:
        seconds = self._backoff.next()
        if retry_after is not None:
            seconds = max(seconds, min(retry_after, LONGEST_RETRY_AFTER))
        if stopping.wait(seconds):
            raise Interrupted


@dataclass(frozen=True)
class Trouble:
    """The whole batch has to be sent again."""

    why: str
    retry_after: float | None


def _shown(content: bytes) -> str:
    return printable(content[:300].decode("utf-8", "replace"))


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds or as an HTTP date."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
