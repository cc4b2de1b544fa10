# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which computers saw something (api-contract 4). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._api.client import Client
from ..._api.errors import Refused
from ..._api.options import ConnectionOptions
from ..._api.paging import Listing, read_list
from ..._pivot import PivotError, pivot_url
from .._shared.shapes import Shape
from .._shared.tenant import Tenant
from .observables import observable

PATH = "/v1/computers/activity"
APP_PATH = "/v1/app_trajectory/queries"
USER_PATH = "/v1/computers/user_activity"
SEEN = Shape(optional={"connector_guid": str, "hostname": str})
ENTRIES_SEARCHED = 5000  # of history, newest first; older ones are not looked at


def read_activity(client: Client, query: str, *, user: bool = False, limit: int | None = None) -> Listing:
    """Read the computers that saw an observable, or that a user was active on."""
    path = USER_PATH if user else PATH
    return read_list(client, path, {"q": query}, key="connector_guid", limit=limit, records=SEEN.records)


def activity_limits(listing: Listing) -> list[str]:
    """Return the reasons why the list of computers may be incomplete."""
    reasons = []
    if listing.warning:
        reasons.append(listing.warning)
    if (listing.total or 0) >= ENTRIES_SEARCHED:
        reasons.append(f"the cloud searched the newest {ENTRIES_SEARCHED} entries of its history and no further")
    return reasons


def list_activity(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `computer_activity_info`: return the computers, each with a link to what happened there."""
    if options["ios_bundle_id"] is not None:
        return _list_app_trajectory(tenant, options["ios_bundle_id"].strip(), options["limit"])
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


def _list_app_trajectory(tenant: Tenant, bundle_id: str, limit: int | None) -> dict[str, Any]:
    """Return the connections of an iOS app, one record each; this call has no pages (api-contract 15)."""
    if not bundle_id:
        raise Refused("ios_bundle_id is empty. Give the bundle identifier of an app, such as com.example.mail.")
    if limit is not None and limit < 1:
        raise Refused("limit must be 1 or more. Leave it out to read everything.")
    connections = SEEN.records(tenant.client.get(APP_PATH, {"ios_bid": bundle_id}))[:limit]
    client = tenant.client.options
    return {
        "changed": False,
        "computers": [{**record, "pivot_url": trajectory_url(client, record)} for record in connections],
        "partial": [],
    }


def trajectory_url(options: ConnectionOptions, record: Mapping[str, Any], query: str | None = None) -> str | None:
    """Return the link to a computer's trajectory, filtered by `query` if given; None without a usable GUID.

    A private cloud serves its API on its console's host (api-contract 2).
    """
    console = {"region": options.region} if options.region else {"console_host": options.api_host}
    by = {"by": "query", "value": query} if query else {"by": "latest"}
    try:
        return pivot_url(view="device_trajectory", connector_guid=record.get("connector_guid"), **by, **console)
    except PivotError:
        return None


def user_name(text: str) -> str:
    """Return the name without blanks around it. Raises Refused for an empty one."""
    if not text.strip():
        raise Refused("user is empty. Give the name of a user.")
    return text.strip()
