# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API itself: do the credentials work, where, and how much of the hourly limit is left.

This file is private to the collection.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..._api.client import Client
from ..._api.errors import ApiError, AuthError, Refused
from ..._api.options import ENVIRONMENT, ConnectionOptions
from ..._common.ids import API_HOSTS
from ..._common.text import printable
from .._shared.tenant import Tenant

PATH = "/v1/version"


def connection(options: Mapping[str, Any]) -> ConnectionOptions:
    """Return the options of the connection. To look for the region of a key, none has to be named."""
    located = any(options.get(name) or os.environ.get(ENVIRONMENT[name]) for name in ("region", "api_host"))
    if options["probe_regions"] and not located:
        options = {**options, "region": next(iter(API_HOSTS))}
    return ConnectionOptions.parse(options)


def test_credentials(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `api_info`: one request, and with `probe_regions` one to each other region while the key is unknown (R30)."""
    connected = tenant.client.options
    if not options["probe_regions"]:
        return _ask(tenant.client)
    if connected.region is None:
        raise Refused(
            "probe_regions would send the key of a private cloud to the public regions. Leave it out with api_host."
        )
    return _probe(tenant.client, connected)


def _probe(client: Client, options: ConnectionOptions) -> dict[str, Any]:
    """Ask the configured region, then the others until one knows the key."""
    failed: dict[str, ApiError] = {}
    for region, host in sorted(API_HOSTS.items(), key=lambda item: item[0] != options.region):
        try:
            answer = _ask(client if host == options.api_host else Client(replace(options, api_host=host)))
        except ApiError as error:
            if not failed and not isinstance(error, AuthError):
                raise
            failed[region] = error
        else:
            return {**answer, "regions_without_it": sorted(failed)}
    told = "; ".join(f"{region}: {'unknown' if error.status == 401 else error}" for region, error in failed.items())
    exchange = next(iter(failed.values())).exchange
    raise AuthError(exchange, f"no region knows this client ID and API key ({told})", "Copy them again")


def _ask(client: Client) -> dict[str, Any]:
    answer = client.get(PATH)
    limit = client.rate_limit
    return {
        "changed": False,
        "api_host": client.options.api_host,
        "region": client.options.region,
        "version": printable(answer.document.get("version", ""), 40),
        "rate_limit": None if limit is None else limit._asdict(),
    }
