# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read indicators of compromise that the cloud looks for (api-contract 10). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound
from ..._api.paging import read_list
from .._shared.names import check_guids
from .._shared.shapes import Shape
from .._shared.tenant import Tenant

PATH = "/v1/indicators"
INDICATOR = Shape(optional={"guid": str, "name": str})


def list_indicators(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `indicator_info`: return all indicators, or those of some GUIDs that exist."""
    client = tenant.client
    if options["guids"] is None:
        counts = {"show_compromise_status_counts": "true"} if options["compromise_status_counts"] else None
        listing = read_list(client, PATH, counts, limit=options["limit"], records=INDICATOR.records)
        if listing.warning:
            tenant.warn(listing.warning)
        return {"changed": False, "indicators": listing.records}
    guids = check_guids("guids", options["guids"], "Indicators are read by GUID only.")[: options["limit"]]
    attempts = for_each(guids, lambda guid: _read(client, guid), workers=client.options.concurrency)
    for attempt in attempts:
        if attempt.error:
            raise attempt.error
    return {"changed": False, "indicators": [attempt.value for attempt in attempts if attempt.value is not None]}


def _read(client: Client, guid: str) -> dict[str, Any] | None:
    try:
        return INDICATOR.record(client.get(f"{PATH}/{guid}"))
    except NotFound:
        return None
