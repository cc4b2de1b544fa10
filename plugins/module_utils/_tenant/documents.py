# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load YAML so that every value knows its file and line. This file is private to the collection."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .._common.text import printable, quoted

try:
    import yaml

    YAML_IMPORT_ERROR = None
except ImportError:
    YAML_IMPORT_ERROR = traceback.format_exc()

LARGEST_FILE = 64 * 1024 * 1024
MOST_VALUES = 2_000_000  # of one file, counting what aliases repeat
DEEPEST = 20
INCOMPLETE = ".tenant_export.incomplete"

_TAG = "tag:yaml.org,2002:"
_KINDS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "null": "null", "timestamp": "date"}


class Place(NamedTuple):
    """Where something stands: the file as the user named it, the line, the keys down to it."""

    file: str
    line: int
    key: str = ""

    def __str__(self) -> str:
        return f"{printable(self.file, 200)}:{self.line}" + (f": {printable(self.key, 200)}" if self.key else "")


class Problem(NamedTuple):
    """One mistake of a tree. It prints as one line: `groups.yml:12: groups.Kiosk.policies: what is wrong`."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


class Node(NamedTuple):
    """A value with its place. `kind` is the word of JSON Schema, or `date`, or `tagged` for one with a tag.

    `value` is a list of nodes, a dictionary of nodes by key, or the text of a scalar as it is written.
    """

    kind: str
    value: Any
    place: Place


class Documents(NamedTuple):
    """The files of a tree. `roots` are the documents that are not empty."""

    roots: Sequence[Node]
    problems: Sequence[Problem]


def load_documents(src: str) -> Documents:
    """Load a file, or every *.yml and *.yaml of a folder and the folders below it. Dot files are left out."""
    roots: list[Node] = []
    problems: list[Problem] = []
    for path, name in _files(src, problems):
        loader = _Loader(name)
        root = loader.load(path)
        problems += loader.problems
        if root is not None:
            roots.append(root)
    return Documents(roots, problems)


def _files(src: str, problems: list[Problem]) -> list[tuple[str, str]]:
    """Return the path of each file with the name that messages use, in a stable order."""
    if not os.path.isdir(src):
        return [(src, os.path.basename(src))]
    if os.path.exists(os.path.join(src, INCOMPLETE)):
        problems.append(
            Problem(Place(INCOMPLETE, 1), "an export into this folder was interrupted; run tenant_export again")
        )
        return []
    found = []
    for folder, folders, files in os.walk(src):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.endswith((".yml", ".yaml")) and not name.startswith("."):
                path = os.path.join(folder, name)
                found.append((path, os.path.relpath(path, src)))
    if not found:
        problems.append(Problem(Place(src, 1), "the folder has no *.yml file"))
    return found


def read_text(path: str) -> str:
    """Return the text of a file of the tree. Raises ValueError, whose text goes on after the name of the file."""
    try:
        if os.path.getsize(path) > LARGEST_FILE:
            raise ValueError(f"is larger than {LARGEST_FILE // 1024 // 1024} MiB")
        with open(path, encoding="utf-8-sig") as source:
            return source.read()
    except UnicodeDecodeError as error:
        raise ValueError(f"is not text in UTF-8 (byte {error.start})") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None


class _Loader:
    """Loads one file."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._values = 0
        self.problems: list[Problem] = []

    def load(self, path: str) -> Node | None:
        """Return the document; None if the file is empty or cannot be read."""
        try:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(read_text(path))
            try:
                root = loader.get_single_node()
            finally:
                loader.dispose()
        except ValueError as error:
            self._fail(1, f"the file {error}")
        except RecursionError:
            self._fail(1, "the values are nested too deeply")
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            text = printable(getattr(error, "problem", None) or "the text is not YAML")
            self._fail(mark.line + 1 if mark else 1, f"invalid YAML: {text}")
        else:
            return None if root is None else self._node(root, root.start_mark.line + 1, "", 0)
        return None

    def _fail(self, line: int, text: str, key: str = "") -> None:
        self.problems.append(Problem(Place(self._name, line, key), text))

    def _node(self, given: Any, line: int, key: str, depth: int) -> Node:
        place = Place(self._name, line, key)
        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:
            if self._values <= MOST_VALUES + 1:
                self._fail(line, "the values are nested too deeply" if depth > DEEPEST else "too many values", key)
            self._values = MOST_VALUES + 1
            return Node("null", "", place)
        if not isinstance(given, yaml.ScalarNode) and given.tag not in (_TAG + "map", _TAG + "seq"):
            return Node("tagged", given.tag, place)
        if isinstance(given, yaml.ScalarNode):
            kind = _KINDS.get(given.tag.removeprefix(_TAG), "tagged")
            return Node(kind, given.value if kind != "tagged" else given.tag, place)
        if isinstance(given, yaml.SequenceNode):
            items = [
                self._node(item, item.start_mark.line + 1, f"{key}[{number}]", depth + 1)
                for number, item in enumerate(given.value)
            ]
            return Node("array", items, place)
        return Node("object", dict(self._pairs(given, key, depth)), place)

    def _pairs(self, given: Any, key: str, depth: int) -> Iterator[tuple[str, Node]]:
        lines: dict[str, int] = {}
        for name_node, value in given.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode) or name_node.tag != _TAG + "str":
                shown = quoted(name_node.value) if isinstance(name_node, yaml.ScalarNode) else "a list or mapping"
                self._fail(line, f"the key {shown} is not text to YAML; put it in quotes", key)
                continue
            name = name_node.value
            if name in lines:
                self._fail(line, f"the key {quoted(name)} stands here twice, first in line {lines[name]}", key)
                continue
            lines[name] = line
            yield name, self._node(value, line, f"{key}.{name}" if key else name, depth + 1)
