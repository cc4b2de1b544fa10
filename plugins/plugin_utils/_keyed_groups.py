# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`keyed_groups` whose key is a plain path such as `secure_endpoint.policy.name`, without Jinja for each host.

What Ansible makes of such an entry depends on the value at the path alone. So the first host of each value goes
Ansible's way, with every rule about prefixes, defaults and parents; later hosts of the same value join the same groups.
Any other entry, and any value of an unusual type, goes Ansible's way for each host. This file is private to the
collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SCALARS = (str, int, float, bool, type(None))
NAME = r"(?!_)[a-zA-Z0-9_]+"

Key = tuple[object, ...]
ByAnsible = Callable[[Any], Sequence[str]]
"""Add the host to the groups of one entry as Ansible does; return the names of these groups."""


class KeyedGroups:
    """The entries of one inventory file. `variable` is the host variable that holds its record."""

    def __init__(self, entries: Sequence[Any], variable: str) -> None:
        self._entries = [(entry, path_of(entry, variable)) for entry in entries]
        self._groups: list[dict[Key, Sequence[str]]] = [{} for _entry in entries]

    def add(self, record: Mapping[str, Any], join: Callable[[str], object], by_ansible: ByAnsible) -> None:
        """Add the host of `record` to its groups: `join` takes the name of a group that there is."""
        for (entry, path), known in zip(self._entries, self._groups, strict=True):
            key = key_at(record, path) if path else None
            groups = None if key is None else known.get(key)
            if groups is None:
                groups = by_ansible(entry)
                if key is not None:
                    known[key] = groups
            else:
                for group in groups:
                    join(group)


def path_of(entry: Any, variable: str) -> tuple[str, ...] | None:
    """Return the names below `variable` that the key of an entry consists of; None where it takes more than that.

    A name that a dictionary has a method of is that method for Jinja, and a parent may be a template of the host.
    """
    if not isinstance(entry, dict):
        return None
    key, parent = entry.get("key"), entry.get("parent_group") or ""
    if not isinstance(key, str) or not re.fullmatch(rf"{variable}(\.{NAME})+", key, re.ASCII):
        return None
    path = tuple(str(name) for name in key.split(".")[1:])
    plain = not any(hasattr(dict, name) or name[0].isdigit() for name in path)
    return path if plain and isinstance(parent, str) and "{" not in parent else None


def key_at(record: Any, path: Sequence[str]) -> Key | None:
    """Return what stands for the value at a path, the same for equal values of the same type; None for unusual types.

    () stands for a value that there is not.
    """
    for name in path:
        if record is None:
            return ()
        if record.__class__ is not dict:
            return None
        if name not in record:
            return ()
        record = record[name]
    if type(record) in SCALARS:
        return type(record), record
    if record.__class__ is list and all(type(item) in SCALARS for item in record):
        return list, *((type(item), item) for item in record)
    return None
