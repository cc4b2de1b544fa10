# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report that a response playbook prints: totals, tables, remarks. Pure.

This package makes reports from the results of the playbooks' tasks: one file for each kind of job, `kinds.py` lists
them. The filter `response_report` is the only one that calls it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column, lay_out

Row = Mapping[str, Any]
NAMED = 20  # in a message; the table shows more when asked to


@dataclass(frozen=True)
class Section:
    """One table of the report."""

    title: str
    rows: Sequence[Row]
    columns: Sequence[Column]
    nothing: str = "none"


@dataclass(frozen=True)
class Report:
    """What a job did, or would do.

    `counts` become the job's artifacts. `problem` is what the play fails with. `found` is for tasks that follow.
    """

    totals: Sequence[str]
    sections: Sequence[Section]
    remarks: Sequence[str] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    found: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def lines(self, *, width: int, shown: int) -> list[str]:
        """Return the lines to print: at most `shown` rows of each table, each with its link below it."""
        lines = list(map(printable_line, self.totals))
        for section in self.sections:
            lines += ["", f"{section.title}:"]
            lines += lay_out(section.rows[:shown], section.columns, width=width, below="link", nothing=section.nothing)
            if len(section.rows) > shown:
                lines.append(f"and {len(section.rows) - shown} more")
        return [*lines, *([""] if self.remarks else []), *map(printable_line, self.remarks)]


def printable_line(text: str) -> str:
    """Return a line as a terminal may show it, however long it is."""
    return printable(text, 4000)


def number_of(count: int, singular: str, plural: str | None = None) -> str:
    """Return a count with its noun, such as "1 list" or "no lists"."""
    noun = singular if count == 1 else plural or f"{singular}s"
    return f"{count or 'no'} {noun}"


def names_of(names: Iterable[str], most: int = NAMED) -> str:
    """Return names for a message: the first ones, and how many more there are."""
    found = [printable(name, 100) for name in names]
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def counted(counts: Mapping[str, int]) -> str:
    """Return counts as a person reads them, such as "2 isolated, 1 excluded"; "none" where there are none."""
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "none"


def keys_of(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts with keys that a playbook can use, such as cannot_be_isolated."""
    return {outcome.replace(" ", "_"): count for outcome, count in counts.items()}
