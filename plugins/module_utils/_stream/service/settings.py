# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's configuration: one JSON object, judged as a whole before anything starts.

`DEFAULTS` is the one place where defaults stand; the guide is checked against it. Errors name the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from ..._common.text import printable
from ..._events.detections import SEVERITIES
from ..._events.incidents import RULES, Rule
from ..._pivot import PivotError, record_links
from ..broker.connection import tls_context
from ..broker.partitions import WorkerSettings
from ..broker.settings import StreamSettings, stream_settings
from ..broker.topology import DEFAULT_PORT
from ..errors import SettingsError
from ..pipeline.correlation import GroupingSettings
from ..pipeline.worker import KINDS_OF, RULES_OF
from ..sinks.http import HttpSettings, read_token
from ..sinks.http_formats import FORMATS
from ..sinks.json_lines import Rotation
from ..sinks.relay import RelaySettings
from ..sinks.selection import Selection
from ..store.maintenance import Retention
from ..store.store import Kind
from .relay_settings import LOGIN, relay_settings, worker_settings

DAY = 24 * 3600
KEY_DAYS = 12  # R1: the cloud keeps events 10 days, so a redelivery is known for longer than it can come

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "grouping": {"rules": list(RULES), "window_seconds": 300, "lateness_seconds": 60, "idle_after_seconds": 120},
    "retention": {"days": 30, "max_bytes": None, "key_days": KEY_DAYS, "finding_days": 365},
    "outbox": {"max_records": 2_000_000},
    "monitor": {"port": 9464, "host": "127.0.0.1"},
    "log": {"level": "info"},
    "sink": {"kinds": ["event"], "event_types": [], "severities": [], "groups": [], "from": "now"},
    "remote_sink": {"required": True, "max_lag": 1_000_000},
    "json_lines": {"rotate_bytes": None, "rotate_seconds": None, "keep": 0},
    "http": {
        "format": "json_lines",
        "headers": {},
        "fields": {},
        "token_path": None,
        "token_prefix": "Bearer ",
        "ca_path": None,
        "batch_records": 500,
        "timeout_seconds": 30,
    },
    "relay": {
        "port": DEFAULT_PORT,
        "vhost": "/",
        "ca_path": None,
        "heartbeat": 60,
        "connect_timeout": 15,
        "batch_records": 500,
        "timeout_seconds": 60,
    },
    "partitions": {
        "port": DEFAULT_PORT,
        "vhost": "/",
        "ca_path": None,
        "heartbeat": 60,
        "connect_timeout": 15,
        "prefetch": 1000,
        "worker": 1,
        "workers": 1,
        "takeover_seconds": 60,
    },
}


@dataclass(frozen=True)
class SinkSettings:
    """One sink: a file at `path`, a receiver at `http`, or a cluster at `relay`."""

    name: str
    selection: Selection
    oldest: bool
    required: bool = True
    max_lag: int = 0
    path: str | None = None
    rotation: Rotation = field(default_factory=Rotation)
    http: HttpSettings | None = None
    relay: RelaySettings | None = None


@dataclass(frozen=True)
class ServiceSettings:
    """Everything that `service` needs. Of a `worker`, the streams are the partitions."""

    streams: Sequence[StreamSettings]
    state_dir: str
    sinks: Sequence[SinkSettings]
    grouping: GroupingSettings
    retention: Retention
    outbox_max_records: int
    monitor_host: str
    monitor_port: int
    log_level: str
    worker: WorkerSettings | None = None


def load(path: str | Path) -> ServiceSettings:
    """Read and judge the file. Raises SettingsError."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{printable(path)}: cannot be read: {getattr(error, 'strerror', 'not UTF-8')}") from None
    try:
        options = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{printable(path)}: is no JSON: {printable(error)}") from None
    return service_settings(options)


def service_settings(options: Any) -> ServiceSettings:
    """Judge a decoded configuration. Raises SettingsError."""
    top = _Section("", options, _TOP)
    worker = _worker(options)
    streams = worker.streams() if worker else _streams(top)
    sinks = [sink_settings(one, f"sinks[{place}]") for place, one in enumerate(top.objects("sinks"))]
    names = [sink.name for sink in sinks]
    if len(set(names)) < len(names):
        raise SettingsError("sinks: two have the same name; a sink is known by it")
    grouping = top.section("grouping")
    monitor = top.section("monitor")
    if (host := monitor.text("host")) not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsError(f"monitor.host: {printable(host)!r}: metrics and health are served on the loopback only")
    return ServiceSettings(
        streams=streams,
        state_dir=top.text("state_dir", required=True),
        sinks=sinks,
        grouping=GroupingSettings(
            rules=_rules(options, grouping, worker, sinks),
            window=grouping.number("window_seconds", 1, 365 * DAY),
            lateness=grouping.number("lateness_seconds", 0, 30 * DAY),
            idle_after=grouping.number("idle_after_seconds", 1, 30 * DAY),
        ),
        retention=_retention(top.section("retention"), grouping),
        outbox_max_records=top.section("outbox").number("max_records", 10_000, 2**40),
        monitor_host=host,
        monitor_port=monitor.number("port", 0, 65535),
        log_level=top.section("log").choice("level", ("debug", "info", "warning", "error")),
        worker=worker,
    )


_TOP = {"streams", "partitions", "state_dir", "sinks", "grouping", "retention", "outbox", "monitor", "log"}


def _streams(top: _Section) -> list[StreamSettings]:
    streams = [_stream(one, f"streams[{place}]") for place, one in enumerate(top.objects("streams", required=True))]
    queues = [(one.host, one.port, one.vhost, one.queue_name) for one in streams]
    if len(set(queues)) < len(queues):
        raise SettingsError("streams: one queue is given twice; its events would be split between the two")
    return streams


def _worker(options: Mapping[str, Any]) -> WorkerSettings | None:
    if "partitions" not in options:
        return None
    if options.get("streams"):
        raise SettingsError("streams and partitions exclude each other: a worker takes its events from a relay")
    return worker_settings(_Section("partitions", options["partitions"], _WORKER, DEFAULTS["partitions"]))


def _rules(
    options: Mapping[str, Any], grouping: _Section, worker: WorkerSettings | None, sinks: Sequence[SinkSettings]
) -> Sequence[Rule]:
    """Of a worker, those that its partitions can bear; a relay may have none, its workers make the incidents."""
    possible = RULES_OF[worker.exchange] if worker else RULES
    given = grouping.choices("rules", RULES, may_be_empty=any(sink.relay for sink in sinks))
    if "rules" not in options.get("grouping", {}):
        given = list(possible)
    if worker and (wrong := sorted(set(given) - set(possible))):
        raise SettingsError(
            f"grouping.rules: {', '.join(wrong)} cannot be made from partitions of {worker.exchange}, only"
            f" {', '.join(possible)}"
        )
    kinds: Sequence[str] = KINDS_OF[worker.exchange] if worker else get_args(Kind) if given else ("event",)
    for place, sink in enumerate(sinks):
        if wrong := sorted(sink.selection.kinds - set(kinds)):
            why = f"a worker of {worker.exchange} has only" if worker else "without grouping.rules there is only"
            raise SettingsError(f"sinks[{place}].kinds: {', '.join(wrong)}: {why} {', '.join(kinds)}")
    return given  # type: ignore[return-value]


def _retention(section: _Section, grouping: _Section) -> Retention:
    retention = Retention(
        days=section.number("days", 0, 36500),
        max_bytes=section.optional_number("max_bytes", 1_000_000, 2**63),
        key_days=section.number("key_days", KEY_DAYS, 36500),
        finding_days=section.number("finding_days", KEY_DAYS, 36500),
    )
    retention.check(*(grouping.number(key, 0, 365 * DAY) for key in ("window_seconds", "lateness_seconds")))
    return retention


def _stream(options: Mapping[str, Any], where: str) -> StreamSettings:
    settings = stream_settings(options, where)
    tls_context(settings.ca_path, where)
    try:
        record_links(settings.region, settings.console_host)
    except PivotError as error:
        raise SettingsError(f"{where}: {error}") from None
    return settings


_COMMON = {"name", "type", *DEFAULTS["sink"]}
_REMOTE = {*_COMMON, *DEFAULTS["remote_sink"]}
_SINK_KEYS = {
    "json_lines": {*_COMMON, "path", *DEFAULTS["json_lines"]},
    "http": {*_REMOTE, "url", *DEFAULTS["http"]},
    "relay": {*_REMOTE, *LOGIN, *DEFAULTS["relay"]},
}
_WORKER = {"exchange", *LOGIN, *DEFAULTS["partitions"]}


def sink_settings(options: Mapping[str, Any], where: str) -> SinkSettings:
    kind = options.get("type")
    if not isinstance(kind, str) or kind not in _SINK_KEYS:
        raise SettingsError(f"{where}.type: {printable(kind)!r} is none of {', '.join(_SINK_KEYS)}")
    section = _Section(
        where, options, _SINK_KEYS[kind], {**DEFAULTS["sink"], **DEFAULTS["remote_sink"], **DEFAULTS[kind]}
    )
    selection = Selection(
        kinds=frozenset(section.choices("kinds", get_args(Kind))),  # type: ignore[arg-type]
        event_types=frozenset(section.numbers("event_types")),
        severities=frozenset(section.choices("severities", SEVERITIES, may_be_empty=True)),
        groups=frozenset(section.texts("groups")),
    )
    name = section.text("name", required=True)
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise SettingsError(
            f"{where}.name: use letters, digits, - and _ only; it becomes part of file names and metrics"
        )
    oldest = section.choice("from", ("now", "oldest")) == "oldest"
    if kind == "json_lines":
        rotation = Rotation(
            section.optional_number("rotate_bytes", 1, 2**62),
            section.optional_number("rotate_seconds", 1, 36500 * DAY),
            section.number("keep", 0, 10**6),
        )
        return SinkSettings(name, selection, oldest, path=section.text("path", required=True), rotation=rotation)
    required, max_lag = section.flag("required"), section.number("max_lag", 1, 2**40)
    if kind == "relay":
        if selection.kinds != {"event"}:
            raise SettingsError(f"{where}.kinds: a relay carries events only; workers make the rest of them")
        return SinkSettings(name, selection, oldest, required, max_lag, relay=relay_settings(section))
    return SinkSettings(name, selection, oldest, required, max_lag, http=_http(section))


def _http(section: _Section) -> HttpSettings:
    url = section.text("url", required=True)
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise SettingsError(f"{section.where}.url: must be https, or http on this host")
    if not parts.hostname or parts.username or parts.password:
        raise SettingsError(f"{section.where}.url: must name a host and hold no login; give the secret by token_path")
    token_path = section.optional_text("token_path")
    if token_path:
        try:
            read_token(token_path)
        except SettingsError as error:
            raise SettingsError(f"{section.where}.token_path: {error}") from None
    ca_path = section.optional_text("ca_path")
    tls_context(ca_path, section.where)
    return HttpSettings(
        url=url,
        shape=section.choice("format", FORMATS),  # type: ignore[arg-type]
        headers=section.mapping("headers"),
        fields=section.mapping("fields"),
        token_path=token_path,
        token_prefix=section.text("token_prefix"),
        ca_path=ca_path,
        batch_records=section.number("batch_records", 1, 10_000),
        timeout_seconds=section.number("timeout_seconds", 1, 3600),
    )


class _Section:
    """One object of the configuration, with its place for messages."""

    def __init__(self, where: str, given: Any, known: set[str], defaults: Mapping[str, Any] | None = None) -> None:
        self.where = where
        if not isinstance(given, Mapping):
            raise SettingsError(f"{where or 'the configuration'}: is not an object")
        self._given = given
        self._defaults = defaults or {}
        unknown = sorted(set(given) - known)
        if unknown:
            place = f"{where}: " if where else ""
            raise SettingsError(
                f"{place}{', '.join(map(printable, unknown))}: no such setting; known are {', '.join(sorted(known))}"
            )

    def section(self, key: str) -> _Section:
        defaults = DEFAULTS[key]
        return _Section(key, self._given.get(key, {}), set(defaults), defaults)

    def objects(self, key: str, *, required: bool = False) -> list[Any]:
        value = self._given.get(key, [])
        objects = isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
        if not objects or (required and not value):
            raise SettingsError(f"{key}: must be a list of objects{' with one at least' if required else ''}")
        return list(value)

    def _value(self, key: str) -> tuple[Any, str]:
        return self._given.get(key, self._defaults.get(key)), f"{self.where}.{key}" if self.where else key

    def text(self, key: str, *, required: bool = False) -> str:
        value, where = self._value(key)
        if value is None and required:
            raise SettingsError(f"{where}: is missing")
        if not isinstance(value, str) or not value or any(ord(mark) < 32 for mark in value):
            raise SettingsError(f"{where}: must be a text that is not empty, without control characters")
        return value

    def optional_text(self, key: str) -> str | None:
        return None if self._value(key)[0] is None else self.text(key)

    def number(self, key: str, low: int, high: int) -> int:
        value, where = self._value(key)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise SettingsError(f"{where}: {printable(value)!r} is not a whole number from {low} to {high}")
        return value

    def optional_number(self, key: str, low: int, high: int) -> int | None:
        return None if self._value(key)[0] is None else self.number(key, low, high)

    def flag(self, key: str) -> bool:
        value, where = self._value(key)
        if not isinstance(value, bool):
            raise SettingsError(f"{where}: must be true or false")
        return value

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value, where = self._value(key)
        if value not in choices:
            raise SettingsError(f"{where}: {printable(value)!r} is none of {', '.join(choices)}")
        return str(value)

    def choices(self, key: str, choices: Sequence[str], *, may_be_empty: bool = False) -> list[str]:
        values = self.texts(key)
        wrong = next((value for value in values if value not in choices), None)
        if wrong is not None or not (values or may_be_empty):
            where = self._value(key)[1]
            raise SettingsError(f"{where}: {printable(wrong)!r} is none of {', '.join(choices)}")
        return values

    def texts(self, key: str) -> list[str]:
        value, where = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise SettingsError(f"{where}: must be a list of texts")
        return value

    def numbers(self, key: str) -> list[int]:
        value, where = self._value(key)
        if not isinstance(value, list) or not all(one.__class__ is int and one > 0 for one in value):
            raise SettingsError(f"{where}: must be a list of whole numbers")
        return value

    def mapping(self, key: str) -> Mapping[str, str]:
        value, where = self._value(key)
        plain = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
        if not plain or any(ord(mark) < 32 for pair in value.items() for text in pair for mark in text):
            raise SettingsError(f"{where}: must be an object of texts without control characters")
        return dict(value)
