# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records of the outbox a sink wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..store.store import Kind, Run


class Selected(NamedTuple):
    """One record: its number in the outbox, its kind, its line with the newline."""

    number: int
    kind: Kind
    line: bytes


@dataclass(frozen=True)
class Selection:
    """Kinds, and filters that all must pass; an empty filter lets everything pass.

    Event types and groups concern events; severities concern whatever has one, informational events have none.
    """

    kinds: frozenset[Kind] = frozenset({"event"})
    event_types: frozenset[int] = frozenset()
    severities: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Tell whether every record of the kinds passes."""
        return not (self.event_types or self.severities or self.groups)

    def lines(self, run: Run) -> bytes:
        """Return the wanted lines of a run."""
        if run.kind not in self.kinds:
            return b""
        if self.is_plain:
            return run.lines
        return b"".join(line for line in run.lines.splitlines(keepends=True) if self._passes(run.kind, line))

    def records(self, run: Run) -> list[Selected]:
        """Return the wanted records of a run."""
        if run.kind not in self.kinds:
            return []
        numbered = enumerate(run.lines.splitlines(keepends=True), run.first)
        return [
            Selected(number, run.kind, line)
            for number, line in numbered
            if self.is_plain or self._passes(run.kind, line)
        ]

    def _passes(self, kind: Kind, line: bytes) -> bool:
        record: Mapping[str, Any] = json.loads(line)
        if kind == "event":
            event = record["event"]
            if self.event_types and event.get("event_type_id") not in self.event_types:
                return False
            if self.groups and not self.groups.intersection(_texts(event.get("group_guids"))):
                return False
            return not self.severities or event.get("severity") in self.severities
        return not self.severities or record.get("severity") in self.severities


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
