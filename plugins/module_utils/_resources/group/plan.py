# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what has to be done to one group: compare values, without a request. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..._api.errors import Refused
from ..._api.paging import Record
from ..._common.text import printable, quoted
from .._shared.names import Named
from .._shared.plan import Call, Plan
from .read import PATH, parent_of

# The products whose policy a PATCH can set (api-contract 10: for ios and network no field is known).
PRODUCTS = ("windows", "mac", "linux", "android")


@dataclass(frozen=True)
class Group:
    """One group as GET /v1/groups/{guid} tells it. GUIDs are in lower case."""

    guid: str
    name: str
    description: str
    parent: Named | None
    ancestors: frozenset[str]
    policies: Mapping[str, Named]
    children: tuple[Named, ...]
    computers: int
    computers_below: int

    @classmethod
    def parse(cls, record: Record, depths: Mapping[Any, int]) -> Group:
        """Parse a record. `depths`: how many ancestors other groups have, by GUID, to find the nearest one."""
        parent = parent_of(record, depths)
        return cls(
            guid=str(record.get("guid") or "").lower(),
            name=str(record.get("name") or ""),
            description=str(record.get("description") or ""),
            parent=None if parent is None else Named(parent["guid"].lower(), parent["name"]),
            ancestors=frozenset(str(one.get("guid")).lower() for one in _objects(record, "ancestry")),
            policies={str(one.get("product")): _named(one) for one in _objects(record, "policies")},
            children=tuple(_named(one) for one in _objects(record, "child_groups")),
            computers=_count(record, "computers_count"),
            computers_below=_count(record, "descendant_computers_count"),
        )

    def state(self) -> dict[str, Any]:
        """Return the group as a result shows it."""
        return {
            "guid": self.guid,
            "name": self.name,
            "description": self.description,
            "parent": _shown(self.parent),
            "policies": {product: _shown(policy) for product, policy in sorted(self.policies.items())},
        }

    def lines(self) -> dict[str, Any]:
        """Return the group as a diff shows it."""
        return {
            "name": printable(self.name, 100),
            "description": printable(self.description),
            "parent": _name(self.parent),
            "policies": {product: _name(policy) for product, policy in sorted(self.policies.items())},
        }


@dataclass(frozen=True)
class Desired:
    """What the group shall be. `moves`: whether anything is said about its parent; `parent` None: at the top."""

    name: str
    description: str | None
    moves: bool
    parent: Named | None
    policies: Mapping[str, Named]

    def met_by(self, group: Group) -> bool:
        """Return whether parent and policies are as wanted; name and description cannot be changed."""
        return not calls(self, group)


def plan(desired: Desired, current: Group | None) -> Plan:
    """Compare what is wanted with what is there."""
    if current is None:
        return _creation(desired)
    todo = calls(desired, current)
    before, lines = current.state(), current.lines()
    after, new_lines = dict(before), dict(lines)
    if desired.moves:
        after["parent"], new_lines["parent"] = _shown(desired.parent), _name(desired.parent)
    for product, policy in desired.policies.items():
        after["policies"] = {**after["policies"], product: _shown(policy)}
        new_lines["policies"] = {**new_lines["policies"], product: _name(policy)}
    return Plan(before, after, todo, lines, new_lines)


def calls(desired: Desired, current: Group) -> tuple[Call, ...]:
    """Return the writes that make an existing group what is wanted."""
    path = f"{PATH}/{current.guid}"
    todo = []
    here = current.parent.id if current.parent else None
    if desired.moves and here != (desired.parent.id if desired.parent else None):
        todo.append(_reparent(path, desired.parent))
    others = {
        product: policy
        for product, policy in desired.policies.items()
        if policy.id != _id(current.policies.get(product))
    }
    if others:
        todo.append(_set_policies(path, others))
    return tuple(todo)


def check_parent(group: Group, parent: Named, ancestors_of_parent: frozenset[str]) -> None:
    """Refuse a parent that is the group itself or below it. Raises Refused."""
    if group.guid == parent.id or group.guid in ancestors_of_parent:
        raise Refused(
            f"The group {quoted(parent.name)} ({parent.id}) is the group itself or stands below it, so it"
            f" cannot be above {quoted(group.name)}. Nothing was changed."
        )


def _creation(desired: Desired) -> Plan:
    """Plan a new group. The description defaults to the name. Its GUID and default policies are not known yet."""
    description = desired.name if desired.description is None else desired.description
    path = f"{PATH}/(new)"
    todo = [Call("POST", PATH, {"name": desired.name, "description": description})]
    if desired.parent:
        todo.append(_reparent(path, desired.parent))
    if desired.policies:
        todo.append(_set_policies(path, desired.policies))
    after = {
        "name": desired.name,
        "description": description,
        "parent": _shown(desired.parent),
        "policies": {product: _shown(policy) for product, policy in sorted(desired.policies.items())},
    }
    lines = {
        **after,
        "parent": _name(desired.parent),
        "policies": {product: _name(policy) for product, policy in sorted(desired.policies.items())},
    }
    return Plan(None, after, tuple(todo), None, lines)


def _reparent(path: str, parent: Named | None) -> Call:
    """Return the call that moves it. Without a parent the group moves to the top (api-contract 10)."""
    return Call("PATCH", f"{path}/parent", {"parent_group_guid": parent.id} if parent else None)


def _set_policies(path: str, policies: Mapping[str, Named]) -> Call:
    return Call("PATCH", path, {f"{product}_policy_guid": policies[product].id for product in sorted(policies)})


def _objects(record: Record, key: str) -> list[Record]:
    given = record.get(key)
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _count(record: Record, key: str) -> int:
    """Return a number of computers; -1 if the cloud does not give it."""
    number = record.get(key)
    return number if isinstance(number, int) and not isinstance(number, bool) else -1


def _named(record: Record) -> Named:
    return Named(str(record.get("guid") or "").lower(), str(record.get("name") or ""))


def _shown(named: Named | None) -> dict[str, str] | None:
    return None if named is None else {"guid": named.id, "name": named.name}


def _name(named: Named | None) -> str:
    return printable(named.name, 100) if named else "none"


def _id(named: Named | None) -> str | None:
    return named.id if named else None
