# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between a tree and a tenant, in the words of the tree. Pure; private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .documents import Place, Problem
from .writing import yaml_text

Fragment = Mapping[str, Any]
"""A part of a tree: nested mappings down to a scalar or a list."""

SHOWN = 200  # members of a list in a diff


class Change(NamedTuple):
    """One thing that apply changes. `subject` is what that takes; `writes` the requests.

    `before` and `after` are the part of the tree that describes it, with only what differs.
    """

    section: str
    item: str
    action: str
    before: Fragment
    after: Fragment
    subject: Any
    place: Place | None = None
    writes: int = 1


class Finding(NamedTuple):
    """Something that apply leaves as it is: `text` says what and why."""

    section: str
    item: str
    text: str
    place: Place | None = None

    def as_record(self) -> dict[str, Any]:
        return {
            "section": self.section,
            "item": self.item,
            "detail": self.text,
            "place": str(self.place._replace(key="")) if self.place else None,
        }


@dataclass
class Differences:
    """All that differs. `problems` forbid to apply anything; `cannot` is drift that the API cannot change.

    `unlisted` is what is in the tenant and not in the tree, by section.
    """

    changes: list[Change] = field(default_factory=list)
    cannot: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unlisted: dict[str, list[str]] = field(default_factory=dict)


def merged(fragments: Iterable[Fragment]) -> dict[str, Any]:
    """Return one tree of many fragments; lists are joined."""
    whole: dict[str, Any] = {}
    for fragment in fragments:
        _merge(whole, fragment)
    return whole


def _merge(into: dict[str, Any], fragment: Fragment) -> None:
    for key, value in fragment.items():
        if isinstance(value, Mapping):
            inner = into.setdefault(key, {})
            if isinstance(inner, dict):
                _merge(inner, value)
        elif isinstance(value, list):
            into[key] = [*into.get(key, []), *value]
        else:
            into[key] = value


def diff_text(tree: Fragment) -> str:
    """Return one side of a diff: YAML in the form of the tree, long lists cut."""
    return yaml_text(_cut(tree)) if tree else ""


def _cut(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _cut(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) > SHOWN:
        return [*value[:SHOWN], f"and {len(value) - SHOWN} more"]
    return value
