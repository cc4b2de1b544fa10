# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the configuration says of a cluster: where a relay publishes, and which partitions a worker takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..._common.text import printable
from ..broker.connection import tls_context
from ..broker.partitions import WorkerSettings
from ..broker.settings import MAX_PREFETCH
from ..broker.topology import EXCHANGES, PARTITIONS, ClusterSettings
from ..errors import SettingsError
from ..sinks.http import read_token
from ..sinks.relay import RelaySettings

if TYPE_CHECKING:
    from .settings import _Section

LOGIN = frozenset({"hosts", "user_name", "password_path"})
_HOST = re.compile(r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?")


def relay_settings(section: _Section) -> RelaySettings:
    """Of a sink. Raises SettingsError."""
    return RelaySettings(
        cluster=_cluster(section, prefetch=1),
        batch_records=section.number("batch_records", 1, 10_000),
        timeout_seconds=section.number("timeout_seconds", 1, 3600),
    )


def worker_settings(section: _Section) -> WorkerSettings:
    """Of the section `partitions`. Raises SettingsError."""
    workers = section.number("workers", 1, PARTITIONS)
    return WorkerSettings(
        cluster=_cluster(section, prefetch=section.number("prefetch", 1, MAX_PREFETCH)),
        exchange=section.choice("exchange", EXCHANGES),  # type: ignore[arg-type]
        worker=section.number("worker", 1, workers),
        workers=workers,
        takeover_seconds=section.number("takeover_seconds", 5, 24 * 3600),
    )


def _cluster(section: _Section, prefetch: int) -> ClusterSettings:
    where = section.where
    hosts = tuple(_host(one, section) for one in section.texts("hosts"))
    if not hosts:
        raise SettingsError(f"{where}.hosts: must name one node of the cluster at least; name all of them")
    path = section.text("password_path", required=True)
    try:
        password = read_token(path)
    except SettingsError as error:
        raise SettingsError(f"{where}.password_path: {error}") from None
    ca_path = section.optional_text("ca_path")
    tls_context(ca_path, where)
    return ClusterSettings(
        host=hosts[0][0],
        port=hosts[0][1],
        queue_name="",
        user_name=section.text("user_name", required=True),
        password=password,
        vhost=section.text("vhost"),
        ca_path=ca_path,
        prefetch=prefetch,
        heartbeat=section.number("heartbeat", 5, 3600),
        connect_timeout=section.number("connect_timeout", 1, 600),
        hosts=hosts,
    )


def _host(text: str, section: _Section) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else section.number("port", 1, 65535)
    if not match or not 0 < port < 65536:
        raise SettingsError(
            f"{section.where}.hosts: {printable(text)!r} is not HOST or HOST:PORT, without scheme and path"
        )
    return match["host"].strip("[]"), port
