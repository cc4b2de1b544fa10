# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies of a tenant; two of one name are two products (api-contract 4: normal)."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from .seeds import make_guid

DEFAULT_POLICY = "Guard"
PRODUCTS = ("windows", "mac", "linux", "android", "ios", "network")

# name, description, mode, endpoint isolation allowed, products
POLICIES: tuple[tuple[str, str, str, bool, tuple[str, ...]], ...] = (
    ("Observe", "Reports malicious files and traffic, blocks nothing.", "audit", False, ("windows", "mac", "linux")),
    ("Guard", "Quarantines malicious files and blocks malicious traffic.", "protect", True, PRODUCTS),
    ("Hunt", "Aggressive engines for computers that are under suspicion.", "protect", True, ("windows", "mac")),
    ("Servers", "For servers: no user interface, no offline engine.", "protect", True, ("windows", "linux")),
    ("Directory Servers", "For domain controllers: small exclusions, no isolation.", "audit", False, ("windows",)),
    ("Kiosk Lockdown", "Locked down workstations in public places.", "protect", True, ("windows",)),
)


@dataclass(slots=True)
class Policy:
    """One policy; the products of a group's policies differ, their names need not."""

    guid: str
    name: str
    product: str
    description: str
    mode: str
    isolation: bool
    default: bool
    serial_number: int
    file_lists: list[str] = field(default_factory=list)


def make_policies(random: Random) -> dict[str, Policy]:
    """Return the policies of a new tenant by GUID."""
    made: dict[str, Policy] = {}
    for name, description, mode, isolation, products in POLICIES:
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
            made[policy.guid] = policy
    return made


def policies_named(known: dict[str, Policy], name: str) -> dict[str, str]:
    """Return a policy GUID for every product: the one of that name, else the default one."""
    chosen = {policy.product: policy.guid for policy in known.values() if policy.default}
    chosen.update({policy.product: policy.guid for policy in known.values() if policy.name == name})
    return chosen
