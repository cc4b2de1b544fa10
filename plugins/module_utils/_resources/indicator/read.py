# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indicators of compromise that the cloud looks for (api-contract 10). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound, Refused
from ..._api.paging import read_list
from ..._common.ids import is_guid
from ..._common.text import printable
from .._shared.shapes import Shape
from .._shared.tenant import Tenant

PATH = "/v1/indicators"
INDICATOR = Shape(optional={"guid": str, "name": str})


def list_indicators(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`indicator_info`: all of them, or some by GUID; one that is not there is left out."""
    client = tenant.client
    if options["guids"] is None:
        listing = read_list(client, PATH, limit=options["limit"], records=INDICATOR.records)
        if listing.warning:
            tenant.warn(listing.warning)
        return {"changed": False, "indicators": listing.records}
    guids = list(dict.fromkeys(guid.strip().lower() for guid in options["guids"]))
    bad = [guid for guid in guids if not is_guid(guid)]
    if bad:
        raise Refused(f"guids holds what is no GUID: {', '.join(printable(guid, 100) or '(empty)' for guid in bad)}.")
    guids = guids[: options["limit"]]
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
