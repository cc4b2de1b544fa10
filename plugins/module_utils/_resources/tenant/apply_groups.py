# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, move and delete groups of a tree, and set their policies. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..._api.concurrency import for_each
from ..._api.errors import ApiError, BadRequest, Exchange, RateLimited, Unavailable
from ..._api.paging import Record
from ..._common.text import quoted
from ..._tenant.groups import Target
from ..._tenant.tree import GroupEntry
from .._shared.plan import Call
from ..group.read import PATH, read_group, read_group_records
from ..group.reconcile import LOOKS, Known, create, write
from ..group.remove import delete
from .read import TenantReading


@dataclass(frozen=True)
class _Expected:
    """What a group has to show: its parent (with the number of groups above it) or its policies."""

    target: Target
    parent: Target | None = None
    above: int | None = None
    policies: Mapping[str, str] | None = None

    def shown_by(self, record: Record) -> bool:
        if self.above is not None:
            ancestors = {str(one.get("guid")).lower() for one in record.get("ancestry") or ()}
            if len(ancestors) != self.above or (self.parent and self.parent.guid not in ancestors):
                return False
        held = {str(one.get("product")): str(one.get("guid")).lower() for one in record.get("policies") or ()}
        return all(held.get(product) == guid for product, guid in (self.policies or {}).items())


class GroupWriter:
    """Writes groups, and remembers what has to show then."""

    def __init__(self, reading: TenantReading, *, bulk: bool) -> None:
        self._reading = reading
        self._client = reading.client
        self._bulk = bulk
        self._known = Known(reading.client)
        self._expected: list[_Expected] = []

    def create(self, target: Target, entry: GroupEntry, parent: Target | None, policies: Mapping[str, str]) -> None:
        """Create the group, move it below its parent, set its policies. `target` gets its GUID."""
        name = entry.path[-1]
        description = name if entry.description is None else entry.description
        self._known.records.update({guid: {} for guid in self._reading.groups.by_guid})
        call = Call("POST", PATH, {"name": name, "description": description})
        record = create(self._client, self._known, call, bulk=self._bulk)
        target.guid = str(record["guid"]).lower()
        self._known.records[target.guid] = record
        if parent:
            self.move(target, parent, len(entry.path) - 1)
        if policies:
            self.set_policies(target, policies)

    def move(self, target: Target, parent: Target | None, above: int) -> None:
        body = {"parent_group_guid": parent.guid} if parent else None
        write(self._client, Call("PATCH", f"{PATH}/{target.guid}/parent", body), bulk=self._bulk)
        self._expected.append(_Expected(target, parent, above))

    def set_policies(self, target: Target, policies: Mapping[str, str]) -> None:
        body = {f"{product}_policy_guid": policies[product] for product in sorted(policies)}
        write(self._client, Call("PATCH", f"{PATH}/{target.guid}", body), bulk=self._bulk)
        self._expected.append(_Expected(target, policies=policies))

    def remove(self, guid: str, label: str) -> None:
        """Delete a group, unless somebody has put something into it since it was read."""
        path = f"{PATH}/{guid}"
        record = read_group(self._client, guid)
        if record is None:
            return
        if record.get("computers_count") or record.get("child_groups"):
            exchange = Exchange("DELETE", path, self._client.options.api_host)
            raise BadRequest(
                exchange,
                f"{quoted(label)} got computers or child groups in the meantime, so it was not deleted",
                "Run again",
            )
        delete(self._client, guid)

    def unseen(self) -> list[ApiError]:
        """Look until what was accepted shows, within bounds; return an error for what never showed (R26)."""
        waiting = self._expected
        for pause in LOOKS:
            if not waiting:
                return []
            if pause:
                self._client.pause(pause)
            try:
                shown = self._look(waiting)
            except RateLimited:
                return []  # the next run sees it
            except ApiError:  # a look that failed has seen nothing; the next one may
                continue
            waiting = [one for one in waiting if not one.shown_by(shown.get(str(one.target.guid), {}))]
        return [
            Unavailable(
                Exchange("GET", f"{PATH}/{one.target.guid}", self._client.options.api_host),
                f"the cloud accepted the change of {quoted(one.target.label)}, but it did not show in {len(LOOKS)}"
                " looks",
                "Try again later",
            )
            for one in waiting
        ]

    def _look(self, waiting: Sequence[_Expected]) -> Mapping[str, Record]:
        """Read the groups: those with other policies by themselves, several that only moved in the list."""
        guids = list(dict.fromkeys(str(one.target.guid) for one in waiting))
        with_policies = {str(one.target.guid) for one in waiting if one.policies}
        only_moved = [guid for guid in guids if guid not in with_policies]
        records = read_group_records(self._client) if len(only_moved) > 1 else {}
        singles = [guid for guid in guids if guid in with_policies or not records]
        attempts = for_each(
            singles,
            lambda guid: read_group(self._client, guid, bulk=self._bulk),
            workers=self._client.options.concurrency,
        )
        for attempt in attempts:
            if attempt.error:
                raise attempt.error
        return {**records, **{attempt.item: attempt.value or {} for attempt in attempts}}
