# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of computers: rows, counts and the message for those that are not as wanted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import Row, names_of, number_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, guid_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

Record = Mapping[str, Any]
DONE = ("changed", "moved")
BAD = ("failed", "timed_out", "not_tried", "not_available")  # the worst first
ISOLATION_FAILURES = ("not_available", "failed", "timed_out")  # what fails the module isolation by default

# The module's outcome, what it means for a person, and what it means in check mode.
ISOLATED = {
    "changed": ("isolated", "would be isolated"),
    "already": ("isolated before", "isolated already"),
    "not_available": ("cannot be isolated", "cannot be isolated"),
    "timed_out": ("not isolated yet", "not isolated yet"),
}
RELEASED = {
    "changed": ("released", "would be released"),
    "already": ("not isolated", "not isolated"),
    "timed_out": ("not released yet", "not released yet"),
    "left": ("left isolated", "would be left isolated"),
    "unknown": ("not in the tenant", "not in the tenant"),
}
MOVED = {
    "moved": ("moved", "would be moved"),
    "already": ("in the group already", "in the group already"),
}
COLUMNS = (
    Column("host", ("hostname",)),
    Column("outcome", ("outcome",)),
    Column("event", ("event",), importance=2),
    Column("why", ("why",), importance=3),
)


def isolation_of(job: Job) -> list[Record]:
    """Return what became of each computer: what the isolation says, else what the plan said of it."""
    done = {guid_of(record): record for record in job.records("isolation", "computers")}
    why = job.message("isolation")
    found = []
    for record in job.records("plan", "computers"):
        if guid_of(record) in done:
            record = done[guid_of(record)]
        elif why and record.get("outcome") == "changed":
            record = {**record, "outcome": "not_tried", "detail": why}
        found.append(record)
    return found


def word(words: Mapping[str, tuple[str, str]], outcome: str, *, check: bool) -> str:
    """Return what an outcome means."""
    if outcome in words:
        return words[outcome][check]
    return outcome.replace("_", " ")


def name_of(record: Record) -> str:
    """Return the host name of a computer, its GUID where it has none."""
    return str(record.get("hostname") or record.get("connector_guid") or record.get("item") or "")


def rows_of(
    records: Iterable[Record],
    words: Mapping[str, tuple[str, str]],
    *,
    check: bool,
    link: Callable[[Record], str | None],
) -> list[Row]:
    """Return a row for each computer, what needs a person first."""
    rows = [
        {
            "hostname": name_of(record),
            "outcome": word(words, str(record.get("outcome")), check=check),
            "why": record.get("detail"),
            "event": record.get("event"),
            "link": link(record),
            "done": record.get("outcome") in DONE,
            "bad": str(record.get("outcome")) in BAD,
        }
        for record in records
    ]
    return sorted(rows, key=lambda row: not row["bad"])


def counts_of(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many computers there are of each outcome: what was done first, then the most frequent."""
    counts = Counter((row["done"], str(row["outcome"])) for row in rows).most_common()
    return {outcome: count for (_done, outcome), count in sorted(counts, key=lambda one: not one[0][0])}


def failure(records: Sequence[Record], fail_on: Iterable[str], what: str) -> str:
    """Return the message that names the computers which are not as wanted; empty where all are."""
    failing = set(fail_on)
    failing |= {"not_tried"} if "failed" in failing else set()
    bad = [record for record in records if record.get("outcome") in failing]
    if not bad:
        return ""
    by_outcome: dict[str, list[str]] = {}
    for record in sorted(bad, key=lambda one: BAD.index(one["outcome"]) if one["outcome"] in BAD else len(BAD)):
        by_outcome.setdefault(str(record["outcome"]).replace("_", " "), []).append(name_of(record))
    named = "; ".join(f"{outcome}: {names_of(names)}" for outcome, names in by_outcome.items())
    first = next((record.get("detail") for record in bad if record.get("detail")), None)
    why = f" The first reason: {printable(first, 500)}." if first else ""
    return f"{len(bad)} of {number_of(len(records), 'computer')} not {what}: {named}.{why}"
