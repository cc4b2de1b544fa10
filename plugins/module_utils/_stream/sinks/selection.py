# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records of the outbox a sink wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..store.store import Kind, Run

NEEDED_FIELDS = frozenset({"kind", "source", "key", "id", "revision", "event", "time", "first_time", "event_type_id"})
"""What tells a record from every other one: it cannot be excluded."""

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


class Selected(NamedTuple):
    """One record: its number in the outbox, its kind, its line with the newline."""

    number: int
    kind: Kind
    line: bytes


@dataclass(frozen=True)
class Selection:
    """Kinds, and filters that all must pass; an empty filter lets everything pass.

    Event types and groups concern events; severities concern whatever has one, informational events have none.
    `exclude_fields` are left out of what passes, wherever in a record they stand (R6a).
    """

    kinds: frozenset[Kind] = frozenset({"event"})
    event_types: frozenset[int] = frozenset()
    severities: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    exclude_fields: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Tell whether every record of the kinds passes as it is."""
        return not (self.event_types or self.severities or self.groups or self.exclude_fields)

    def lines(self, run: Run) -> bytes:
        """Return the wanted lines of a run."""
        if run.kind not in self.kinds:
            return b""
        if self.is_plain:
            return run.lines
        return b"".join(one.line for one in self.records(run))

    def records(self, run: Run) -> list[Selected]:
        """Return the wanted records of a run."""
        if run.kind not in self.kinds:
            return []
        numbered = enumerate(run.lines.splitlines(keepends=True), run.first)
        if self.is_plain:
            return [Selected(number, run.kind, line) for number, line in numbered]
        return [
            Selected(number, run.kind, self._reduced(line))
            for number, line in numbered
            if self._passes(run.kind, json.loads(line))
        ]

    def _reduced(self, line: bytes) -> bytes:
        """Leave the excluded fields out. The bytes are a pure function of the record (R12)."""
        if not self.exclude_fields:
            return line
        return _encode(_without(json.loads(line), self.exclude_fields)).encode() + b"\n"

    def _passes(self, kind: Kind, record: Mapping[str, Any]) -> bool:
        if kind == "event":
            event = record["event"]
            if self.event_types and event.get("event_type_id") not in self.event_types:
                return False
            if self.groups and not self.groups.intersection(_texts(event.get("group_guids"))):
                return False
            return not self.severities or event.get("severity") in self.severities
        return not self.severities or record.get("severity") in self.severities


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(one, names) for name, one in value.items() if name not in names}
    return [_without(one, names) for one in value] if isinstance(value, list) else value


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
