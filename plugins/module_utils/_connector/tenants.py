# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Share one question to the cloud among the hosts of a batch that belong to one tenant (R43: never across tenants)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def tenant_of(cloud: Mapping[str, Any]) -> str:
    """Return what tells one tenant from another: where its API is, and as whom. No secret is part of it."""
    return " ".join(f"{key}={cloud[key]}" for key in ("region", "api_host", "client_id") if cloud.get(key))


def share(hosts: Sequence[str], me: str, known: Callable[[str], Mapping[str, Any] | None]) -> dict[str, Any]:
    """Return which host asks for the tenant of `me`, and the GUIDs that it asks for.

    `known` returns {tenant, guid} of a host, or None where it has not come so far. The first host of a tenant asks, for
    all of them; only that one has to look at every host, so a batch costs as many looks as it has hosts.
    """
    mine = known(me) or {}
    tenant = mine.get("tenant")
    asks = next((host for host in hosts if host == me or (known(host) or {}).get("tenant") == tenant), me)
    if asks != me:
        return {"host": asks, "guids": [mine["guid"]] if mine.get("guid") else []}
    found = [one for one in map(known, hosts) if one and one.get("tenant") == tenant and one.get("guid")]
    return {"host": me, "guids": list(dict.fromkeys(str(one["guid"]) for one in found))}
