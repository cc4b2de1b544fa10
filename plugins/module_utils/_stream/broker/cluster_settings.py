# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a login at a RabbitMQ cluster of the user's, which relays and workers share (R17)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..._common.text import printable
from ..errors import SettingsError
from ..options import REQUIRED, Options
from ..secret_file import secret_at
from .connection import tls_context
from .topology import DEFAULT_PORT, ClusterSettings

CLUSTER_DEFAULTS: Mapping[str, Any] = {
    "hosts": REQUIRED,
    "user_name": REQUIRED,
    "password_path": REQUIRED,
    "port": DEFAULT_PORT,
    "vhost": "/",
    "ca_path": None,
    "heartbeat": 60,
    "connect_timeout": 15,
}

_HOST = re.compile(r"(?P<host>[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:(?P<port>[0-9]{1,5}))?")


def cluster_settings(options: Options, prefetch: int) -> ClusterSettings:
    """Judge these options of a relay or a worker. Raises SettingsError."""
    hosts = tuple(_host(one, options) for one in options.texts("hosts"))
    if not hosts:
        raise SettingsError(f"{options.where}.hosts: must name one node of the cluster at least; name all of them")
    password = secret_at(options, "password_path")
    ca_path = options.optional_text("ca_path")
    tls_context(ca_path, options.where)
    return ClusterSettings(
        host=hosts[0][0],
        port=hosts[0][1],
        queue_name="",
        user_name=options.text("user_name"),
        password=password,
        vhost=options.text("vhost"),
        ca_path=ca_path,
        prefetch=prefetch,
        heartbeat=options.number("heartbeat", 5, 3600),
        connect_timeout=options.number("connect_timeout", 1, 600),
        hosts=hosts,
    )


def _host(text: str, options: Options) -> tuple[str, int]:
    match = _HOST.fullmatch(text)
    port = int(match["port"]) if match and match["port"] else options.number("port", 1, 65535)
    if not match or not 0 < port < 65536:
        raise SettingsError(
            f"{options.where}.hosts: {printable(text)!r} is not HOST or HOST:PORT, without scheme and path"
        )
    return match["host"].strip("[]"), port
