# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a tenant: each resource once, when it is first asked for, whichever section asks.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import Refused
from ..._api.paging import Record
from ..._common.text import quoted
from ..._tenant.computers import ComputerIndex, TenantComputer
from ..._tenant.groups import GroupIndex, TenantGroup
from ..computer.read import Computer, ComputerFilter, read_computers
from ..event_stream.read import Stream, read_streams
from ..event_type.read import EventType, read_event_types
from ..file_list.read import ALLOWED, LISTED, Contents, FileList, read_contents, read_file_lists
from ..group.read import parent_of, read_group, read_group_records
from ..policy.read import read_each_policy, read_policies

CHANGING = "changed while it was read, several times in a row. Nothing was changed; try again."


class Policy(NamedTuple):
    """A policy as the list has it."""

    guid: str
    name: str
    product: str
    serial_number: int | None


class TenantReading:
    """What was read of a tenant in this task. Every list is complete, else reading it raises Refused."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._contents: dict[str, Contents] = {}
        self._policies_of_groups: list[Record] = []

    @cached_property
    def groups(self) -> GroupIndex:
        records = read_group_records(self.client)
        depths = {record.get("guid"): len(record.get("ancestry") or []) for record in records.values()}
        return GroupIndex(_group(guid, record, depths) for guid, record in records.items())

    @cached_property
    def policies(self) -> list[Policy]:
        listing = read_policies(self.client)
        if not listing.complete:
            raise Refused(f"The list of policies {CHANGING}")
        return [_policy(record) for record in listing.records]

    @cached_property
    def policy_details(self) -> list[Record]:
        """Return the policies themselves, with the lists and groups that use them: a request for each."""
        found = read_each_policy(self.client, [policy.guid for policy in self.policies])
        return [record for record in found if record is not None]

    def policies_of(self, wanted: Mapping[str, Collection[str]]) -> Mapping[str, Mapping[str, str]]:
        """Return the policy GUIDs of groups by product, at least of the products that are `wanted` of each group.

        They come from the groups or from the policies that name them, whichever are fewer.
        """
        if "policy_details" not in self.__dict__ and len(wanted) <= len(self.policies):
            return self._read_groups(wanted)
        found: dict[str, dict[str, str]] = {guid: {} for guid in wanted}
        for policy in self.policy_details:
            for group in policy.get("used_in_groups") or ():
                held = found.get(str(group["guid"]).lower())
                if held is not None:
                    held[str(policy.get("product"))] = str(policy["guid"]).lower()
        # Whether a policy also names the groups that inherit it is in no source: a group it does not name is read.
        left = [guid for guid, products in wanted.items() if not found[guid].keys() >= set(products)]
        return {**found, **self._read_groups(left)}

    def _read_groups(self, groups: Collection[str]) -> dict[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        attempts = for_each(
            list(groups), lambda guid: read_group(self.client, guid, bulk=True), workers=self.client.options.concurrency
        )
        for attempt in attempts:
            if attempt.error:
                raise attempt.error
            held = (attempt.value or {}).get("policies") or []
            self._policies_of_groups += held
            found[attempt.item] = {str(policy.get("product")): str(policy["guid"]).lower() for policy in held}
        return found

    @cached_property
    def file_lists(self) -> list[FileList]:
        """Return the lists that the API lists; those of allowed applications only come with `policy_details`."""
        return read_file_lists(self.client, LISTED)

    @property
    def met_lists(self) -> list[FileList]:
        """Return the lists of allowed applications of the policies that were read so far, also with a group."""
        read = [*self.__dict__.get("policy_details", ()), *self._policies_of_groups]
        held = map(FileList.parse, (one for policy in read for one in policy.get("file_lists") or ()))
        return list({file_list.guid: file_list for file_list in held if file_list.type == ALLOWED}.values())

    @property
    def allowed_lists(self) -> list[FileList]:
        """Return all lists of allowed applications: those that a policy has."""
        self.policy_details  # noqa: B018 - read here
        return self.met_lists

    @property
    def known_lists(self) -> list[FileList]:
        """Return all lists whose reading costs no further request."""
        return [*self.file_lists, *self.met_lists]

    def contents(self, file_list: FileList) -> Contents:
        if file_list.guid not in self._contents:
            contents = read_contents(self.client, file_list.guid)
            if not contents.complete:
                raise Refused(f"The file list {quoted(file_list.name)} {CHANGING}")
            self._contents[file_list.guid] = contents
        return self._contents[file_list.guid]

    @cached_property
    def computers(self) -> ComputerIndex:
        listing = read_computers(self.client, ComputerFilter())
        if not listing.complete:
            raise Refused(f"The list of computers {CHANGING}")
        computers = map(Computer.parse, listing.records)
        return ComputerIndex(TenantComputer(one.guid, one.hostname, one.group_guid) for one in computers)

    @cached_property
    def streams(self) -> list[Stream]:
        return read_streams(self.client)

    @cached_property
    def event_types(self) -> list[EventType]:
        return read_event_types(self.client)


def _group(guid: str, record: Record, depths: Mapping[object, int]) -> TenantGroup:
    parent = parent_of(record, depths)
    return TenantGroup(
        guid,
        str(record.get("name") or ""),
        str(record.get("description") or ""),
        None if parent is None else parent["guid"].lower(),
        record.get("source") == "Created via API",  # api-contract 10
    )


def _policy(record: Record) -> Policy:
    serial = record.get("serial_number")
    return Policy(
        str(record["guid"]).lower(),
        str(record.get("name") or ""),
        str(record.get("product") or ""),
        serial if isinstance(serial, int) and not isinstance(serial, bool) else None,
    )
