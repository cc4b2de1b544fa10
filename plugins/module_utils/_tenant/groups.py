# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the groups of a tree with those of a tenant. Pure; private to the collection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._common.ids import is_guid
from .._common.text import quoted
from .changes import Change, Differences, Finding, Fragment
from .documents import Place, Problem
from .references import Path, Reference, join_path, parse_reference, split_path
from .tree import GroupEntry

MOST_CANDIDATES = 10


class TenantGroup(NamedTuple):
    """A group of the tenant; `parent` is a GUID, None at the top. `by_api`: it was created through the API."""

    guid: str
    name: str
    description: str
    parent: str | None
    by_api: bool = False


class GroupIndex:
    """The groups of a tenant by GUID and by path."""

    def __init__(self, groups: Iterable[TenantGroup]) -> None:
        self.by_guid = {group.guid: group for group in groups}
        self._paths: dict[str, Path] = {}
        self._by_path: dict[Path, list[str]] = defaultdict(list)
        for guid in self.by_guid:
            self._by_path[self.path(guid)].append(guid)

    def path(self, guid: str) -> Path:
        if guid not in self._paths:
            names: list[str] = []
            here: str | None = guid
            while here in self.by_guid and len(names) <= len(self.by_guid):
                names.insert(0, self.by_guid[here].name)
                here = self.by_guid[here].parent
            self._paths[guid] = tuple(names)
        return self._paths[guid]

    def at(self, path: Path) -> Sequence[str]:
        return self._by_path.get(path, [])

    def named(self, name: str) -> Sequence[str]:
        return [guid for guid, group in self.by_guid.items() if group.name == name]

    def label(self, guid: str) -> str:
        """Return how a tree names the group: its path, with the GUID where several groups have it."""
        if guid not in self.by_guid:
            return guid
        path = self.path(guid)
        text = join_path(path)
        return text if len(self.at(path)) == 1 and parse_reference(text).id is None else str(Reference(text, guid))


@dataclass
class Target:
    """A group that the tree names: the GUID of one that is there, None for one that apply creates."""

    label: str
    guid: str | None


@dataclass
class GroupBinding:
    """Which group each entry means. `targets` has every entry by its key. `creates`: missing groups are made."""

    index: GroupIndex
    creates: bool = True
    targets: dict[str, Target] = field(default_factory=dict)
    created: list[GroupEntry] = field(default_factory=list)
    referenced: set[str] = field(default_factory=set)
    _by_path: dict[Path, list[Target]] = field(default_factory=lambda: defaultdict(list))

    def add(self, entry: GroupEntry, guid: str | None) -> None:
        target = Target(entry.key, guid)
        self.targets[entry.key] = target
        self._by_path[entry.path].append(target)
        if guid is None:
            self.created.append(entry)

    def find(self, text: str, place: Place, problems: list[Problem]) -> Target | None:
        """Return the group that a path, a GUID or both mean; add a problem where there is none or several."""
        target = self.targets.get(text)
        name = parse_reference(text)
        guid = name.id or (text.lower() if is_guid(text) else None)
        if target is None and guid in self.index.by_guid:
            target = Target(self.index.label(str(guid)), guid)
        if target is None and name.id is None:
            target = self._at(split_path(text), text, place, problems)
            if target is None:
                return None
        if target is None:
            problems.append(Problem(place, f"the tenant has no group {quoted(text)}"))
        elif target.guid:
            self.referenced.add(target.guid)
        elif not self.creates:
            text = f"the group {quoted(text)} is not there yet, and the section groups, which creates it, is left out"
            problems.append(Problem(place, text))
            return None
        return target

    def _at(self, path: Path, text: str, place: Place, problems: list[Problem]) -> Target | None:
        listed = self._by_path.get(path, [])
        bound = {target.guid for target in self.targets.values()}
        found = listed or [Target(self.index.label(guid), guid) for guid in self.index.at(path) if guid not in bound]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(quoted(target.label) for target in found[:MOST_CANDIDATES])
            problems.append(Problem(place, f"{len(found)} groups are at {quoted(text)}: give one of {names}"))
        else:
            near = [self.index.label(guid) for guid in self.index.named(path[-1])]
            advice = f"; of its name there are: {', '.join(map(quoted, near[:MOST_CANDIDATES]))}" if near else ""
            problems.append(
                Problem(place, f"the group {quoted(text)} is neither in the tree nor in the tenant{advice}")
            )
        return None


def bind_groups(
    entries: Sequence[GroupEntry], index: GroupIndex, found: Differences, *, creates: bool = True
) -> GroupBinding:
    """Find the group of each entry: by GUID, else at its path. What is at no path is created.

    A group is taken for a moved one only where the tree gives its GUID, for names are not unique, or where an earlier
    run left it half made.
    """
    binding = GroupBinding(index, creates)
    claimed = {entry.id for entry in entries if entry.id in index.by_guid}
    for entry in entries:
        if entry.id in index.by_guid:
            binding.add(entry, entry.id)
            continue
        free = [guid for guid in index.at(entry.path) if guid not in claimed]
        if len(free) > 1:
            names = ", ".join(quoted(index.label(guid)) for guid in free[:MOST_CANDIDATES])
            found.problems.append(Problem(entry.place, f"{len(free)} groups are at this path: name one of {names}"))
            continue
        if entry.id:
            text = "the tenant has no group with the GUID of the tree; the path decides. Export again, or correct it"
            found.notes.append(Finding("groups", entry.key, text, entry.place))
        free = free or _half_made(entry, index, claimed)
        claimed.update(free)
        binding.add(entry, free[0] if free else None)
    return binding


def _half_made(entry: GroupEntry, index: GroupIndex, claimed: Collection[str | None]) -> list[str]:
    """Return the group of a run that ended after it was created and before it was moved below its parent.

    It stands at the top, where the API creates groups, has the name and description of the entry, and nothing below it.
    """
    if len(entry.path) == 1:
        return []
    description = entry.path[-1] if entry.description is None else entry.description
    parents = {group.parent for group in index.by_guid.values()}
    found = [
        guid
        for guid in index.at(entry.path[-1:])
        if index.by_guid[guid].by_api
        and index.by_guid[guid].description == description
        and guid not in parents
        and guid not in claimed
    ]
    return found if len(found) == 1 else []


def compare_groups(
    entries: Sequence[GroupEntry],
    binding: GroupBinding,
    policies: Mapping[str, Mapping[str, str]],
    wanted: Mapping[str, Mapping[str, str]],
    names: Mapping[str, str],
    found: Differences,
) -> None:
    """Add what has to change: creations and moves from the top down, then policies.

    `policies` has the policy GUIDs of each existing group by product, `wanted` those that the tree asks for by key,
    `names` the names of policies by GUID.
    """
    index, created, moved, set_policies = binding.index, [], [], []
    for entry in sorted(entries, key=lambda one: (len(one.path), one.key)):
        target = binding.targets.get(entry.key)
        if target is None:
            continue
        parent = _parent(entry, binding, found.problems)
        if target.guid is None:
            created.append(_creation(entry, target, parent, wanted.get(entry.key, {}), found))
            continue
        group = index.by_guid[target.guid]
        _fixed(entry, group, index, found)
        if (parent.guid if parent else None) != group.parent or (parent and parent.guid is None):
            after: Fragment = {"groups": {join_path((*entry.path[:-1], group.name)): {}}}
            before: Fragment = {"groups": {index.label(group.guid): {}}}
            subject = (target, parent, len(entry.path) - 1)
            moved.append(Change("groups", entry.key, "move", before, after, subject, entry.place))
        here = policies.get(group.guid, {})
        differing = {p: guid for p, guid in wanted.get(entry.key, {}).items() if here.get(p) != guid}
        if differing:
            set_policies.append(_policies(entry, target, here, differing, names))
    found.changes += [*created, *moved, *set_policies]


def _parent(entry: GroupEntry, binding: GroupBinding, problems: list[Problem]) -> Target | None:
    above = entry.path[:-1]
    return binding.find(join_path(above), entry.place, problems) if above else None


def _creation(
    entry: GroupEntry, target: Target, parent: Target | None, wanted: Mapping[str, str], found: Differences
) -> Change:
    unlisted = found.unlisted.get("groups", ())
    namesakes = [label for label in unlisted if split_path(parse_reference(label).name)[-1] == entry.path[-1]]
    if namesakes:
        text = f"a group of this name is at {quoted(namesakes[0])}: if it is the same one, give its GUID as guid"
        found.notes.append(Finding("groups", entry.key, text, entry.place))
    after: dict[str, Any] = {"description": entry.path[-1] if entry.description is None else entry.description}
    if entry.policies:
        after["policies"] = {product: policy.text for product, policy in entry.policies.items()}
    writes = 1 + bool(parent) + bool(wanted)
    subject = (target, entry, parent, wanted)
    return Change("groups", entry.key, "create", {}, {"groups": {entry.key: after}}, subject, entry.place, writes)


def _fixed(entry: GroupEntry, group: TenantGroup, index: GroupIndex, found: Differences) -> None:
    """Say what differs and cannot be changed: v1 changes neither the name nor the description (api-contract 10)."""
    if group.name != entry.path[-1]:
        text = (
            f"the tenant calls this group {quoted(index.label(group.guid))}, and the API cannot rename it: rename it"
            " in the console, or write its new name here"
        )
        found.cannot.append(Finding("groups", entry.key, text, entry.place))
    if entry.description not in (None, group.description):
        text = (
            f"the description is {quoted(group.description)} in the tenant and {quoted(entry.description)} in the tree;"
            " the API cannot change it"
        )
        found.cannot.append(Finding("groups", entry.key, text, entry.place))


def _policies(
    entry: GroupEntry, target: Target, here: Mapping[str, str], wanted: Mapping[str, str], names: Mapping[str, str]
) -> Change:
    before = {product: names.get(here[product], here[product]) if product in here else "none" for product in wanted}
    after = {product: entry.policies[product].text for product in wanted}
    return Change(
        "groups",
        entry.key,
        "set_policies",
        {"groups": {entry.key: {"policies": before}}},
        {"groups": {entry.key: {"policies": after}}},
        (target, wanted),
        entry.place,
    )


def unlisted_groups(binding: GroupBinding) -> list[str]:
    """Return the GUIDs of the groups that no entry means, children before their parents."""
    bound = {target.guid for target in binding.targets.values()}
    left = [guid for guid in binding.index.by_guid if guid not in bound]
    return sorted(left, key=lambda guid: (-len(binding.index.path(guid)), binding.index.label(guid)))


def remove_groups(
    binding: GroupBinding, guids: Collection[str], members: Mapping[str, int], place: Place, found: Differences
) -> None:
    """Plan to delete groups. `members` are the computers that each would still have.

    A group that is created where one is deleted looks like one that was renamed or moved: that is refused.
    """
    index = binding.index
    for guid in guids:
        label, group = index.label(guid), index.by_guid[guid]
        twins = [
            entry
            for entry in binding.created
            if entry.path[-1] == group.name or entry.path[:-1] == index.path(guid)[:-1]
        ]
        if twins:
            text = (
                f"{quoted(label)} would be deleted and {quoted(twins[0].key)} created, which looks like a rename or a"
                " move. If it is the same group, give its GUID as guid; the API cannot rename it. If not, apply once"
                " without exclusive for groups"
            )
            found.problems.append(Problem(twins[0].place, text))
        elif members.get(guid):
            text = f"{quoted(label)} would be deleted, but it has {members[guid]} computers that the tree puts nowhere"
            found.problems.append(Problem(place, text))
        else:
            found.changes.append(Change("groups", label, "remove", {"groups": {label: {}}}, {}, guid))
