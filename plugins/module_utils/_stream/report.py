# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the events of one run mean: the detections and incidents that they touch, with everything stored about them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .._events.detections import Detection, Links, correlate, detection_key
from .._events.event import Event, event_from_object
from .._events.incidents import Rule, group_incidents
from .records import received_ns
from .store import Store

Record = dict[str, Any]


class Report(NamedTuple):
    """Records as JSON output shows them; what is still dangerous stands first."""

    detections: list[Record]
    incidents: list[Record]


def report_since(
    store: Store, start: int, rules: Sequence[Rule], window_seconds: int, links: Mapping[str, Links]
) -> Report:
    """The detections that have an event numbered `start` or later, and the incidents that hold them.

    `links` gives the pivot URLs of each source; a source without has none.
    """
    touched: set[str] = set()
    detections = correlate(_events(store, start, touched))
    incidents = [
        incident.record(links.get(incident.source))
        for rule in rules
        for incident in group_incidents(detections, rule, window_seconds)
        if any(member.key in touched for member in incident.members)
    ]
    incidents.sort(key=lambda record: (not record["still_dangerous"], record["first_time"], record["id"]))
    records = [_record(detection, links) for detection in detections if detection.key in touched]
    records.sort(key=lambda record: not record["still_dangerous"])
    return Report(records, incidents)


def _record(detection: Detection, links: Mapping[str, Links]) -> Record:
    return detection.record(links.get(detection.source))


def _events(store: Store, start: int, touched: set[str]) -> Iterator[Event]:
    """All stored events; notes on the way which detections the run touched."""
    for run in store.runs(1):
        if run.kind != "event":
            continue
        for number, line in enumerate(run.lines.splitlines(), run.first):
            record = json.loads(line)
            event = event_from_object(
                record["event"], source=record["source"], received_ns=received_ns(record["received"])
            )
            event.connector_guid = record["connector_guid"]
            if event.id is None:
                event.key = record["key"]
            key = detection_key(event)
            if key is not None:
                if number >= start:
                    touched.add(key)
                yield event
