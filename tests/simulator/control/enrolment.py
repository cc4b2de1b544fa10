# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test connectors register themselves: what real connectors tell the cloud, reduced to what shows in v1."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..tenant.computers import Computer
from ..tenant.seeds import new_guid
from ..web.parameters import is_guid
from .checks import check_computer

# the first word that is in an operating system's name, and the product
PRODUCT_WORDS = (("windows", "windows"), ("macos", "mac"), ("os x", "mac"), ("ios", "ios"), ("android", "android"))
REPORTABLE = ("hostname", "operating_system", "os_version", "connector_version", "internal_ip", "external_ip", "faults")


def product_of(operating_system: str) -> str:
    """Return the product line of an operating system's name; everything else is Linux."""
    name = operating_system.lower()
    return next((product for word, product in PRODUCT_WORDS if word in name), "linux")


def enrol(
    cloud: Cloud,
    *,
    hostname: str,
    operating_system: str = "Linux",
    os_version: str = "",
    connector_version: str = "1.24.1.1036",
    group: str | None = None,
    connector_guid: str | None = None,
    internal_ip: str = "127.0.0.1",
    external_ip: str = "192.0.2.1",
    mac: str = "02:00:00:00:00:01",
) -> dict[str, str]:
    """Register a connector, or welcome back one that tells its GUID; return connector, group and business GUID.

    `group` is a name or GUID (default: the first group); a known connector keeps the group that the cloud has put it
    in. Raises ValueError for a group that is not there or has a namesake.
    """
    told = {"hostname": hostname, "operating_system": operating_system, "os_version": os_version, "mac": mac}
    check_computer({**told, "connector_version": connector_version, "internal_ip": internal_ip})
    check_computer({"external_ip": external_ip})
    tenant, now = cloud.tenant, cloud.clock.now()
    if connector_guid is not None and not is_guid(connector_guid):
        raise ValueError(f"{connector_guid!r} is not a GUID")
    guid = (connector_guid or new_guid()).lower()
    known = tenant.computers.get(guid)
    if known is None:
        known = tenant.computers[guid] = Computer(
            guid=guid,
            hostname=hostname,
            product=product_of(operating_system),
            operating_system=operating_system,
            os_version=os_version,
            connector_version=connector_version,
            group_guid=_group_guid(cloud, group),
            internal_ip=internal_ip,
            external_ip=external_ip,
            mac=mac,
            installed=now,
            last_seen=now,
            isolation_supported=product_of(operating_system) in ("windows", "mac"),
        )
        cloud.play("install", known)
    known.active = known.online = True
    report(cloud, known, hostname=hostname, connector_version=connector_version)
    return {"connector_guid": guid, "group_guid": known.group_guid, "business_guid": tenant.business_guid}


def _group_guid(cloud: Cloud, group: str | None) -> str:
    groups = cloud.tenant.groups
    if group is None:
        return next(iter(groups))
    found = [one.guid for one in groups.values() if group in (one.guid, one.name)]
    if len(found) != 1:
        raise ValueError(f"there are {len(found)} groups {group!r}")
    return found[0]


def report(cloud: Cloud, computer: Computer, **changes: Any) -> None:
    """Note that a connector was heard of, with what it tells of itself."""
    unknown = set(changes) - set(REPORTABLE)
    if unknown:
        raise ValueError(f"a connector does not report {', '.join(sorted(unknown))}")
    check_computer(changes)
    if changes.get("connector_version", computer.connector_version) != computer.connector_version:
        cloud.play("product_update", computer)
    for name, value in changes.items():
        setattr(computer, name, value)
    computer.last_seen = cloud.clock.now()


def goodbye(cloud: Cloud, computer: Computer) -> None:
    """Note that a connector was uninstalled."""
    computer.active = computer.online = False
    computer.last_seen = cloud.clock.now()
    cloud.play("uninstall", computer)
