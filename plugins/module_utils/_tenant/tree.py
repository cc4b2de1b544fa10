# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of a tenant as values, with every mistake found before anything is asked of the cloud.

This file is private to the collection.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._common.ids import is_sha256
from .._common.text import quoted
from .documents import Node, Place, Problem, load_documents, read_text
from .references import Path, Reference, parse_reference, split_path
from .schema import SECTIONS
from .secrets import find_secrets
from .validation import check


class Named(NamedTuple):
    """A name of another thing, with its place."""

    text: str
    place: Place


class GroupEntry(NamedTuple):
    """One group. `path` is the whole path; `id` its GUID where the tree gives one."""

    key: str
    path: Path
    id: str | None
    description: str | None
    policies: Mapping[str, Named]
    place: Place


class HashEntry(NamedTuple):
    """One SHA-256 of a list, in lower case."""

    sha256: str
    description: str | None
    place: Place


class FileListEntry(NamedTuple):
    """One list and the entries that it shall have."""

    key: str
    type: str | None
    entries: Mapping[str, HashEntry]
    place: Place


class MembershipEntry(NamedTuple):
    """The computers of one group, by GUID, host name or pattern. `exactly`: no others; they move to `others_to`."""

    key: str
    exactly: bool
    members: tuple[Named, ...]
    others_to: str | None
    place: Place


class StreamEntry(NamedTuple):
    """One event stream; None leaves a thing as it is."""

    key: str
    event_types: tuple[Named, ...] | None
    groups: tuple[Named, ...] | None
    credentials_path: str | None
    place: Place


class PolicyEntry(NamedTuple):
    """The snapshot of one policy."""

    product: str
    key: str
    serial_number: int | None
    xml: str
    place: Place


@dataclass
class Tree:
    """The sections of a tree; one that the tree does not have is not in `sections`."""

    sections: set[str] = field(default_factory=set)
    groups: list[GroupEntry] = field(default_factory=list)
    file_lists: list[FileListEntry] = field(default_factory=list)
    computers: list[MembershipEntry] = field(default_factory=list)
    event_streams: list[StreamEntry] = field(default_factory=list)
    policies: list[PolicyEntry] = field(default_factory=list)


def load_tree(src: str, is_secret: Callable[[str], bool] = lambda _text: False) -> tuple[Tree, list[Problem]]:
    """Load a file or folder. Every mistake is among the problems, in the order of files and lines."""
    documents = load_documents(src)
    found = list(documents.problems)
    folder = src if os.path.isdir(src) else os.path.dirname(src)
    reader = _Reader(folder, is_secret)
    for root in documents.roots:
        secrets = list(find_secrets(root, is_secret))
        lines = {(problem.place.file, problem.place.line) for problem in secrets}
        found += secrets
        found += [problem for problem in check(root) if (problem.place.file, problem.place.line) not in lines]
        reader.read(root)
    refused = {problem.place for problem in found}
    found += [problem for problem in reader.problems if problem.place not in refused]
    return reader.tree, sorted(dict.fromkeys(found), key=lambda problem: (problem.place.file, problem.place.line))


class _Reader:
    """Makes the tree of the nodes. What the schema has refused is left out here without a word."""

    def __init__(self, folder: str, is_secret: Callable[[str], bool]) -> None:
        self.tree = Tree()
        self.problems: list[Problem] = []
        self._folder = folder
        self._is_secret = is_secret
        self._seen: dict[Any, Place] = {}

    def read(self, root: Node) -> None:
        for section in SECTIONS:
            node = _inner(root, section)
            if node is None:
                continue
            self.tree.sections.add(section)
            if section == "policies":
                named = [(product, *pair) for product, inner in _pairs(node) for pair in _pairs(inner)]
                for product, key, inner in named:
                    self._policy(product, key, inner)
                continue
            for key, inner in _pairs(node):
                if self._once((section, key), inner.place, f"{quoted(key)} stands in this section twice"):
                    getattr(self, f"_{section}")(key, inner)

    def _groups(self, key: str, node: Node) -> None:
        path, name = self._path(key, node.place)
        guid = (_text(node, "guid") or name.id or "").lower() or None
        if guid and not self._once(("guid", guid), node.place, f"two groups have the GUID {guid}"):
            return
        policies = {product: Named(inner.value, inner.place) for product, inner in _pairs(_inner(node, "policies"))}
        self.tree.groups.append(GroupEntry(key, path, guid, _text(node, "description"), policies, node.place))

    def _file_lists(self, key: str, node: Node) -> None:
        entries: dict[str, HashEntry] = {}
        given = [*self._inline(node), *self._of_files(node)]
        for entry in given:
            before = entries.get(entry.sha256)
            if (
                before
                and None not in (before.description, entry.description)
                and before.description != entry.description
            ):
                self._fail(entry.place, f"{entry.sha256} has another description in {_line(before.place)}")
            elif before is None or before.description is None:
                entries[entry.sha256] = entry
        kind = _text(node, "type")
        for entry in entries.values():
            self._contradiction(entry, kind)
        self.tree.file_lists.append(FileListEntry(key, kind, entries, node.place))

    def _contradiction(self, entry: HashEntry, kind: str | None) -> None:
        """Refuse a file that one list blocks and another one allows, where the tree says of what type they are."""
        if kind is None:
            return
        allowed = kind == "allowed_applications"
        self._seen.setdefault(("allowed" if allowed else "blocked", entry.sha256), entry.place)
        other = self._seen.get(("blocked" if allowed else "allowed", entry.sha256))
        if other:
            self._fail(entry.place, f"{entry.sha256} is {'blocked' if allowed else 'allowed'} in {_line(other)}")

    def _inline(self, node: Node) -> Iterator[HashEntry]:
        for item in _items(_inner(node, "entries")):
            if item.kind == "string":
                sha256, description = item.value.lower(), None
            else:
                sha256, description = (_text(item, "sha256") or "").lower(), _text(item, "description")
            if is_sha256(sha256):
                yield HashEntry(sha256, description, item.place)

    def _of_files(self, node: Node) -> Iterator[HashEntry]:
        """Yield the entries of text files: a SHA-256 and, behind a blank, its description."""
        for item in _items(_inner(node, "files")):
            text = self._file(item)
            for number, line in enumerate((text or "").splitlines(), 1):
                place = Place(self._relative(item), number, node.place.key)
                sha256, _blank, description = line.strip().partition(" ")
                if not sha256 or sha256.startswith("#"):
                    continue
                if not is_sha256(sha256):
                    self._fail(place, f"{quoted(sha256)} is not a SHA-256 of 64 hexadecimal digits")
                elif self._is_secret(description):
                    self._fail(place, "the description holds a secret")
                else:
                    yield HashEntry(sha256.lower(), description.strip() or None, place)

    def _computers(self, key: str, node: Node) -> None:
        self._path(key, node.place)
        exactly, at_least = _inner(node, "exactly"), _inner(node, "at_least")
        if (exactly is None) == (at_least is None):
            self._fail(node.place, "give one of at_least and exactly")
            return
        others_to = _text(node, "others_to")
        if others_to is not None and exactly is None:
            self._fail(node.place, "others_to goes with exactly only")
        given = [Named(item.value, item.place) for item in _items(exactly or at_least) if item.kind == "string"]
        members = [
            one
            for one in given
            if self._once(
                ("computer", one.text.casefold()), one.place, f"{quoted(one.text)} is in two groups or twice in one"
            )
        ]
        self.tree.computers.append(MembershipEntry(key, exactly is not None, tuple(members), others_to, node.place))

    def _event_streams(self, key: str, node: Node) -> None:
        types, groups = _inner(node, "event_types"), _inner(node, "groups")
        for item in _items(groups):
            if item.kind == "string":
                self._path(item.value, item.place)
        path = os.path.expanduser(_text(node, "credentials_path") or "")
        if path and (not os.path.isabs(path) or self._is_within(path)):
            self._fail(node.place, "credentials_path holds a password: give an absolute path outside of the tree")
        self.tree.event_streams.append(
            StreamEntry(
                key,
                None if types is None else tuple(Named(item.value, item.place) for item in _items(types)),
                None if groups is None else tuple(Named(item.value, item.place) for item in _items(groups)),
                path or None,
                node.place,
            )
        )

    def _policy(self, product: str, key: str, node: Node) -> None:
        serial, xml = _inner(node, "serial_number"), _inner(node, "xml")
        text = None if xml is None else self._file(xml)
        if text is None or not self._once(("policy", product, key), node.place, "the policy stands here twice"):
            return
        number = int(serial.value) if serial and serial.kind == "integer" and serial.value.isdigit() else None
        self.tree.policies.append(PolicyEntry(product, key, number, text, node.place))

    def _path(self, text: str, place: Place) -> tuple[Path, Reference]:
        name = parse_reference(text)
        try:
            return split_path(name.name), name
        except ValueError as error:
            self._fail(place, f"{quoted(text)}: {error}")
            return (text,), name

    def _file(self, item: Node) -> str | None:
        """Return the text of a file that the tree names."""
        if item.kind != "string":
            return None
        path = os.path.join(self._folder, self._relative(item))
        try:
            if not self._is_within(path):  # messages repeat lines of it, and whoever proposes a change sees them
                raise ValueError("is outside of the tree")
            return read_text(path)
        except ValueError as error:
            self._fail(item.place, f"{quoted(item.value)} {error}")
            return None

    def _is_within(self, path: str) -> bool:
        root = os.path.realpath(self._folder)
        return os.path.commonpath([root, os.path.realpath(path)]) == root

    def _relative(self, item: Node) -> str:
        return os.path.join(os.path.dirname(item.place.file), item.value)

    def _once(self, identity: tuple[str, ...], place: Place, text: str) -> bool:
        """Say whether this is the first of its identity; a second one is a problem."""
        before = self._seen.setdefault(identity, place)
        if before is not place:
            self._fail(place, f"{text}, first in {_line(before)}")
        return before is place

    def _fail(self, place: Place, text: str) -> None:
        self.problems.append(Problem(place, text))


def _line(place: Place) -> str:
    return str(place._replace(key=""))


def _inner(node: Node | None, key: str) -> Node | None:
    if node is None or node.kind != "object":
        return None
    found: Node | None = node.value.get(key)
    return found


def _pairs(node: Node | None) -> Iterable[tuple[str, Node]]:
    return node.value.items() if node is not None and node.kind == "object" else ()


def _items(node: Node | None) -> Iterable[Node]:
    return node.value if node is not None and node.kind == "array" else ()


def _text(node: Node, key: str) -> str | None:
    inner = _inner(node, key)
    return inner.value if inner is not None and inner.kind == "string" else None
