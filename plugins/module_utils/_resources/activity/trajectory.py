# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what happened on one computer (api-contract 4). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._api.client import Answer
from ..._api.errors import NotFound, Refused
from ..._common.ids import is_guid
from ..._common.text import printable
from .._shared.periods import period
from .._shared.shapes import Shape
from .._shared.tenant import Tenant
from ..computer.read import PATH
from ..computer.resolve import resolve_computers
from ..event.read import EVENT, shown
from .observables import (
    hashes_of,
    observable,
)
from .read import (
    trajectory_url,
    user_name,
)

TRAJECTORY = Shape(optional={"computer": dict, "events": [EVENT]})
MOST_EVENTS = 500


def read_trajectory(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `computer_trajectory_info`: return the events of a computer and the SHA-256s that took part."""
    client, wanted = tenant.client, options["computer"].strip()
    window = period({name: options[name] for name in ("start_time", "end_time")})
    looked_for = None if options["q"] is None else observable(options["q"]).value
    user = None if options["user"] is None else user_name(options["user"])
    limit = MOST_EVENTS if options["limit"] is None else options["limit"]
    if limit < 1:
        raise Refused("limit must be 1 or more. Leave it out to read everything.")
    guid = wanted.lower() if is_guid(wanted) else next(iter(resolve_computers(client, [wanted]).found.values())).guid
    query: dict[str, Any] = {"limit": min(limit, MOST_EVENTS), **window}
    if user is not None or looked_for is not None:
        query["q"] = user or looked_for
    try:
        answer = _answer(tenant, f"{PATH}/{guid}", query, of_users=user is not None or bool(options["any_user"]))
    except NotFound:
        raise Refused(f"The tenant knows no computer {printable(wanted, 100)}.") from None
    trajectory = TRAJECTORY.record(answer)
    events = trajectory.get("events") or []
    return {
        "changed": False,
        "computer": trajectory.get("computer") or {},
        "events": list(map(shown, events)),
        "sha256s": hashes_of(events),
        "partial": len(events) >= query["limit"],
        "pivot_url": trajectory_url(client.options, {"connector_guid": guid}, looked_for),
    }


def _answer(tenant: Tenant, computer: str, query: Mapping[str, Any], *, of_users: bool) -> Answer:
    """Read the trajectory. Raises NotFound for an unknown computer.

    One source says that user_trajectory is gone since June 2024 and that `q` of trajectory finds users instead
    (api-contract 14, not confirmed). So where it is not found, the other call says whether the computer is there.
    """
    if of_users:
        try:
            return tenant.client.get(f"{computer}/user_trajectory", query)
        except NotFound:
            answer = tenant.client.get(f"{computer}/trajectory", query)
        instead = "Its general search was used" if "q" in query else "All events are returned, with and without a user"
        tenant.warn(f"This cloud has no trajectory of users any more. {instead}.")
        return answer
    return tenant.client.get(f"{computer}/trajectory", query)
