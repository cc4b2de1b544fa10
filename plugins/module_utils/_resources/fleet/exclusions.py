# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computers that nothing may isolate: by group, by a group above theirs, and by host name (R18).

Whatever cannot be told counts as excluded. This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..._api.client import Client
from ..._api.errors import Refused
from ..._api.paging import Record
from ..._common.host_patterns import HostPatterns
from ..._common.ids import is_guid
from ..._common.text import quoted
from .._shared.names import refusal
from ..computer.read import Computer
from ..group.read import group_names, read_group_records

UNKNOWN_GROUP = "its group is unknown, so whether it is excluded cannot be told"


class Exclusions(NamedTuple):
    """What is excluded: the GUIDs of all groups, with the name of the excluded group at or above each, and patterns."""

    groups: Mapping[str, str]
    hosts: HostPatterns

    def reason(self, computer: Computer) -> str | None:
        """Return why a computer is excluded, or None where it is not."""
        if self.groups:
            if not computer.group_guid:
                return UNKNOWN_GROUP
            excluded = next((self.groups[guid] for guid in _groups_of(computer) if guid in self.groups), None)
            if excluded is not None:
                return f"it is in the excluded group {quoted(excluded)} or below it"
        return self.hosts.reason(computer.hostname)


def read_exclusions(client: Client, groups: Sequence[str] | None, hosts: Sequence[str] | None) -> Exclusions:
    """Return the exclusions of a task; groups take one reading of the groups' list.

    Raises Refused for a group that the tenant does not have and for a pattern that is none: nothing may be isolated
    by exclusions that say something else than was meant.
    """
    try:
        patterns = HostPatterns(hosts or ())
    except ValueError as error:
        raise Refused(f"exclude_hosts: {error}. Nothing was changed.") from None
    wanted = [text.strip() for text in groups or ()]
    if "" in wanted:
        raise Refused("exclude_groups holds an empty text. Give names or GUIDs of groups. Nothing was changed.")
    return Exclusions(_with_groups_below(client, wanted) if wanted else {}, patterns)


def _with_groups_below(client: Client, wanted: Sequence[str]) -> dict[str, str]:
    """Return the GUIDs of the wanted groups and of all below them, each with the name of the wanted one."""
    known = read_group_records(client)
    gone = [f"no group has the GUID {text}" for text in wanted if is_guid(text) and text.lower() not in known]
    if gone:
        raise refusal([f"exclude_groups: {gone[0]}", *gone[1:]])
    named = group_names(client, known).resolve(wanted)
    excluded = {one.id: one.name for one in named.values()}
    # An ancestry may hold all groups above or the next one only, so look until no more are found.
    while below := {guid: name for guid in known.keys() - excluded.keys() if (name := _above(known[guid], excluded))}:
        excluded.update(below)
    return excluded


def _above(group: Record, excluded: Mapping[str, str]) -> str | None:
    """Return the name of an excluded group above this one."""
    above = (str(one.get("guid")).lower() for one in group.get("ancestry") or [])
    return next((excluded[guid] or guid for guid in above if guid in excluded), None)


def _groups_of(computer: Computer) -> list[str]:
    further = [str(one.get("guid")).lower() for one in computer.record.get("groups") or []]
    return [computer.group_guid, *further]
