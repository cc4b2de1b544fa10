# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service's configuration: one JSON object, judged as a whole before anything starts.

`DEFAULTS` gathers the tables of defaults of all sections; the guide is checked against it. Errors name the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from ..._common.text import printable
from ..._events.incidents import RULES, Rule
from ..broker.partitions import WorkerSettings
from ..broker.settings import StreamSettings
from ..errors import SettingsError
from ..exposure import exposed_credentials, exposed_file
from ..options import REQUIRED, Options
from ..pipeline.correlation import GroupingSettings
from ..pipeline.relayed import KINDS_OF, RULES_OF
from ..sections import (
    DAY,
    GROUPING_DEFAULTS,
    RETENTION_DEFAULTS,
    lateness_of,
    retention_of,
    streams_settings,
    window_of,
)
from ..sinks import relay
from ..sinks.registry import SINK_TYPES, sinks_settings
from ..sinks.sink import COMMON_DEFAULTS, REMOTE_DEFAULTS, SinkSettings
from ..store.maintenance import Retention
from ..store.store import Kind
from .worker_settings import WORKER_DEFAULTS, worker_settings

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "grouping": GROUPING_DEFAULTS,
    "retention": RETENTION_DEFAULTS,
    "outbox": {"max_records": 2_000_000},
    "monitor": {"port": 9464, "host": "127.0.0.1", "unhealthy_after": 300},
    "log": {"level": "info"},
    "sink": COMMON_DEFAULTS,
    "remote_sink": REMOTE_DEFAULTS,
    **{
        name: {key: value for key, value in one.DEFAULTS.items() if key not in REMOTE_DEFAULTS}
        for name, one in SINK_TYPES.items()
    },
    "partitions": WORKER_DEFAULTS,
}
_SECTIONS = ("grouping", "retention", "outbox", "monitor", "log")
_TOP = {"state_dir": REQUIRED, "streams": [], "partitions": None, "sinks": [], **dict.fromkeys(_SECTIONS)}


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
    unhealthy_after: int = 300
    warnings: Sequence[str] = ()


def load(path: str | Path) -> ServiceSettings:
    """Read and judge the file. Raises SettingsError."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{printable(path)}: cannot be read: {getattr(error, 'strerror', 'not UTF-8')}") from None
    try:
        options = json.loads(text)
    except ValueError as error:
        raise SettingsError(f"{printable(path)}: is not valid JSON: {printable(error)}") from None
    settings = service_settings(options)
    streams = options.get("streams") or []
    warnings = exposed_credentials(streams)
    if any("password" in one for one in streams) and (warning := exposed_file(path, "a stream's password")):
        warnings.append(warning)
    return replace(settings, warnings=warnings)


def service_settings(given: Any) -> ServiceSettings:
    """Judge a decoded configuration. Raises SettingsError."""
    options = Options("", given, _TOP)
    worker = _worker(options)
    streams = worker.streams() if worker else streams_settings(options.objects("streams", required=True))
    sinks = sinks_settings(options.objects("sinks"))
    grouping, retention, outbox, monitor, log = (options.section(name, DEFAULTS[name]) for name in _SECTIONS)
    window, lateness = window_of(grouping), lateness_of(grouping)
    if (host := monitor.text("host")) not in ("127.0.0.1", "::1", "localhost"):
        raise SettingsError(f"monitor.host: {printable(host)!r}: metrics and health are served on the loopback only")
    return ServiceSettings(
        streams=streams,
        state_dir=options.text("state_dir"),
        sinks=sinks,
        grouping=GroupingSettings(
            rules=_rules(grouping, worker, sinks),
            window=window,
            lateness=lateness,
            idle_after=grouping.number("idle_after_seconds", 1, 30 * DAY),
            tell_final=grouping.flag("tell_final"),
        ),
        retention=retention_of(retention, window, lateness),
        outbox_max_records=outbox.number("max_records", 10_000, 2**40),
        monitor_host=host,
        monitor_port=monitor.number("port", 0, 65535),
        log_level=log.choice("level", ("debug", "info", "warning", "error")),
        worker=worker,
        unhealthy_after=monitor.number("unhealthy_after", 1, DAY),
    )


def _worker(options: Options) -> WorkerSettings | None:
    if not options.has("partitions"):
        return None
    if options.objects("streams"):
        raise SettingsError("streams and partitions exclude each other: a worker takes its events from a relay")
    return worker_settings(options.section("partitions", WORKER_DEFAULTS))


def _rules(grouping: Options, worker: WorkerSettings | None, sinks: Sequence[SinkSettings]) -> Sequence[Rule]:
    """Judge the rules: a worker's partitions must bear them; a relay may have none, its workers make the incidents."""
    possible = RULES_OF[worker.exchange] if worker else RULES
    given = grouping.choices("rules", RULES, may_be_empty=any(sink.type.NAME == relay.NAME for sink in sinks))
    if not grouping.has("rules"):
        given = list(possible[:1])
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
