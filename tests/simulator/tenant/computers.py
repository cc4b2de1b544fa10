# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The computers of a tenant (api-contract 4), the odd ones that were recorded included."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .groups import Group
from .seeds import DAY, make_guid

RISKS = ("low", "medium", "high", "critical")
NO_PROCESSOR_ID = "0" * 16  # met on real computers (api-contract 15)
HOSTILE_HOSTNAME = "{{ lookup('pipe', 'id') }}"
FAULTS = ("Definitions outdated", "Kernel extension not loaded", "Scan engine failed to start")


@dataclass(frozen=True)
class Platform:
    """One operating system as the cloud spells it, and how many of a tenant's computers run it."""

    product: str
    operating_system: str
    os_version: str
    connector_version: str
    prefix: str
    share: int
    server: bool = False


PLATFORMS = (
    Platform("windows", "Windows 10", "10.0.19045.4412", "8.2.3.30119", "PC", 9),
    Platform("windows", "Windows 10 Enterprise", "10.0.17763.5830", "7.5.3.20938", "LTSC", 2),
    Platform("windows", "Windows 11, SP 0.0", "10.0.22631.3593", "8.2.3.30119", "NB", 8),
    Platform("windows", "Windows Server 2016", "10.0.14393.6981", "7.5.3.20938", "SRV16", 2, server=True),
    Platform("windows", "Windows Server 2019", "10.0.17763.5830", "8.0.1.21164", "SRV19", 3, server=True),
    Platform("windows", "Windows Server 2022", "10.0.20348.2461", "8.2.3.30119", "SRV22", 3, server=True),
    Platform("mac", "macOS 13.6.7", "13.6.7", "1.24.1.1008", "mac", 3),
    Platform("mac", "macOS 14.5.0", "14.5.0", "1.24.4.1028", "mbp", 3),
    Platform("linux", "Ubuntu 20.04", "5.15.0-107-generic", "1.24.1.1036", "ubu", 3, server=True),
    Platform("linux", "Ubuntu 22.04", "6.5.0-35-generic", "1.24.1.1036", "ubn", 3, server=True),
    Platform("linux", "Red Hat Enterprise Linux 8.9", "4.18.0-513.el8.x86_64", "1.22.0.977", "rhel", 2, server=True),
    Platform("linux", "Red Hat Enterprise Linux 9.4", "5.14.0-427.el9.x86_64", "1.24.1.1036", "el9", 2, server=True),
    Platform("ios", "iOS 17.4 (iPhone14,5)", "17.4", "1.10.2.48", "iphone", 1),
    Platform("android", "Android 14", "14", "2.6.0.101", "pixel", 1),
)


@dataclass(slots=True)
class Computer:
    """One record of a connector; times in seconds since the epoch."""

    guid: str
    hostname: str
    product: str
    operating_system: str
    os_version: str
    connector_version: str
    group_guid: str
    internal_ip: str
    external_ip: str
    mac: str
    installed: float
    last_seen: float
    processor_id: str | None = None
    hardware_id: str | None = None  # a Mac has this in place of a processor id (api-contract 15)
    csc_id: str | None = None
    risk_score: str | None = None  # one of RISKS
    firewall: str | None = None
    other_addresses: tuple[tuple[str, str], ...] = ()  # further (MAC, IP) pairs; the IP may be empty
    active: bool = True
    compromised: bool = False
    demo: bool = False
    faults: list[str] = field(default_factory=list)
    isolation_supported: bool = True
    definitions: dict[str, Any] | None = None
    online: bool = True  # an offline one does not obey: its isolation stays pending
    undeletable: bool = False

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Every (MAC, IP) pair."""
        return [(self.mac, self.internal_ip), *self.other_addresses]

    @property
    def internal_ips(self) -> list[str]:
        """Every address that is one."""
        return [ip for _mac, ip in self.addresses if ip]


Change = Callable[[Computer, float], None]


def make_computers(seed: int, count: int, groups: dict[str, Group], now: float) -> dict[str, Computer]:
    """Return the computers of a new tenant by GUID: every platform, then the oddities, then what chance gives."""
    random = Random(f"computers {seed}")
    made: dict[str, Computer] = {}
    workstations = _groups_for(groups, server=False)
    servers = _groups_for(groups, server=True)
    platforms = random.choices(PLATFORMS, [one.share for one in PLATFORMS], k=count)
    # every platform is there, however small the tenant
    platforms[: len(PLATFORMS)] = PLATFORMS[:count]
    for number, platform in enumerate(platforms):
        homes = servers if platform.server else workstations
        computer = make_computer(random, platform, number, homes[random.randrange(len(homes))], now)
        made[computer.guid] = computer
    for change, computer in zip(_ODDITIES, list(made.values())[len(PLATFORMS) :], strict=False):
        change(computer, now)
    return made


def _groups_for(groups: dict[str, Group], *, server: bool) -> list[str]:
    names = {"Servers", "Database Servers", "Domain Controller"}
    idle = {"Unused"}
    return [one.guid for one in groups.values() if (one.name in names) == server and one.name not in idle]


def make_computer(random: Random, platform: Platform, number: int, group_guid: str, now: float) -> Computer:
    """Make a plausible computer of one platform."""
    bits = random.getrandbits(64)
    definitions = None
    if platform.product in ("windows", "linux") and bits % 3 == 0:
        definitions = {
            "status": "Definitions Outdated" if bits % 2 else "Definitions Up To Date",
            "detection_engine": "ClamAV Linux-Full" if platform.product == "linux" else "TETRA 64 bit",
            "updated_at": now - (bits % 40) * DAY,
            "version": str(27000 + bits % 900),
        }
    mac = ":".join(f"{byte:02x}" for byte in (bits | 2 << 56).to_bytes(9, "big")[-6:])
    processor_id = f"{random.getrandbits(60):x}" if platform.product == "windows" else None
    of_this_one = str(uuid.UUID(int=bits << 64 | bits ^ 0xA5A5A5A5A5A5A5A5, version=4))
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
        mac=mac,
        installed=now - DAY * (40 + (bits >> 40 & 511)),
        last_seen=now - (60 + (bits >> 36 & 1023) * (1 if bits % 8 else 3 * 3600)),
        processor_id=NO_PROCESSOR_ID if processor_id and bits % 19 == 0 else processor_id,
        hardware_id=of_this_one.upper() if platform.product == "mac" else None,
        csc_id=of_this_one if bits % 4 else None,
        risk_score=RISKS[bits >> 50 & 3] if bits % 5 else None,
        firewall=("enabled", "disabled")[bits >> 52 & 1] if platform.product == "windows" else None,
        other_addresses=_other_addresses(bits, mac),
        compromised=bits % 13 == 0,
        faults=[FAULTS[bits % len(FAULTS)]] if bits % 17 == 0 else [],
        isolation_supported=platform.product in ("windows", "mac"),
        definitions=definitions,
    )


def _other_addresses(bits: int, mac: str) -> tuple[tuple[str, str], ...]:
    """Return further interfaces as recorded (api-contract 15): link-local, without an address, MAC in upper case."""
    more = []
    if bits % 11 == 0:
        more.append((f"{mac[:-2]}fe", f"10.200.{bits >> 8 & 255}.{1 + (bits >> 16 & 127)}"))
    if bits % 7 == 0:
        more.append((f"{mac[:-2]}fd".upper(), ""))
    if bits % 13 == 0:
        more.append((f"{mac[:-2]}fc", f"169.254.{bits >> 8 & 255}.{1 + (bits >> 16 & 127)}"))
    return tuple(more)


def _reimaged(days_ago: int, *, active: bool) -> Change:
    """One of several records of a host that was installed anew (api-contract 4: several GUIDs of one name)."""

    def change(computer: Computer, now: float) -> None:
        computer.hostname = "PC-REIMAGED"
        computer.active = computer.online = active
        computer.installed = now - DAY * (days_ago + 25)
        computer.last_seen = now - DAY * days_ago

    return change


def _hostile_name(computer: Computer, _now: float) -> None:
    computer.hostname = HOSTILE_HOSTNAME


def _no_processor_id(computer: Computer, _now: float) -> None:
    computer.processor_id = None


def _zero_processor_id(computer: Computer, _now: float) -> None:
    computer.processor_id = NO_PROCESSOR_ID


def _many_addresses(computer: Computer, _now: float) -> None:
    computer.other_addresses = (
        ("02:00:00:C4:1D:20", ""),
        ("02:00:00:c4:1d:21", "169.254.7.19"),
        ("02:00:00:c4:1d:22", "10.116.0.3"),
    )


def _stale(computer: Computer, now: float) -> None:
    computer.last_seen = now - 200 * DAY
    computer.active = False
    computer.online = False


def _faulty(computer: Computer, _now: float) -> None:
    computer.faults = list(FAULTS)


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
    _zero_processor_id,
    _many_addresses,
    _stale,
    _faulty,
    _demo,
)
