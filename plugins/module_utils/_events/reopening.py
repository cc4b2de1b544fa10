# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which detections are in which open windows, when a start brings them back from the store: part of `windows`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .._common.time import SECOND
from .detections import Detection
from .grouping import Grouping
from .incidents import IncidentRow, Rule


class OpenRows:
    """The stored incidents whose windows are open, and the detections that are in them."""

    def __init__(self, rows: Iterable[IncidentRow]) -> None:
        self._of_key: dict[tuple[Rule, str], list[IncidentRow]] = {}
        self._members: dict[int, list[Detection]] = {}
        for row in sorted(rows, key=lambda row: (row.late, -row.start)):  # the first that covers a time is the one
            self._of_key.setdefault((row.rule, row.key), []).append(row)

    def _rows(self) -> list[IncidentRow]:
        return [row for found in self._of_key.values() for row in found]

    def add(self, grouping: Grouping, detection: Detection) -> None:
        """Put a detection into the incident that covers it, if there is one."""
        where = grouping.place(detection)
        for row in self._of_key.get((grouping.rule, where[0]), ()) if where else ():
            if where and row.start <= where[1] < row.start + row.window_seconds * SECOND:
                self._members.setdefault(row.number, []).append(detection)
                break

    def missing(self, known: Mapping[str, Detection]) -> list[tuple[str, int]]:
        """Return those that are not known, with the number of their incident.

        They joined it although they began long before its window (R8a).
        """
        return [(key, row.number) for row in self._rows() for key in row.member_keys if key not in known]

    def add_missing(self, missing: Sequence[tuple[str, int]], known: Mapping[str, Detection]) -> None:
        """Put those of them that are known by now into their incidents."""
        for key, number in missing:
            if key in known:
                self._members.setdefault(number, []).append(known[key])

    def with_members(self) -> Iterator[tuple[IncidentRow, list[Detection]]]:
        """Yield the incidents of which a detection is known, the earliest first."""
        for row in sorted(self._rows(), key=lambda row: row.start):
            if row.number in self._members:
                yield row, self._members[row.number]
