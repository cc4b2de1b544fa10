# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, move and delete groups of a tree, and set their policies. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..._api.client import Answer
from ..._api.errors import ApiError, BadRequest, Exchange, Unavailable
from ..._api.paging import Record
from ..._common.text import quoted
from ..._tenant.groups import Target
from ..._tenant.tree import GroupEntry
from .._shared.plan import Call
from ..group.read import PATH, read_group
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
    """Writes groups, and remembers what the answers did not show."""

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
        answer = write(self._client, Call("PATCH", f"{PATH}/{target.guid}/parent", body), bulk=self._bulk)
        self._expect(answer, _Expected(target, parent, above))

    def set_policies(self, target: Target, policies: Mapping[str, str]) -> None:
        body = {f"{product}_policy_guid": policies[product] for product in sorted(policies)}
        answer = write(self._client, Call("PATCH", f"{PATH}/{target.guid}", body), bulk=self._bulk)
        self._expect(answer, _Expected(target, policies=policies))

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
        """Look at what the answers did not show, within bounds; return an error for what never showed."""
        waiting = self._expected
        for pause in LOOKS:
            if not waiting:
                return []
            if pause:
                self._client.pause(pause)
            with suppress(ApiError):  # a look that failed has seen nothing; the next one may
                waiting = [one for one in waiting if not one.shown_by(self._read(one))]
        return [
            Unavailable(
                Exchange("GET", f"{PATH}/{one.target.guid}", self._client.options.api_host),
                f"the cloud accepted the change of {quoted(one.target.label)}, but it did not show in {len(LOOKS)}"
                " looks",
                "Try again later",
            )
            for one in waiting
        ]

    def _read(self, expected: _Expected) -> Record:
        return read_group(self._client, str(expected.target.guid), bulk=self._bulk) or {}

    def _expect(self, answer: Answer, expected: _Expected) -> None:
        data: Any = answer.data
        if not (isinstance(data, dict) and data.get("guid") and expected.shown_by(data)):
            self._expected.append(expected)
