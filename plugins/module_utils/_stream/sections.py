# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the service, the module and the rulebook's source share: streams, retention and grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._events.incidents import DEFAULT_RULES
from .._events.live import DEFAULT_IDLE_AFTER_SECONDS, DEFAULT_LATENESS_SECONDS, DEFAULT_WINDOW_SECONDS
from .._pivot import PivotError, record_links
from .broker.connection import tls_context
from .broker.settings import StreamSettings, stream_settings
from .errors import SettingsError
from .options import Options
from .store.maintenance import Retention

DAY = 24 * 3600
KEY_DAYS = 12  # R1: the cloud keeps events 10 days, so a redelivery is known for longer than it can come

GROUPING_DEFAULTS: Mapping[str, Any] = {
    "rules": list(DEFAULT_RULES),
    "window_seconds": DEFAULT_WINDOW_SECONDS,
    "lateness_seconds": DEFAULT_LATENESS_SECONDS,
    "idle_after_seconds": DEFAULT_IDLE_AFTER_SECONDS,
    "tell_final": False,
}
RETENTION_DEFAULTS: Mapping[str, Any] = {"days": 30, "max_bytes": None, "key_days": KEY_DAYS, "finding_days": 365}


def streams_settings(given: Sequence[Mapping[str, Any]], where: str = "streams") -> list[StreamSettings]:
    """Judge the streams of a run, which is given at least one. Raises SettingsError."""
    streams = [one_stream_settings(one, f"{where}[{place}]") for place, one in enumerate(given)]
    queues: set[tuple[str, int, str, str]] = set()
    for one in streams:
        queue = (one.host, one.port, one.vhost, one.queue_name)
        if queue in queues:
            raise SettingsError(
                f"{where}: one queue is given twice, {one.name}; its events would be split between the two"
            )
        queues.add(queue)
    return streams


def one_stream_settings(options: Mapping[str, Any], where: str) -> StreamSettings:
    """Judge the options of one stream; `where` is their place for messages. Raises SettingsError."""
    settings = stream_settings(options, where)
    tls_context(settings.ca_path, where, settings.ca)
    try:
        record_links(settings.region, settings.console_host)
    except PivotError as error:
        raise SettingsError(f"{where}: {error}") from None
    return settings


def window_of(options: Options) -> int:
    """Return the length of an incident's window in seconds."""
    return options.number("window_seconds", 1, 365 * DAY)


def lateness_of(options: Options) -> int:
    """Return how many seconds incidents wait for late events."""
    return options.number("lateness_seconds", 0, 30 * DAY)


def retention_of(options: Options, window: int, lateness: int) -> Retention:
    """Judge the section `retention` against the window and the lateness of the incidents. Raises SettingsError."""
    retention = Retention(
        days=options.number("days", 0, 36500),
        max_bytes=options.optional_number("max_bytes", 1_000_000, 2**63),
        key_days=options.number("key_days", KEY_DAYS, 36500),
        finding_days=options.number("finding_days", KEY_DAYS, 36500),
    )
    retention.check(window, lateness)
    return retention
