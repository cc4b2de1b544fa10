# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one simulated organisation, and how it is made from a seed.

The same seed and number of computers give the same GUIDs, names and history; only times move along with the clock,
because "last seen within 7 days" must mean something on every day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..web.auth import ApiClient
from .computers import Computer, make_computers
from .event_streams import EventStream
from .events import Event
from .file_lists import FileList, make_file_lists
from .groups import Group, make_groups
from .isolation import Isolation
from .policies import Policy, make_policies
from .seeds import make_guid


@dataclass
class Tenant:
    """Everything that the cloud knows of one organisation; dictionaries are keyed by GUID or id, in order."""

    seed: int
    business_guid: str
    clients: list[ApiClient]
    computers: dict[str, Computer] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    file_lists: dict[str, FileList] = field(default_factory=dict)
    event_streams: dict[int, EventStream] = field(default_factory=dict)
    isolations: dict[str, Isolation] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)  # oldest first
    audit_logs: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    next_stream_id: int = 1201
    exclusion_set_guid: str = ""

    @property
    def read_write(self) -> ApiClient:
        """The API client that may do everything."""
        return self.clients[0]

    @property
    def read_only(self) -> ApiClient:
        """The API client that may only read."""
        return self.clients[1]

    def policy_of(self, computer: Computer) -> Policy:
        """Return the policy that the computer's group has for its product."""
        return self.policies[self.groups[computer.group_guid].policies[computer.product]]

    def can_be_isolated(self, computer: Computer) -> bool:
        """Whether operating system and policy allow isolation."""
        return computer.isolation_supported and self.policy_of(computer).isolation

    def isolation_of(self, computer: Computer) -> Isolation:
        """Return the isolation of a computer; most were never isolated and share nothing."""
        return self.isolations.get(computer.guid) or Isolation()

    def ancestry(self, group: Group) -> list[Group]:
        """Return the groups above one, nearest first."""
        above = []
        while group.parent is not None:
            group = self.groups[group.parent]
            above.append(group)
        return above

    def children(self, guid: str) -> list[Group]:
        """Return the groups right below one."""
        return [group for group in self.groups.values() if group.parent == guid]

    def descendants(self, guid: str) -> list[Group]:
        """Return the groups below one, however deep."""
        return [group for group in self.groups.values() if any(one.guid == guid for one in self.ancestry(group))]

    def members(self, guid: str) -> list[Computer]:
        """Return the computers right in a group."""
        return [computer for computer in self.computers.values() if computer.group_guid == guid]


def make_tenant(seed: int, computers: int, now: float) -> Tenant:
    """Return a tenant with its groups, policies, lists and computers, without events."""
    random = Random(f"tenant {seed}")
    tenant = Tenant(
        seed=seed,
        business_guid=make_guid(random),
        clients=[
            ApiClient(random.randbytes(10).hex(), make_guid(random)),
            ApiClient(random.randbytes(10).hex(), make_guid(random), read_only=True),
        ],
    )
    tenant.exclusion_set_guid = make_guid(random)
    tenant.policies = make_policies(random)
    tenant.groups = make_groups(random, tenant.policies, now)
    tenant.file_lists = make_file_lists(random, tenant.policies)
    tenant.computers = make_computers(seed, computers, tenant.groups, now)
    return tenant
