# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON of a report; its schema is `report.schema.json` of the role endpoint_report. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO, Any

from .report import Report

SCHEMA_VERSION = 1

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def write_json(report: Report, file: IO[str]) -> None:
    """Write the report with a line for each record: a fleet's JSON is long."""
    found, fleet = report.findings, report.fleet
    head: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        "since": report.since,
        "generated": report.generated,
        "origin": report.origin,
        "notes": report.notes,
        "counts": report.counts,
        "events_by_hour": {str(hour // 10**9): count for hour, count in sorted(found.hours.items())},
    }
    file.write(_encode(head)[:-1])
    _write_list(file, "incidents", found.incidents)
    _write_list(file, "detections", found.detections)
    _write_list(file, "health", found.health)
    _write_list(file, "isolations", found.isolations)
    _write_list(file, "computers", (*fleet.troubled, *fleet.healthy) if fleet else ())
    _write_list(file, "coverage", report.coverage)
    file.write("\n}\n")


def _write_list(file: IO[str], name: str, records: Iterable[object]) -> None:
    file.write(f',\n"{name}":[')
    for place, record in enumerate(records):
        file.write((",\n" if place else "\n") + _encode(record))
    file.write("]")
