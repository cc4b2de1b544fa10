# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare in which group each computer shall be with where it is. Pure; private to the collection."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from typing import NamedTuple

from .._common.ids import is_guid
from .._common.text import quoted
from .changes import Change, Differences, Finding
from .documents import Place, Problem
from .groups import GroupBinding, Target
from .references import Reference, parse_reference
from .tree import MembershipEntry, Named

MOST_CANDIDATES = 10


class TenantComputer(NamedTuple):
    """A computer of the tenant."""

    guid: str
    hostname: str
    group: str


class _Claim(NamedTuple):
    """What says that a computer belongs to a group. A pattern gives way to a GUID or name."""

    target: Target
    member: Named
    is_pattern: bool


class ComputerIndex:
    """The computers of a tenant by GUID and host name."""

    def __init__(self, computers: Iterable[TenantComputer]) -> None:
        self.by_guid = {computer.guid: computer for computer in computers}
        self._by_name: dict[str, list[TenantComputer]] = defaultdict(list)
        for computer in self.by_guid.values():
            self._by_name[computer.hostname.casefold()].append(computer)

    def named(self, name: str) -> Sequence[TenantComputer]:
        return self._by_name.get(name.casefold(), [])

    def label(self, computer: TenantComputer) -> str:
        """Return how a tree names the computer: its host name, with the GUID where that is not enough."""
        name = computer.hostname
        if not name.strip():
            return computer.guid
        plain = len(self.named(name)) == 1 and not (is_guid(name) or is_pattern(name) or parse_reference(name).id)
        return name if plain else str(Reference(name, computer.guid))


def is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def compare_computers(
    entries: Sequence[MembershipEntry], index: ComputerIndex, binding: GroupBinding, found: Differences
) -> int:
    """Add the moves, and return how many of them take a computer out of a group that is said to have no others."""
    claims: dict[str, _Claim] = {}
    exact: list[tuple[MembershipEntry, Target]] = []
    for entry in entries:
        target = binding.find(entry.key, entry.place, found.problems)
        if target is None:
            continue
        if entry.exactly:
            exact.append((entry, target))
        for member in entry.members:
            for computer in _members(member, index, found):
                _claim(claims, computer, _Claim(target, member, is_pattern(member.text)), index, found.problems)
    for guid, claim in claims.items():
        computer = index.by_guid[guid]
        if claim.target.guid != computer.group:
            found.changes.append(_move(computer, index, binding, claim.target, claim.member.place))
    removals = sum(_turn_out(entry, target, claims, index, binding, found) for entry, target in exact)
    unclaimed = [computer for guid, computer in index.by_guid.items() if guid not in claims]
    found.unlisted["computers"] = sorted(
        f"{binding.index.label(computer.group)}: {index.label(computer)}" for computer in unclaimed
    )
    return removals


def _members(member: Named, index: ComputerIndex, found: Differences) -> Sequence[TenantComputer]:
    name = parse_reference(member.text)
    guid = name.id or (member.text.lower() if is_guid(member.text) else None)
    if guid in index.by_guid:
        return [index.by_guid[str(guid)]]
    if not name.id and is_pattern(member.text):
        matches = re.compile(translate(member.text.casefold().replace("[", "[[]"))).match
        return [computer for computer in index.by_guid.values() if matches(computer.hostname.casefold())]
    named = [] if name.id else index.named(member.text)
    if len(named) > 1:
        ids = ", ".join(quoted(index.label(computer)) for computer in named[:MOST_CANDIDATES])
        text = f"{len(named)} computers are named {quoted(member.text)}: give one of {ids}"
        found.problems.append(Problem(member.place, text))
        return []
    if not named:
        text = "the tenant has no such computer: it was removed, or has not reported yet"
        found.cannot.append(Finding("computers", member.text, text, member.place))
    return named


def _claim(
    claims: dict[str, _Claim], computer: TenantComputer, claim: _Claim, index: ComputerIndex, problems: list[Problem]
) -> None:
    before = claims.get(computer.guid)
    if before is None or (before.is_pattern and not claim.is_pattern):
        claims[computer.guid] = claim
    elif before.is_pattern == claim.is_pattern and before.target.label != claim.target.label:
        text = (
            f"the computer {quoted(index.label(computer))} is claimed by {quoted(claim.member.text)} and by"
            f" {quoted(before.member.text)} of {quoted(before.target.label)} in {before.member.place._replace(key='')}"
        )
        problems.append(Problem(claim.member.place, text))


def _turn_out(
    entry: MembershipEntry,
    target: Target,
    claims: Mapping[str, _Claim],
    index: ComputerIndex,
    binding: GroupBinding,
    found: Differences,
) -> int:
    """Move the other computers of a group to where the tree says; say so where it does not."""
    others = [one for one in index.by_guid.values() if one.group == target.guid and one.guid not in claims]
    if not others:
        return 0
    refuge = None
    if entry.others_to is not None:
        refuge = binding.find(entry.others_to, entry.place, found.problems)
        if refuge is None:
            return 0
    if refuge is None or refuge.guid == target.guid:
        text = "it is in the group {}, which shall have no others; say with others_to, or another group, where it goes"
        for computer in others:
            detail = text.format(quoted(target.label))
            found.cannot.append(Finding("computers", index.label(computer), detail, entry.place))
        return 0
    found.changes += [_move(computer, index, binding, refuge, entry.place) for computer in others]
    return len(others)


def _move(
    computer: TenantComputer, index: ComputerIndex, binding: GroupBinding, target: Target, place: Place
) -> Change:
    label = index.label(computer)
    return Change(
        "computers",
        label,
        "move_computer",
        {"computers": {binding.index.label(computer.group): [label]}},
        {"computers": {target.label: [label]}},
        (computer, target),
        place,
    )
