# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV of a report: a row for each incident, detection, stopped protection, computer and line of coverage. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import IO, Any

from .._common.text import printable
from .._events.detection_records import Record
from .report import Report

COLUMNS = (
    *("kind", "needs_person", "time", "last_time", "outcome", "severity", "hostname", "user", "name", "file_name"),
    *("file_path", "sha256", "disposition", "techniques", "group", "policy", "operating_system", "connector_version"),
    *("problems", "connector_guid", "key", "link"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(report: Report, file: IO[str]) -> None:
    """Write the rows. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in _rows(report))


def cell(value: object) -> str:
    """Return a value as text for a spreadsheet (guide_rules, Security)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = printable("; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value, 1000)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    found = report.findings
    yield from map(_incident, found.incidents)
    yield from map(_detection, found.detections)
    yield from _of("health", ({**one, "name": one["event_type"]} for one in found.health))
    yield from _of("isolation", ({**one, "name": one["event_type"]} for one in found.isolations))
    if report.fleet:
        machines = (*report.fleet.troubled, *report.fleet.healthy)
        yield from _of("computer", ({**one, "time": one["last_seen"]} for one in machines))
    yield from _of("coverage", report.coverage)


def _of(kind: str, records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    for record in records:
        yield {"kind": kind, **{name: record[name] for name in COLUMNS if name in record}}


def _incident(record: Record) -> dict[str, Any]:
    return {
        "kind": "incident",
        "time": record["first_time"],
        "key": record["id"],
        "hostname": record["hostnames"],
        "user": record["users"],
        "name": record["names"],
        "file_name": record["file_names"],
        "sha256": record["hashes"][:20],
        "disposition": record["dispositions"],
        "connector_guid": record["computers"][:20],
        "link": next(iter(record["pivot_urls"].values()), None),
        **{name: record[name] for name in ("needs_person", "last_time", "outcome", "severity", "techniques")},
    }


def _detection(record: Record) -> dict[str, Any]:
    row = {name: record[name] for name in COLUMNS if name in record}
    return {**row, "kind": "detection", "link": next(iter(record["pivot_urls"].values()), None)}
