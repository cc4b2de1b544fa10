# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as values, before it becomes a page, CSV or JSON. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .._events.detection_records import Record
from .._events.judgement import OUTCOMES
from .findings import Findings
from .fleet import Fleet

MAX_DETECTIONS = 2000  # in the page; CSV and JSON have all


@dataclass
class Report:
    """All that the three files are made of. Times are ISO 8601 in UTC. `fleet` is None where no computers were read."""

    title: str
    since: str
    generated: str
    origin: str
    findings: Findings
    fleet: Fleet | None = None
    coverage: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def urgent(self) -> list[Record]:
        """Return the incidents that need a person, the worst first."""
        return [incident for incident in self.findings.incidents if incident["needs_person"]]

    @property
    def newest(self) -> list[Record]:
        """Return the detections that the page shows."""
        return self.findings.detections[:MAX_DETECTIONS]

    @property
    def counts(self) -> dict[str, int]:
        """Return what there is of each kind."""
        found = self.findings
        counts = {
            "events": found.events or 0,
            "detections": len(found.detections),
            "detections_need_person": sum(bool(record["needs_person"]) for record in found.detections),
            "incidents": len(found.incidents),
            "incidents_need_person": len(self.urgent),
            "health": len(found.health),
            "isolations": len(found.isolations),
            "coverage": len(self.coverage),
        }
        return counts | (self.fleet.counts if self.fleet else {})

    def by_day(self) -> tuple[list[str], dict[str, list[int]]]:
        """Return the days (UTC) with detections, and how many of each outcome there are on each, the worst first."""
        counted = Counter((record["time"][:10], record["outcome"]) for record in self.findings.detections)
        days = sorted({day for day, _outcome in counted})
        present = [outcome for outcome in reversed(OUTCOMES) if any(outcome == found for _day, found in counted)]
        return days, {outcome: [counted[day, outcome] for day in days] for outcome in present}
