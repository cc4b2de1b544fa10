# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read event types: the kinds of event that the tenant's cloud knows. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.errors import Refused
from ..._events.event_types import id_of_name
from .._shared.names import EXACT_THEN_ANY_CASE, Named, Names
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
    """Read the whole list: it is not paged (api-contract 1)."""
    return [
        EventType(record["id"], record.get("name") or "", record.get("description") or "")
        for record in EVENT_TYPE.records(client.get(PATH))
    ]


class ResolvedEventTypes(NamedTuple):
    """Wanted event types as ids, and the names that were read on the way ({} where nothing had to be read)."""

    ids: frozenset[int]
    names: Mapping[int, str]


def resolve_event_types(client: Client, wanted: Iterable[str]) -> ResolvedEventTypes:
    """Return names or ids as ids; one request if there is a name among them, else none. Raises Refused.

    The name is that of this list; one that only events bear (api-contract 18) is known, too. A name that is not found
    as it is written is looked for in any case.
    """
    texts = [_text(text.strip()) for text in wanted]
    if all(text.isdigit() for text in texts):
        return ResolvedEventTypes(frozenset(map(int, texts)), {})
    types = read_event_types(client)
    ids = event_type_ids(types, texts)
    return ResolvedEventTypes(frozenset(ids), {one.id: one.name for one in types})


def event_type_ids(types: Iterable[EventType], texts: Iterable[str]) -> list[int]:
    """Return the ids of names and ids, as `resolve_event_types` does, of types that were read. Raises Refused."""
    known = {str(one.id): one.name for one in types}
    names = Names("event types", [Named(number, name) for number, name in known.items()], keys=EXACT_THEN_ANY_CASE)
    return [int(named.id) for named in names.resolve([_as_listed(text, known) for text in texts]).values()]


def list_event_types(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `event_type_info`: return all event types, or those with the wanted names and ids."""
    names, ids = [name.casefold() for name in options["names"] or ()], options["ids"] or ()
    everything = options["names"] is None and options["ids"] is None
    found = [
        {"id": str(event_type.id), "name": event_type.name, "description": event_type.description}
        for event_type in sorted(read_event_types(tenant.client))
        if everything or event_type.name.casefold() in names or str(event_type.id) in ids
    ]
    return {"changed": False, "event_types": found}


def _as_listed(text: str, known: Mapping[str, str]) -> str:
    """Return the id of a type whose name only events bear, where the list has the id and not the name."""
    if text.casefold() in {name.casefold() for name in known.values()}:
        return text
    alias = str(id_of_name(text))
    return alias if alias in known else text


def _text(text: str) -> str:
    """Return an id as the list has it, anything else as it is."""
    if not text.isdigit():
        return text
    if not text.isascii() or len(text) > 19 or not 0 < int(text) <= LARGEST_ID:
        raise Refused(f"Event type {text[:30]} is not an id (1 to {LARGEST_ID}). Nothing was changed.")
    return str(int(text))
