# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The groups of a tenant (api-contract 10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from .policies import Policy, policies_named
from .seeds import DAY, make_guid

# name, description, parent, name of its policies (products without one of that name fall back to Guard)
GROUPS: tuple[tuple[str, str, str | None, str], ...] = (
    ("Protect", "Everything on a desk", None, "Guard"),
    ("Audit", "First to get a new connector", "Protect", "Observe"),
    ("Field Sales", "Notebooks that report days late", "Protect", "Guard"),
    ("Servers", "Everything in a rack", None, "Servers"),
    ("Database Servers", "Behind change windows", "Servers", "Servers"),
    ("Domain Controller", "Never isolate", "Servers", "Directory Servers"),
    ("Triage", "Computers that are being looked at", None, "Hunt"),
    ("Branch North", "Offices in the north", None, "Guard"),
    ("Branch South", "Offices in the south", None, "Guard"),
    ("Kiosk", "Public terminals, north", "Branch North", "Kiosk Lockdown"),
    ("Kiosk", "Public terminals, south", "Branch South", "Kiosk Lockdown"),
    ('Zürich "Labor" & Co', "A name that needs encoding", None, "Guard"),
    ("Unused", "No computers, no children", None, "Guard"),
)


@dataclass(slots=True)
class Group:
    """One group; `policies` maps a product to a policy GUID, `parent` is None for a root."""

    guid: str
    name: str
    description: str
    parent: str | None = None
    source: str | None = None
    creator: str | None = None
    created: float = 0.0
    policies: dict[str, str] = field(default_factory=dict)


def make_groups(random: Random, policies: dict[str, Policy], now: float) -> dict[str, Group]:
    """Return the groups of a new tenant by GUID, parents before their children."""
    made: dict[str, Group] = {}
    by_name: dict[str, str] = {}
    for name, description, parent, policy_name in GROUPS:
        group = Group(
            guid=make_guid(random),
            name=name,
            description=description,
            parent=by_name[parent] if parent else None,
            source="Created via API" if name == "Triage" else None,
            creator="owner@corp.example",
            created=now - 700 * DAY,
            policies=policies_named(policies, policy_name),
        )
        by_name[name] = group.guid
        made[group.guid] = group
    return made
