# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare a tree with a tenant, section by section, reading no more than that takes.

This file is private to the collection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ..._api.errors import Refused
from ..._common.text import quoted
from ..._tenant.changes import Change, Differences, Finding
from ..._tenant.computers import compare_computers
from ..._tenant.documents import Place, Problem
from ..._tenant.groups import GroupBinding, bind_groups, compare_groups, remove_groups, unlisted_groups
from ..._tenant.references import parse_reference
from ..._tenant.schema import SECTIONS
from ..._tenant.tree import FileListEntry, GroupEntry, Tree
from .._shared.names import Named, Names
from ..file_list.read import ALLOWED, Entry, FileList
from ..file_list.reconcile import ADD, REDESCRIBE, REMOVE
from ..file_list.reconcile import plan as plan_entries
from .policies import compare_policies
from .read import TenantReading
from .streams import compare_streams

REMOVALS = {"remove", "remove_entry", "remove_stream"}


@dataclass(frozen=True)
class Wish:
    """What the task asks for beside the tree."""

    sections: Collection[str]
    exclusive: Collection[str] = ()
    max_removals: int = 20
    allow_empty: bool = False
    update_descriptions: bool = False
    read_policies: str = "changed"
    src: str = ""

    @property
    def place(self) -> Place:
        return Place(self.src, 1)


@dataclass
class Comparison:
    """Compares the sections that are asked for, in the order in which they are applied."""

    tree: Tree
    reading: TenantReading
    wish: Wish
    found: Differences = field(default_factory=Differences)
    binding: GroupBinding = field(init=False)

    def run(self) -> Differences:
        """Return what differs. Problems of all sections are found, not only those of the first."""
        self._check_exclusive()
        sections = [section for section in self.tree.sections if section in self.wish.sections]
        if {"groups", "computers", "event_streams"}.intersection(sections):
            self._groups("groups" in sections)
        if "file_lists" in sections:
            self._file_lists()
        if "event_streams" in sections:
            exclusive = "event_streams" in self.wish.exclusive
            compare_streams(self.tree.event_streams, self.reading, self.binding, self.found, exclusive=exclusive)
        if "policies" in sections:
            read_all = self.wish.read_policies == "always"
            compare_policies(self.tree.policies, self.reading, self.found, read_all=read_all)
        turned_out = self._computers() if "computers" in sections else 0
        if "groups" in sections and "groups" in self.wish.exclusive:
            self._remove_groups()
        self._check_removals(turned_out)
        self.found.changes.sort(key=lambda change: SECTIONS.index(change.section))
        return self.found

    def _check_exclusive(self) -> None:
        for section in self.wish.exclusive:
            if section not in self.wish.sections:
                continue
            if section not in self.tree.sections:
                self._problem(f"exclusive names {section}, and the tree has no such section")
            elif not getattr(self.tree, section) and not self.wish.allow_empty:
                self._problem(
                    f"exclusive with an empty section {section} would remove all that the tenant has there; if that is"
                    " meant, set allow_empty"
                )

    def _check_removals(self, turned_out: int) -> None:
        removals = Counter(change.section for change in self.found.changes if change.action in REMOVALS)
        removals["computers"] += turned_out
        for section, number in sorted(removals.items()):
            if number > self.wish.max_removals:
                self._problem(
                    f"{number} removals in {section}, more than max_removals ({self.wish.max_removals}) allows. Check"
                    f" whether the tree is complete; if it is, set max_removals to at least {number}"
                )

    def _problem(self, text: str) -> None:
        self.found.problems.append(Problem(self.wish.place, text))

    def _groups(self, compared: bool) -> None:
        entries = self.tree.groups if "groups" in self.tree.sections else []
        self.binding = bind_groups(entries, self.reading.groups, self.found, creates=compared)
        self._unlisted = unlisted_groups(self.binding)
        if not compared:
            return
        self.found.unlisted["groups"] = sorted(self.reading.groups.label(guid) for guid in self._unlisted)
        wanted = self._wanted_policies(entries)
        asked = {guid: products.keys() for key, products in wanted.items() if (guid := self._guid_of(key))}
        held = self.reading.policies_of(asked) if asked else {}
        names = {policy.guid: policy.name for policy in self.reading.policies} if wanted else {}
        compare_groups(entries, self.binding, held, wanted, names, self.found)

    def _guid_of(self, key: str) -> str | None:
        target = self.binding.targets.get(key)
        return target.guid if target else None

    def _wanted_policies(self, entries: Iterable[GroupEntry]) -> dict[str, dict[str, str]]:
        """Return the GUIDs of the policies that the tree names, by the key of the group and the product."""
        wanted: dict[str, dict[str, str]] = {}
        for entry in entries:
            for product, policy in entry.policies.items():
                known = [Named(one.guid, one.name) for one in self.reading.policies if one.product == product]
                found = self._lookup(Names(f"{product} policies", known), policy.text, policy.place)
                if found:
                    wanted.setdefault(entry.key, {})[product] = found.id
        return wanted

    def _lookup(self, names: Names, text: str, place: Place) -> Named | None:
        """Return what an id, a name or `name [id]` stands for; add a problem where that is nothing or several."""
        reference = parse_reference(text)
        try:
            return names.resolve([reference.id or reference.name])[reference.id or reference.name]
        except Refused as error:
            self.found.problems.append(Problem(place, str(error).removesuffix(". Nothing was changed.")))
            return None

    def _file_lists(self) -> None:
        listed: set[str] = set()
        for entry in self.tree.file_lists:
            file_list = self._file_list(entry)
            if file_list is None:
                continue
            if file_list.guid in listed:
                text = f"{quoted(entry.key)} is a file list that the tree has already"
                self.found.problems.append(Problem(entry.place, text))
                continue
            listed.add(file_list.guid)
            self._entries(entry, file_list)
        names = Counter(one.name for one in self.reading.known_lists)
        self.found.unlisted.setdefault("file_lists", [])
        self.found.unlisted["file_lists"] += sorted(
            list_label(one, names) for one in self.reading.known_lists if one.guid not in listed
        )

    def _file_list(self, entry: FileListEntry) -> FileList | None:
        """Return the list that is meant. A missing one is drift that the API cannot change (api-contract 9)."""
        reference = parse_reference(entry.key)

        def fitting(lists: Sequence[FileList]) -> list[FileList]:
            return [
                one
                for one in lists
                if entry.type in (None, one.type) and reference.id in (None, one.guid) and one.name == reference.name
            ]

        found = fitting(self.reading.file_lists) if entry.type != ALLOWED else []
        if not found and entry.type in (None, ALLOWED):
            # The groups' own policies have shown most of these lists already; reading every policy shows all.
            found = fitting(self.reading.met_lists) or fitting(self.reading.allowed_lists)
        if len(found) > 1:
            names = Counter(one.name for one in found)
            ids = ", ".join(quoted(list_label(one, names)) for one in found)
            text = f"{len(found)} file lists are named {quoted(entry.key)}: give the type, or one of {ids}"
            self.found.problems.append(Problem(entry.place, text))
        elif not found:
            text = "the tenant has no such file list, and the API cannot create one: create it in the console"
            self.found.cannot.append(Finding("file_lists", entry.key, text, entry.place))
        return found[0] if len(found) == 1 else None

    def _entries(self, entry: FileListEntry, file_list: FileList) -> None:
        contents = self.reading.contents(file_list)
        todo = plan_entries(
            [Entry(one.sha256, one.description) for one in entry.entries.values()],
            contents.entries,
            state="present",
            exclusive="file_lists" in self.wish.exclusive,
            update_description=self.wish.update_descriptions,
        )
        for step in todo.steps:
            given = entry.entries.get(step.entry.sha256)
            before = contents.entries.get(step.entry.sha256)
            self.found.changes.append(
                Change(
                    "file_lists",
                    f"{entry.key}: {step.entry.sha256}",
                    {ADD: "add_entry", REDESCRIBE: "redescribe_entry", REMOVE: "remove_entry"}[step.what],
                    _entry_fragment(entry.key, before),
                    _entry_fragment(entry.key, step.entry if step.what != REMOVE else None),
                    (file_list, step.entry),
                    given.place if given else None,
                    2 if step.what == REDESCRIBE else 1,
                )
            )
        for settled in todo.settled:
            if settled.outcome == "description_differs":
                text = (
                    "the description differs; update_descriptions changes it by removing the entry and adding it again"
                )
                item = f"{entry.key}: {settled.item}"
                self.found.cannot.append(Finding("file_lists", item, text, entry.entries[settled.item].place))
        if "file_lists" not in self.wish.exclusive:
            others = sorted(sha256 for sha256 in contents.entries if sha256 not in entry.entries)
            self.found.unlisted.setdefault("file_lists", []).extend(f"{entry.key}: {sha256}" for sha256 in others)

    def _computers(self) -> int:
        return compare_computers(self.tree.computers, self.reading.computers, self.binding, self.found)

    def _remove_groups(self) -> None:
        """Plan to delete the groups that nothing in the tree names, with what is below them."""
        doomed = [guid for guid in self._unlisted if guid not in self._kept()]
        self.found.unlisted["groups"] = []
        if not doomed:
            return
        moved = {change.subject[0].guid for change in self.found.changes if change.action == "move_computer"}
        members = Counter(one.group for one in self.reading.computers.by_guid.values() if one.guid not in moved)
        remove_groups(self.binding, doomed, members, self.wish.place, self.found)

    def _kept(self) -> set[str]:
        """Return the groups that the tree speaks of, also in sections that are left out, and those above them."""
        named = [(entry.key, entry.place) for entry in self.tree.computers]
        named += [(entry.others_to, entry.place) for entry in self.tree.computers if entry.others_to]
        named += [name for entry in self.tree.event_streams for name in entry.groups or ()]
        for text, place in named:
            self.binding.find(text, place, [])
        kept: set[str] = set()
        for guid in self.binding.referenced.intersection(self._unlisted):
            here: str | None = guid
            while here is not None and here not in kept:
                kept.add(here)
                here = self.reading.groups.by_guid[here].parent
        return kept


def list_label(file_list: FileList, names: Counter[str]) -> str:
    """Return how a tree names the list: its name, with the GUID where several lists have it."""
    plain = names[file_list.name] == 1 and parse_reference(file_list.name).id is None
    return file_list.name if plain else f"{file_list.name} [{file_list.guid}]"


def _entry_fragment(key: str, entry: Entry | None) -> dict[str, object]:
    if entry is None:
        return {}
    shown = {"sha256": entry.sha256, "description": entry.description} if entry.description else entry.sha256
    return {"file_lists": {key: {"entries": [shown]}}}
