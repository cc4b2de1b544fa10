# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which computers are isolated, by whom and why (api-contract 5). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound
from ..._api.paging import read_list
from .._shared.shapes import Shape
from .._shared.tenant import Tenant
from ..computer.read import COMPUTER, PATH, Computer
from ..computer.resolve import resolve_computers
from .states import isolation_of

ISOLATION = Shape(optional={"available": bool, "status": str, "comment": str, "unlock_code": str, "isolated_by": str})
FREE = (None, "not_isolated")


def read_isolations(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `isolation_info`: of the given computers, or of all that are not free. One request for each of them."""
    client = tenant.client
    if options["computers"] is None:
        computers = _isolated_computers(tenant)
    else:
        named = resolve_computers(client, options["computers"]).found
        computers = list({computer.guid: computer for computer in named.values()}.values())
    attempts = for_each(computers, lambda one: _read(client, one), workers=client.options.concurrency)
    isolations = []
    for attempt in attempts:
        if attempt.error and not isinstance(attempt.error, NotFound):
            raise attempt.error
        if attempt.value is not None:
            isolations.append(attempt.value)
    if not options["return_unlock_code"]:
        isolations = [{k: v for k, v in one.items() if k != "unlock_code"} for one in isolations]
    return {"changed": False, "isolations": isolations}


def _isolated_computers(tenant: Tenant) -> list[Computer]:
    listing = read_list(
        tenant.client,
        PATH,
        key="connector_guid",
        keep=lambda record: isolation_of(Computer.parse(record))[0] not in FREE,
        records=COMPUTER.records,
    )
    if listing.warning:
        tenant.warn(listing.warning)
    return [Computer.parse(record) for record in listing.records]


def _read(client: Client, computer: Computer) -> dict[str, Any]:
    """Read one isolation. After a stop the cloud still gives the last comment and code (api-contract 5)."""
    record = ISOLATION.record(client.get(f"{PATH}/{computer.guid}/isolation"))
    return {"connector_guid": computer.guid, "hostname": computer.hostname, **record}
