# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which events belong together: the key of a detection (R4), and the detections of a batch of events. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from .detections import HUNTING_MARK, Detection
from .event import Event


def detection_key(event: Event) -> str | None:
    """Return which detection the event belongs to, as text that is unique over all sources; None for none (R4).

    `source/connector/detection_id`; hunting events of one incident are one detection, `source/connector//hunting:id`;
    an event of class detection, prevented or indicator without a detection_id is a detection of its own,
    `source/connector//event`. A slash within a part is escaped.
    """
    event_class = event.event_class
    if event_class == "other":
        return None
    hunting_id, detection_id = event.hunting_id, event.detection_id
    if hunting_id is not None:
        known = HUNTING_MARK + _escaped(hunting_id)
    elif detection_id is not None:
        source, connector = event.source, event.connector_guid or ""
        key = f"{source}/{connector}/{detection_id}"
        if "%" not in key and "/" not in detection_id and "/" not in connector and "/" not in source:  # nearly always
            return key
        known = _escaped(detection_id)
    elif event_class in ("detection", "prevented", "indicator"):
        known = "/" + event.key
    else:
        return None
    return f"{_escaped(event.source)}/{_escaped(event.connector_guid or '')}/{known}"


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def correlate(events: Iterable[Event]) -> list[Detection]:
    """Join events into detections, earliest first; an event given twice counts once (R1, R4, R5)."""
    detections: dict[str, Detection] = {}
    seen: set[tuple[str, str]] = set()
    for event in events:
        key = detection_key(event)
        if key is None or (event.source, event.key) in seen:
            continue
        seen.add((event.source, event.key))
        detection = detections.get(key)
        if detection is None:
            detections[key] = Detection.from_event(key, event)
        else:
            detection.add(event)
    return sorted(detections.values(), key=lambda detection: (detection.time, detection.key))
