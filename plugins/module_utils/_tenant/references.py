# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names by which a tree speaks of things: paths of groups, names, and ids where a name is not enough.

What lives in `_tenant`: the YAML tree that describes a tenant (its schema, loading, checking, writing) and what is
compared with it. Pure but for reading the tree's own files; it imports `_common` only. `_resources/tenant` reads the
tenant and applies. This file is private to the collection.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

Path = tuple[str, ...]

_WITH_ID = re.compile(r"(.*\S) \[([0-9A-Fa-f-]{36}|[0-9]{1,19})\]", re.DOTALL)
_STEP = re.compile(r"(?:\\[\\/]|[^\\/])+", re.DOTALL)


class Reference(NamedTuple):
    """A name (of a group: its path) and, where it was given, the id that decides."""

    name: str
    id: str | None = None

    def __str__(self) -> str:
        return f"{self.name} [{self.id}]" if self.id else self.name


def parse_reference(text: str) -> Reference:
    """Parse `name [id]`. Without an id the whole text is the name."""
    found = _WITH_ID.fullmatch(text)
    return Reference(found[1], found[2].lower()) if found else Reference(text)


def split_path(text: str) -> Path:
    """Return the names of a path such as `Branch North/Kiosk`; `\\/` stands for a slash within a name.

    Raises ValueError for an empty name or a backslash before anything else.
    """
    steps = re.split(r"(?<!\\)((?:\\\\)*)/", text)
    names = [
        steps[number] + (steps[number + 1] if number + 1 < len(steps) else "") for number in range(0, len(steps), 2)
    ]
    if not all(_STEP.fullmatch(name) for name in names):
        raise ValueError("a path is names with / between them; write a slash of a name as \\/ and a backslash as \\\\")
    return tuple(re.sub(r"\\(.)", r"\1", name) for name in names)


def join_path(names: Sequence[str]) -> str:
    """Return the path of these names, the counterpart of `split_path`."""
    return "/".join(name.replace("\\", "\\\\").replace("/", "\\/") for name in names)
