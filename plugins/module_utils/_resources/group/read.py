# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read groups: where computers belong and which policies they get. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import ApiError, NotFound, Refused
from ..._api.paging import (
    Listing,
    Record,
    read_list,
)
from ..._common.ids import is_guid
from ..._common.text import printable
from .._shared.names import Named, Names, check_guids
from .._shared.shapes import REFERENCE, Shape
from .._shared.tenant import Tenant

PATH = "/v1/groups"
GROUP = Shape(
    needed={"guid": str},
    optional={
        "name": str,
        "description": str,
        "ancestry": [REFERENCE],
        "child_groups": [REFERENCE],
        "policies": [
            Shape(
                needed={"guid": str},
                optional={
                    "name": str,
                    "product": str,
                    "file_lists": [Shape(needed={"guid": str}, optional={"name": str, "type": str})],
                },
            )
        ],
        "computers_count": int,
        "descendant_computers_count": int,
    },
)


class ResolvedGroups(NamedTuple):
    """Wanted groups as GUIDs in lower case, and the names that were read on the way."""

    guids: frozenset[str]
    names: Mapping[str, str]


def resolve_groups(client: Client, wanted: Iterable[str]) -> ResolvedGroups:
    """Return names and GUIDs as GUIDs; read the groups once if there is a name among them. Raises Refused."""
    wanted = [text.strip() for text in wanted]
    guids = {text.lower() for text in wanted if is_guid(text)}
    names = [text for text in wanted if not is_guid(text)]
    if not names:
        return ResolvedGroups(frozenset(guids), {})
    known = read_group_records(client, set(names))
    found = group_names(client, known).resolve(names)
    return ResolvedGroups(
        frozenset({*guids, *(named.id for named in found.values())}),
        {guid: record.get("name") or "" for guid, record in known.items()},
    )


def group_names(client: Client, known: Mapping[str, Record]) -> Names:
    """Return the groups that were read, to be found by name; ambiguous ones show their path and size."""

    def describe(guid: str) -> str:
        group = known[guid]
        # In which order ancestors come is not documented: where it is known how deep each one lies, that decides.
        above = (group.get("ancestry") or [])[::-1]
        above.sort(key=lambda one: len(known.get(one["guid"].lower(), {}).get("ancestry") or []))
        path = " / ".join(printable(one.get("name"), 60) for one in (*above, group))
        with suppress(ApiError):  # a refusal without the size is better than none
            count = (read_group(client, guid) or {}).get("computers_count")
            return path if count is None else f"{path}, {count} computers"
        return path

    return Names("groups", [Named(guid, record.get("name") or "") for guid, record in known.items()], describe=describe)


def read_group_names(client: Client, wanted: Collection[str] | None = None) -> dict[str, str]:
    """Return GUIDs, in lower case, with their names; see `read_group_records`."""
    records = read_group_records(client, wanted)
    return {guid: str(record.get("name") or "") for guid, record in records.items()}


def read_group_records(client: Client, wanted: Collection[str] | None = None) -> dict[str, Record]:
    """Return GUIDs, in lower case, with their records: of all groups, or at least of those named in `wanted`.

    The first page is all of it for most tenants; beyond it, pages or names, whichever are fewer. A name is never taken
    from a page alone, for another group of that name may stand on the next one. Raises Refused where the list does not
    hold still, for then a group that was not seen may be there all the same.
    """
    listing = _read_list(client, until=lambda left: wanted is not None and len(wanted) < left)
    listings = [listing]
    if listing.stopped:
        listings += [_read_list(client, {"name": name}) for name in wanted or ()]
    for one in listings:
        if not (one.complete or one.stopped):
            raise Refused(f"{one.warning}. Nothing was changed; try again.")
    return {str(record["guid"]).lower(): record for one in listings for record in one.records if record.get("guid")}


def named_groups(client: Client, name: str) -> Listing:
    """Read the groups of exactly this name: the cloud's filter may match more (api-contract 10)."""
    return _read_list(client, {"name": name}, keep=lambda group: group.get("name") == name)


def read_group(client: Client, guid: str, *, bulk: bool = False) -> Record | None:
    """Read one group, which tells more than the list; None where the tenant has none of this GUID."""
    try:
        return GROUP.record(client.get(f"{PATH}/{guid}", bulk=bulk))
    except NotFound:
        return None


def _read_list(client: Client, query: Mapping[str, Any] | None = None, **way: Any) -> Listing:
    return read_list(client, PATH, query, records=GROUP.records, **way)


def list_groups(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `group_info`: return all groups, those of some names, or those of some GUIDs that exist."""
    client = tenant.client
    if options["guids"] is not None:
        guids = check_guids("guids", options["guids"], "A group's name goes into names.")
        found = [record for record in _read_each(client, guids[: options["limit"]]) if record is not None]
        return {"changed": False, "groups": _shown(found)}
    listing = _listed(client, options["names"], options["limit"])
    if listing.warning:
        tenant.warn(listing.warning)
    records = listing.records
    if options["details"]:
        read = _read_each(client, [str(record.get("guid")) for record in records])
        records = [record for record in read if record is not None]
    return {"changed": False, "groups": _shown(records, listing.records)}


def _listed(client: Client, names: Collection[str] | None, limit: int | None) -> Listing:
    """Read all groups, or those of exactly these names: the cloud's filter may match more (api-contract 10)."""
    if names is None:
        return _read_list(client, limit=limit)
    if not names:
        return Listing([])
    listing = _read_list(client, {"name": next(iter(names))} if len(names) == 1 else None)
    return replace(listing, records=[group for group in listing.records if group.get("name") in names][:limit])


def _read_each(client: Client, guids: Sequence[str]) -> list[Record | None]:
    """Read each group itself, which has more fields than the list; None for one that does not exist."""
    bulk = len(guids) > 1
    attempts = for_each(guids, lambda guid: read_group(client, guid, bulk=bulk), workers=client.options.concurrency)
    failed = [attempt for attempt in attempts if attempt.error]
    if any(attempt.error.status == 403 for attempt in failed if attempt.error):
        # Not allowed, or not there: the list tells which.
        listed = read_group_names(client)
        failed = [attempt for attempt in failed if attempt.item.lower() in listed]
    for attempt in failed:
        if attempt.error:
            raise attempt.error
    return [attempt.value for attempt in attempts]


def _shown(records: Iterable[Record], listed: Iterable[Record] = ()) -> list[Record]:
    depths = {group.get("guid"): len(group.get("ancestry") or []) for group in listed}
    return [{**group, "parent": parent_of(group, depths)} for group in records]


def parent_of(group: Record, depths: Mapping[Any, int]) -> dict[str, str] | None:
    """Return the nearest ancestor.

    Their order is not documented: if the list shows how deep each one lies, it is the deepest, else the first.
    """
    ancestry = [ancestor for ancestor in group.get("ancestry") or [] if isinstance(ancestor, dict)]
    if not ancestry:
        return None
    nearest = next(
        (ancestor for ancestor in ancestry if depths.get(ancestor.get("guid")) == len(ancestry) - 1), ancestry[0]
    )
    return {"guid": str(nearest.get("guid")), "name": str(nearest.get("name"))}
