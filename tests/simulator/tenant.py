# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one simulated organisation, and how it is made from a seed.

The same seed and number of computers give the same GUIDs, names and history; only times move along with the clock,
because "last seen within 7 days" must mean something on every day.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from . import catalogue
from .auth import ApiClient
from .isolation import Isolation
from .records import Computer, Event, EventStream, FileList, Group, Policy

DAY = 86400.0
Change = Callable[[Computer, float], None]
DEFAULT_POLICY = "Guard"
HOSTILE_HOSTNAME = "{{ lookup('pipe', 'id') }}"


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
        """The policy that the computer's group has for its product."""
        return self.policies[self.groups[computer.group_guid].policies[computer.product]]

    def can_be_isolated(self, computer: Computer) -> bool:
        """Whether operating system and policy allow isolation."""
        return computer.isolation_supported and self.policy_of(computer).isolation

    def isolation_of(self, computer: Computer) -> Isolation:
        """The isolation of a computer; most were never isolated and share nothing."""
        return self.isolations.get(computer.guid) or Isolation()

    def ancestry(self, group: Group) -> list[Group]:
        """The groups above one, nearest first."""
        above = []
        while group.parent is not None:
            group = self.groups[group.parent]
            above.append(group)
        return above

    def children(self, guid: str) -> list[Group]:
        """The groups right below one."""
        return [group for group in self.groups.values() if group.parent == guid]

    def descendants(self, guid: str) -> list[Group]:
        """The groups below one, however deep."""
        return [group for group in self.groups.values() if any(one.guid == guid for one in self.ancestry(group))]

    def members(self, guid: str) -> list[Computer]:
        """The computers right in a group."""
        return [computer for computer in self.computers.values() if computer.group_guid == guid]


def new_guid() -> str:
    """A GUID for something that somebody makes now."""
    return str(uuid.uuid4())


def make_guid(random: Random) -> str:
    """A random-looking GUID from the tenant's own generator."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def make_sha256(random: Random) -> str:
    """A random-looking SHA-256."""
    return random.randbytes(32).hex()


def make_tenant(seed: int, computers: int, now: float) -> Tenant:
    """A tenant with its groups, policies, lists and computers, without events."""
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
    _add_policies(tenant, random)
    _add_groups(tenant, random, now)
    _add_file_lists(tenant, random)
    _add_computers(tenant, Random(f"computers {seed}"), computers, now)
    return tenant


def _add_policies(tenant: Tenant, random: Random) -> None:
    for name, description, mode, isolation, products in catalogue.POLICIES:
        for product in products:
            policy = Policy(
                guid=make_guid(random),
                name=name,
                product=product,
                description=description,
                mode=mode,
                isolation=isolation,
                default=name == DEFAULT_POLICY,
                serial_number=random.randint(3, 900),
            )
            tenant.policies[policy.guid] = policy


def policies_named(tenant: Tenant, name: str) -> dict[str, str]:
    """A policy GUID for every product: the one of that name, else the default one."""
    chosen = {policy.product: policy.guid for policy in tenant.policies.values() if policy.default}
    chosen.update({policy.product: policy.guid for policy in tenant.policies.values() if policy.name == name})
    return chosen


def _add_groups(tenant: Tenant, random: Random, now: float) -> None:
    by_name: dict[str, str] = {}
    for name, description, parent, policy_name in catalogue.GROUPS:
        group = Group(
            guid=make_guid(random),
            name=name,
            description=description,
            parent=by_name[parent] if parent else None,
            creator="owner@corp.example",
            created=now - 700 * DAY,
            policies=policies_named(tenant, policy_name),
        )
        by_name[name] = group.guid
        tenant.groups[group.guid] = group


def _add_file_lists(tenant: Tenant, random: Random) -> None:
    for name, kind, used_in in catalogue.FILE_LISTS:
        file_list = FileList(guid=make_guid(random), name=name, type=kind)
        tenant.file_lists[file_list.guid] = file_list
        for policy in tenant.policies.values():
            if used_in and policy.name in used_in and policy.product in ("windows", "mac", "linux"):
                policy.file_lists.append(file_list.guid)
        for number in range(3 if used_in else 0):
            item = {
                "description": ("Seen in a phishing wave", "", None)[number],
                "source": (
                    "Created by entering SHA-256 via Web from 192.0.2.17.",
                    "Created by uploading dropper.exe via Web from 192.0.2.17.",
                    "Created by entering SHA-256 via Public api.",
                )[number],
            }
            file_list.items[make_sha256(random)] = item


def _add_computers(tenant: Tenant, random: Random, count: int, now: float) -> None:
    workstations = _groups_for(tenant, server=False)
    servers = _groups_for(tenant, server=True)
    platforms = random.choices(catalogue.PLATFORMS, [one.share for one in catalogue.PLATFORMS], k=count)
    # every platform is there, however small the tenant
    platforms[: len(catalogue.PLATFORMS)] = catalogue.PLATFORMS[:count]
    for number, platform in enumerate(platforms):
        groups = servers if platform.server else workstations
        computer = make_computer(random, platform, number, groups[random.randrange(len(groups))], now)
        tenant.computers[computer.guid] = computer
    for change, computer in zip(_ODDITIES, list(tenant.computers.values())[len(catalogue.PLATFORMS) :], strict=False):
        change(computer, now)


def _groups_for(tenant: Tenant, *, server: bool) -> list[str]:
    names = {"Servers", "Database Servers", "Domain Controller"}
    idle = {"Unused"}
    return [one.guid for one in tenant.groups.values() if (one.name in names) == server and one.name not in idle]


def make_computer(random: Random, platform: catalogue.Platform, number: int, group_guid: str, now: float) -> Computer:
    """A plausible computer of one platform."""
    bits = random.getrandbits(64)
    definitions = None
    if platform.product in ("windows", "linux") and bits % 3 == 0:
        definitions = {
            "status": "Definitions Outdated" if bits % 2 else "Definitions Up To Date",
            "detection_engine": "ClamAV Linux-Full" if platform.product == "linux" else "TETRA 64 bit",
            "updated_at": now - (bits % 40) * DAY,
        }
    return Computer(
        guid=make_guid(random),
        hostname=f"{platform.prefix}-{number:04d}",
        product=platform.product,
        operating_system=platform.operating_system,
        os_version=platform.os_version,
        connector_version=platform.connector_version,
        group_guid=group_guid,
        internal_ip=f"10.{bits >> 8 & 127}.{bits >> 16 & 255}.{1 + (bits >> 24 & 127)}",
        external_ip=f"198.51.100.{1 + (bits >> 32 & 15)}",
        mac=":".join(f"{byte:02x}" for byte in (bits | 2 << 56).to_bytes(9, "big")[-6:]),
        installed=now - DAY * (40 + (bits >> 40 & 511)),
        last_seen=now - (60 + (bits >> 36 & 1023) * (1 if bits % 8 else 3 * 3600)),
        processor_id=f"{random.getrandbits(60):x}" if platform.product == "windows" else None,
        leading_space=bits % 11 == 0,
        compromised=bits % 13 == 0,
        faults=[catalogue.FAULTS[bits % len(catalogue.FAULTS)]] if bits % 17 == 0 else [],
        isolation_supported=platform.product in ("windows", "mac"),
        definitions=definitions,
    )


def _reimaged(days_ago: int, *, active: bool) -> Change:
    """One of several records of a host that was installed anew (api-contract 4: several GUIDs of one name)."""

    def change(computer: Computer, now: float) -> None:
        computer.hostname = "PC-REIMAGED"
        computer.active = computer.online = active
        computer.installed = now - DAY * (days_ago + 100)
        computer.last_seen = now - DAY * days_ago

    return change


def _hostile_name(computer: Computer, _now: float) -> None:
    computer.hostname = HOSTILE_HOSTNAME


def _no_processor_id(computer: Computer, _now: float) -> None:
    computer.processor_id = None


def _leading_space(computer: Computer, _now: float) -> None:
    computer.leading_space = True


def _stale(computer: Computer, now: float) -> None:
    computer.last_seen = now - 200 * DAY
    computer.active = False
    computer.online = False


def _faulty(computer: Computer, _now: float) -> None:
    computer.faults = list(catalogue.FAULTS)


def _demo(computer: Computer, _now: float) -> None:
    computer.demo = True
    computer.compromised = True


# applied to the computers that follow the first one of every platform
_ODDITIES: tuple[Change, ...] = (
    _reimaged(90, active=False),
    _reimaged(30, active=False),
    _reimaged(0, active=True),
    _hostile_name,
    _no_processor_id,
    _leading_space,
    _stale,
    _faulty,
    _demo,
)
