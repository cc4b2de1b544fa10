# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who saw something, and what happened on one computer (api-contract 4). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import NotFound, Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.paging import Listing, read_list
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.redaction import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import PivotError, pivot_url
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._names import is_guid
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._tenant import Tenant
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computers import PATH, resolve_computers
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.events import shown
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.observables import (
    hashes_of,
    observable,
)

ENTRIES_SEARCHED = 5000  # of history, newest first; older ones are not looked at
TRAJECTORY = 500  # events at most


def read_activity(client: Client, query: str, *, user: bool = False, limit: int | None = None) -> Listing:
    """The computers that saw an observable, or that a user was active on."""
    path = f"{PATH}/{'user_activity' if user else 'activity'}"
    return read_list(client, path, {"q": query}, key="connector_guid", limit=limit)


def activity_limits(listing: Listing) -> list[str]:
    """Why the list of computers may lack some."""
    reasons = []
    if listing.warning:
        reasons.append(listing.warning)
    if (listing.total or 0) >= ENTRIES_SEARCHED:
        reasons.append(f"the cloud searched the newest {ENTRIES_SEARCHED} entries of its history and no further")
    return reasons


def list_activity(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`computer_activity_info`: the computers, each with a link to what happened there."""
    user = options["user"] is not None
    wanted = user_name(options["user"]) if user else observable(options["q"]).value
    listing = read_activity(tenant.client, wanted, user=user, limit=options["limit"])
    partial = activity_limits(listing)
    if partial:
        tenant.warn(f"The list may be incomplete: {'; '.join(partial)}.")
    options_of = tenant.client.options
    computers = [
        {**record, "pivot_url": trajectory_url(options_of, record, None if user else wanted)}
        for record in listing.records
    ]
    return {"changed": False, "computers": computers, "partial": partial}


def trajectory_url(options: ConnectionOptions, record: Mapping[str, Any], query: str | None = None) -> str | None:
    """The link to a computer's trajectory, filtered if there is something to filter by; None for a broken record.

    A private cloud serves its API on its console's host (api-contract 2).
    """
    console = {"region": options.region} if options.region else {"console_host": options.api_host}
    by = {"by": "query", "value": query} if query else {"by": "latest"}
    try:
        return pivot_url(view="device_trajectory", connector_guid=record.get("connector_guid"), **by, **console)
    except PivotError:
        return None


def user_name(text: str) -> str:
    """Raises Refused for an empty one."""
    if not text.strip():
        raise Refused("user is empty. Give the name of a user.")
    return text.strip()


def read_trajectory(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`computer_trajectory_info`: what happened, and the SHA-256s that took part, ready to be looked up elsewhere."""
    client, wanted = tenant.client, options["computer"].strip()
    looked_for = None if options["q"] is None else observable(options["q"]).value
    user = None if options["user"] is None else user_name(options["user"])
    limit = TRAJECTORY if options["limit"] is None else options["limit"]
    if limit < 1:
        raise Refused("limit must be 1 or more. Leave it out to read everything.")
    guid = wanted.lower() if is_guid(wanted) else next(iter(resolve_computers(client, [wanted]).found.values())).guid
    query: dict[str, Any] = {"limit": min(limit, TRAJECTORY)}
    path = f"{PATH}/{guid}/trajectory"
    if user is not None:
        path, query["q"] = f"{PATH}/{guid}/user_trajectory", user
    elif looked_for is not None:
        query["q"] = looked_for
    try:
        answer = client.get(path, query)
    except NotFound:
        raise Refused(f"The tenant knows no computer {printable(wanted, 100)}.") from None
    events = [event for event in answer.record.get("events") or [] if isinstance(event, dict)]
    return {
        "changed": False,
        "computer": answer.record.get("computer") or {},
        "events": list(map(shown, events)),
        "sha256s": hashes_of(events),
        "partial": len(events) >= query["limit"],
        "pivot_url": trajectory_url(client.options, {"connector_guid": guid}, looked_for),
    }
