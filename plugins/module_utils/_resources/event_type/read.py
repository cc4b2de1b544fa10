# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event types: the kinds of event that the tenant's cloud knows. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.errors import Refused
from .._shared.names import Named, ids_of
from .._shared.shapes import Shape
from .._shared.tenant import Tenant

PATH = "/v1/event_types"
LARGEST_ID = 2**63 - 1
EVENT_TYPE = Shape(needed={"id": int}, optional={"name": str, "description": str})


class EventType(NamedTuple):
    """One row of the list; the id is a 64-bit integer."""

    id: int
    name: str
    description: str


def read_event_types(client: Client) -> list[EventType]:
    """The whole list: it is not paged (api-contract 1)."""
    return [
        EventType(record["id"], record.get("name") or "", record.get("description") or "")
        for record in EVENT_TYPE.records(client.get(PATH))
    ]


class ResolvedEventTypes(NamedTuple):
    """Wanted event types as ids, and the names that were read on the way ({} where nothing had to be read)."""

    ids: frozenset[int]
    names: Mapping[int, str]


def resolve_event_types(client: Client, wanted: Iterable[str]) -> ResolvedEventTypes:
    """Names or numbers as ids; one request if there is a name among them, else none. Raises Refused.

    The name is that of this list, which is not the text in an event (api-contract 6).
    """
    wanted = [text.strip() for text in wanted]
    numbers = {text: _number(text) for text in wanted if text.isdigit()}
    names = [text for text in wanted if text not in numbers]
    if not names:
        return ResolvedEventTypes(frozenset(numbers.values()), {})
    known = read_event_types(client)
    by_id = {event_type.id: event_type.name for event_type in known}
    unknown = sorted(number for number in numbers.values() if number not in by_id)
    if unknown:
        raise Refused(f"The tenant knows no event types {', '.join(map(str, unknown))}. Nothing was changed.")
    found = ids_of(names, [Named(str(event_type.id), event_type.name) for event_type in known], "event types")
    return ResolvedEventTypes(frozenset({*numbers.values(), *map(int, found.values())}), by_id)


def list_event_types(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`event_type_info`: all of them, or those with the wanted names and ids; none is an empty list."""
    names, ids = options["names"], options["ids"]
    found = [
        {"id": str(event_type.id), "name": event_type.name, "description": event_type.description}
        for event_type in sorted(read_event_types(tenant.client))
        if (names is None and ids is None) or event_type.name in (names or ()) or str(event_type.id) in (ids or ())
    ]
    return {"changed": False, "event_types": found}


def _number(text: str) -> int:
    if not text.isascii() or len(text) > 19 or not 0 < int(text) <= LARGEST_ID:
        raise Refused(f"Event type {text[:30]} is not an id (1 to {LARGEST_ID}). Nothing was changed.")
    return int(text)
