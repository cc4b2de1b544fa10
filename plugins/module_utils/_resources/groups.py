# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups: where computers belong and which policies they get. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.paging import (
    PAGE,
    read_list,
    read_pages,
    total_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._names import Named, ids_of, is_guid

PATH = "/v1/groups"


class ResolvedGroups(NamedTuple):
    """Wanted groups as GUIDs in lower case, and the names that were read on the way."""

    guids: frozenset[str]
    names: Mapping[str, str]


def resolve_groups(client: Client, wanted: Iterable[str]) -> ResolvedGroups:
    """Names or GUIDs as GUIDs; reads the groups once if there is a name among them. Raises Refused."""
    wanted = [text.strip() for text in wanted]
    guids = {text.lower() for text in wanted if is_guid(text)}
    names = [text for text in wanted if not is_guid(text)]
    if not names:
        return ResolvedGroups(frozenset(guids), {})
    known = read_group_names(client, set(names))
    found = ids_of(names, [Named(guid, name) for guid, name in known.items()], "groups")
    return ResolvedGroups(frozenset({*guids, *found.values()}), known)


def read_group_names(client: Client, wanted: Collection[str] | None = None) -> dict[str, str]:
    """GUIDs, in lower case, with their names: of all groups, or at least of those named in `wanted`.

    The first page is all of it for most tenants; beyond it, pages or names, whichever are fewer. A name is never taken
    from a page alone, for another group of that name may stand on the next one.
    """
    pages = read_pages(client, PATH, {"limit": PAGE})
    first = next(pages)
    known = _guids_and_names(first.records)
    pages_left = -(-total_of(first) // PAGE) - 1
    if wanted is not None and len(wanted) < pages_left:
        for name in wanted:
            known |= _guids_and_names(read_list(client, PATH, {"name": name}).records)
        return known
    for answer in pages:
        known |= _guids_and_names(answer.records)
    return known


def _guids_and_names(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(record["guid"]).lower(): str(record.get("name") or "") for record in records if record.get("guid")}
