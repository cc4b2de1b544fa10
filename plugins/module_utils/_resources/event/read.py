# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read events as the API lists them, newest first (api-contract 6). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._api.client import Client
from ..._api.errors import Refused
from ..._api.paging import Listing, read_list
from ..._common.ids import is_guid, is_sha256
from ..._common.text import quoted
from .._shared.periods import moment
from .._shared.shapes import Kind, Shape
from .._shared.tenant import Tenant
from ..computer.resolve import resolve_computers
from ..event_type.read import resolve_event_types
from ..group.read import resolve_groups

PATH = "/v1/events"
_FILE: dict[str, Kind] = {"file_name": str, "identity": Shape(optional={"sha256": str})}
EVENT = Shape(
    optional={
        "timestamp": int,
        "timestamp_nanoseconds": int,
        "connector_guid": str,
        "computer": Shape(optional={"connector_guid": str}),
        "file": Shape(optional={**_FILE, "parent": Shape(optional=_FILE)}),
        "network_info": Shape(optional={"remote_ip": str, "local_ip": str, "dirty_url": str}),
    }
)
CONNECTORS_A_REQUEST = 50  # GUIDs in one query: keeps the URL well below 8 KiB
Record = Mapping[str, Any]


def list_events(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `event_info`: return the events that every filter matches, newest first, and whether all were read."""
    client = tenant.client
    end = None if options["end_date"] is None else moment("end_date", options["end_date"])
    query = _query(client, options)
    if any(value == [] for value in query.values()):
        return {"changed": False, "events": [], "complete": True}
    keep = None if end is None else lambda event: _seconds(event) <= end
    listings = [read_events(client, part, limit=options["limit"], keep=keep) for part in _parts(query)]
    for warning in {listing.warning for listing in listings if listing.warning}:
        tenant.warn(warning)
    events = [event for listing in listings for event in listing.records]
    if len(listings) > 1:
        events.sort(key=_time, reverse=True)
    return {
        "changed": False,
        "events": list(map(shown, events[: options["limit"]])),
        "complete": all(listing.complete for listing in listings),
    }


def _parts(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Split a query that names so many connectors that its URL would be too long. No event is in two parts."""
    guids = query.get("connector_guid[]")
    if guids is None:
        return [query]
    starts = range(0, len(guids), CONNECTORS_A_REQUEST)
    return [{**query, "connector_guid[]": guids[start : start + CONNECTORS_A_REQUEST]} for start in starts]


def read_events(
    client: Client, query: Record, *, limit: int | None = None, keep: Callable[[Record], bool] | None = None
) -> Listing:
    """Read events by the API's own filters, without those that come in meanwhile."""
    return read_list(client, PATH, query, key="id", limit=limit, newer=_is_newer, keep=keep, records=EVENT.records)


def shown(event: Record) -> dict[str, Any]:
    """Return the event with its id as text: it is larger than a float can hold."""
    return {**event, "id": str(event["id"])} if isinstance(event.get("id"), int) else dict(event)


def _query(client: Client, options: Mapping[str, Any]) -> dict[str, Any]:
    """Build the filters of GET /v1/events; each name is resolved once."""
    query: dict[str, Any] = {}
    for name in ("detection_sha256", "application_sha256"):
        if options[name] is not None:
            query[name] = _sha256(name, options[name])
    if options["computers"] is not None:
        query["connector_guid[]"] = _connector_guids(client, options["computers"])
    if options["groups"] is not None:
        query["group_guid[]"] = sorted(resolve_groups(client, options["groups"]).guids)
    if options["event_types"] is not None:
        query["event_type[]"] = sorted(resolve_event_types(client, options["event_types"]).ids)
    if options["start_date"] is not None:
        moment("start_date", options["start_date"])
        query["start_date"] = options["start_date"]
    return query


def _connector_guids(client: Client, computers: Sequence[str]) -> list[str]:
    """Return the GUIDs. A GUID is not looked up: its computer may be gone while its events still exist."""
    wanted = list(dict.fromkeys(text.strip() for text in computers))
    found = resolve_computers(client, [text for text in wanted if not is_guid(text)]).found
    guids = (found[text].guid if text in found else text.lower() for text in wanted)
    return list(dict.fromkeys(guids))


def _sha256(name: str, text: str) -> str:
    digest = text.strip().lower()
    if not is_sha256(digest):
        raise Refused(f"{name} is not a SHA-256 (64 hexadecimal digits): {quoted(text, 80)}.")
    return digest


def _is_newer(one: Record, other: Record) -> bool:
    return _time(one) > _time(other)


def _time(event: Record) -> tuple[float, int]:
    nanoseconds = event.get("timestamp_nanoseconds")
    return _seconds(event), nanoseconds if isinstance(nanoseconds, int) else 0


def _seconds(event: Record) -> float:
    seconds = event.get("timestamp")
    return seconds if isinstance(seconds, int) else 0
