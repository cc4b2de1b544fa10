# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event stream as a consumer sees it: where the broker is, which queue, who logs in, what its events are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..._common.text import printable
from ..._credentials_file import CredentialsFileError, StreamCredentials, load
from ..errors import SettingsError
from ..options import Options

REGIONS = ("na", "eu", "apjc")
DEFAULT_PORT = 443  # api-contract.md section 8
DEFAULT_PREFETCH = 4000  # two transactions of the largest size: one is received while the other is stored
MAX_PREFETCH = 65535  # a short in AMQP 0-9-1

_CREDENTIALS = ("host", "port", "vhost", "queue_name", "user_name", "password")
_TEXTS = ("host", "vhost", "queue_name", "user_name", "password", "ca_path", "source", "region", "console_host")
DEFAULTS: Mapping[str, Any] = {
    "credentials_path": None,
    **dict.fromkeys(_TEXTS),
    "port": DEFAULT_PORT,
    "prefetch": DEFAULT_PREFETCH,
    "heartbeat": 60,
    "connect_timeout": 15,
}
KEYS = frozenset(DEFAULTS)

_HOST = re.compile(r"\[?[A-Za-z0-9._:%-]{1,253}\]?")
_CONSOLE = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?")
_CISCO_HOST = re.compile(r"(?:api|export-streaming)(?:\.(eu|apjc))?\.amp\.cisco\.com")  # api-contract.md section 2


@dataclass(frozen=True)
class StreamSettings:
    """What is needed to consume one queue. The password is in no text that is made from this."""

    host: str
    queue_name: str
    user_name: str
    password: str = field(repr=False)
    port: int = DEFAULT_PORT
    vhost: str = "/"
    ca_path: str | None = None
    ca: str | None = field(default=None, repr=False)  # their text, from a credentials file that travelled
    source: str | None = None
    region: str | None = None
    console_host: str | None = None
    prefetch: int = DEFAULT_PREFETCH
    heartbeat: int = 60
    connect_timeout: int = 15

    login_advice: ClassVar[str] = (
        "the stream was deleted or the password is another one. List the streams with event_stream_info; a lost"
        " password means a new stream"
    )
    queue_advice: ClassVar[str] = (
        "the stream was deleted or queue_name is wrong. List the streams with event_stream_info"
    )

    @property
    def name(self) -> str:
        """Return the name of this stream in messages, metrics and results."""
        return printable(f"{self.queue_name} on {self.host}:{self.port}")

    @property
    def is_owned(self) -> bool:
        """Return whether to consume it at once: a stand-in for a partition's owner waits."""
        return True

    def at(self, attempt: int) -> StreamSettings:  # noqa: ARG002 - a cluster has several
        """Return these settings with the host and port to try in attempt 0, 1, ...: the cloud has one of each."""
        return self


def stream_settings(options: Mapping[str, Any], where: str) -> StreamSettings:
    """Judge the options of one stream. `where` is how the user finds them ("streams[0]").

    Options that are None count as not given. Raises SettingsError.
    """
    judged = Options(where, options, DEFAULTS, texts=True)
    given = {key: value for key, value in options.items() if judged.has(key)}
    ca = None
    if judged.has("credentials_path"):
        given, ca = _from_file(judged.text("credentials_path"), given, where)
        judged = Options(where, given, DEFAULTS, texts=True)
    missing = [key for key in ("host", "queue_name", "user_name", "password") if not given.get(key)]
    if missing:
        raise SettingsError(
            f"{where}: {', '.join(missing)} missing: give credentials_path, or host, queue_name, user_name and password"
        )
    texts = {key: judged.text(key) for key in _TEXTS if key in given}
    return StreamSettings(
        **_checked_texts(texts, where),
        ca=ca,
        port=judged.number("port", 1, 65535),
        prefetch=judged.number("prefetch", 1, MAX_PREFETCH),
        heartbeat=judged.number("heartbeat", 5, 3600),
        connect_timeout=judged.number("connect_timeout", 1, 600),
    )


def _from_file(path: str, given: dict[str, Any], where: str) -> tuple[dict[str, Any], str | None]:
    """Return the options with what the file says, and the text of the authorities; an option `ca_path` goes first."""
    both = [key for key in _CREDENTIALS if key in given]
    if both:
        raise SettingsError(
            f"{where}: credentials_path and {', '.join(both)} exclude each other: the file says where and who"
        )
    try:
        credentials = load(path)
    except CredentialsFileError as error:
        raise SettingsError(f"{where}.credentials_path: {error}") from None
    except OSError as error:
        raise SettingsError(f"{where}.credentials_path: {printable(path)}: {error.strerror}") from None
    ca = None if "ca_path" in given else credentials.ca
    filed: dict[str, Any] = {key: getattr(credentials, key) for key in _CREDENTIALS}
    filed["ca_path"] = None if ca else credentials.ca_path
    rest = {key: value for key, value in given.items() if key != "credentials_path"}
    return {**_console(credentials), **{k: v for k, v in filed.items() if v is not None}, **rest}, ca


def _console(credentials: StreamCredentials) -> dict[str, Any]:
    """Return where the links lead: a private cloud serves its API on its console's host (api-contract.md section 2)."""
    region = _region_of(credentials.api_host) or _region_of(credentials.host)
    if region:
        return {"region": region}
    return {"console_host": credentials.api_host} if credentials.api_host else {}


def _region_of(host: str | None) -> str | None:
    match = _CISCO_HOST.fullmatch(host or "")
    return (match.group(1) or "na") if match else None


def _checked_texts(texts: dict[str, str], where: str) -> dict[str, Any]:
    if not _HOST.fullmatch(texts["host"]):
        raise SettingsError(f"{where}.host: is not a host name or address: give it without scheme, port, user or path")
    region = texts.setdefault("region", _region_of(texts["host"]) or "")
    if not region:
        del texts["region"]
    elif region not in REGIONS:
        raise SettingsError(f"{where}.region: {printable(region)!r} is not one of {', '.join(REGIONS)}")
    if "console_host" in texts and not _CONSOLE.fullmatch(texts["console_host"]):
        raise SettingsError(f"{where}.console_host: is not host or host:port: give it without scheme and path")
    for key in ("queue_name", "vhost", "user_name"):
        if len(texts.get(key, "").encode()) > 255:
            raise SettingsError(f"{where}.{key}: is longer than the 255 bytes that AMQP allows")
    return {**texts, "host": texts["host"].strip("[]")}
