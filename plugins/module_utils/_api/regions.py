# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the API of each region is, and what a host that a user gives may look like.

This file is private to the collection.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .._common.ids import API_HOSTS

_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
_ADDRESS_6 = re.compile(r"\[[0-9a-f:.]+\]")


def parse_api_host(text: str) -> str:
    """Check `host` or `host:port` and return it in lower case, without the port where that is 443.

    Raises ValueError. Its text never repeats what was given: that may hold a password (R30).
    """
    for mark, meaning in (("://", "a scheme"), ("@", "user information"), ("/", "a path"), ("?", "a query")):
        if mark in text:
            raise ValueError(f"api_host holds {meaning}; give the host alone, or host:port")
    host, port = _split_port(text.strip().lower())
    if not (_NAME.fullmatch(host) or _ADDRESS_6.fullmatch(host)) or len(host) > 253:
        raise ValueError("api_host is not a host name or an address; give the host alone, or host:port")
    return host if port == 443 else f"{host}:{port}"


def region_of(api_host: str) -> str | None:
    """Return the region whose API host this is, or None for a private cloud."""
    return next((region for region, host in API_HOSTS.items() if host == api_host), None)


def is_on_host(url: str, api_host: str) -> bool:
    """Return whether an absolute URL leads to the configured host, by HTTPS, with no user information in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and "@" not in parts.netloc
        and (parts.hostname, port) == (urlsplit(f"//{api_host}").hostname, _split_port(api_host)[1])
    )


def _split_port(text: str) -> tuple[str, int]:
    match = re.fullmatch(r"(\[.*\]|[^:]*)(?::([0-9]{1,5}))?", text)
    port = int(match[2] or 443) if match else 0
    if match is None or not 0 < port < 65536:
        raise ValueError("api_host is not a host name or an address; give the host alone, or host:port")
    return match[1], port
