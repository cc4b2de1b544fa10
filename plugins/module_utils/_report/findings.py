# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened in a time: detections, incidents, stopped protection, isolations and the volume by hour. Pure.

What lives in `_report`: the page, CSV and JSON that people get from events and computers, wherever these come from.
`write.py` reads the sources and writes the files; the other files take values and return values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .._common.time import SECOND, iso_time, time_of_iso
from .._events.detection_records import Links, Record
from .._events.detections import Detection
from .._events.event import Event, event_from_object
from .._events.event_types import PROTECTION_STOPPED, name_of
from .._events.incidents import Member, Rule, group_incidents
from .._events.joining import correlate
from .._events.recorded import detection_from_record

Fields = Mapping[str, Any]

HOUR = 3600 * SECOND
DEFAULT_SOURCE = "events"
ISOLATIONS = frozenset({553648202, 553648204, 553648206, 553648215, 2164260939, 2164260941, 2164260943})
"""What became of isolating a computer or of ending that (api-contract 5)."""


class Grouping(NamedTuple):
    """How detections become incidents (R6, R7)."""

    rule: Rule = "same_computer"
    window_seconds: int = 300


@dataclass
class Findings:
    """What a source told. `hours` counts events by the hour in which they happened, in nanoseconds since 1970.

    `events` is None where a source keeps no events. `unread` counts lines that are neither event nor detection.
    """

    detections: list[Record] = field(default_factory=list)
    incidents: list[Record] = field(default_factory=list)
    health: list[Record] = field(default_factory=list)
    isolations: list[Record] = field(default_factory=list)
    hours: Counter[int] = field(default_factory=Counter)
    events: int | None = 0
    unread: int = 0


def gather(lines: Iterable[object], since: int, received: int, grouping: Grouping, links: Links) -> Findings:
    """Return the findings of events as the API gives them, or of the lines of an event stream's consumer.

    `since` and `received` are nanoseconds. What is older than `since` is left out. Detections among the lines count
    where their events are not there, the last line of each.
    """
    found = Findings()
    recorded: dict[str, Record] = {}
    members: dict[str, Member] = {}
    told: dict[str, Record] = {}
    for detection in correlate(_events(lines, since, received, found, recorded)):
        members[detection.key], told[detection.key] = detection, detection.record(links)
    for key, record in recorded.items():
        member = None if key in members else _member(record, since)
        if member is not None:
            members[key], told[key] = member, {**record, "pivot_urls": _links_of(record, links)}
        elif key not in members:
            found.unread += 1
    incidents = group_incidents(members.values(), grouping.rule, grouping.window_seconds)
    found.incidents = [incident.record(links) for incident in incidents]
    found.detections = sorted(told.values(), key=lambda record: str(record["time"]), reverse=True)
    return found


def from_store(detections: Iterable[Detection], incidents: Iterable[Record], links: Links) -> Findings:
    """Return the findings of a consumer's state folder, which keeps no events."""
    found = Findings(events=None, incidents=list(incidents))
    found.detections = [detection.record(links) for detection in detections]
    found.detections.sort(key=lambda record: str(record["time"]), reverse=True)
    return found


def _events(
    lines: Iterable[object], since: int, received: int, found: Findings, recorded: dict[str, Record]
) -> Iterator[Event]:
    """Yield the events that are not too old, and note on the way what they tell besides detections."""
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if not isinstance(line, dict):
            found.unread += 1
        elif line.get("kind") == "detection":
            recorded[str(line.get("key"))] = line
        elif line.get("kind") != "incident":
            event = _event(line, received)
            if event is None:
                found.unread += 1
            elif event.time >= since and (event.source, event.key) not in seen:
                seen.add((event.source, event.key))
                _note(event, found)
                yield event


def _event(line: dict[str, Any], received: int) -> Event | None:
    """Return the event of a line: the API's object, or what a consumer wrote around it."""
    if isinstance(line.get("event"), dict):
        label = line.get("source")
        source = label if isinstance(label, str) and label else DEFAULT_SOURCE
        return event_from_object(
            line["event"], source=source, received_ns=time_of_iso(line.get("received")) or received
        )
    if "event_type_id" in line or "timestamp" in line or "date" in line:
        return event_from_object(line, source=DEFAULT_SOURCE, received_ns=received)
    return None


def _note(event: Event, found: Findings) -> None:
    found.events = (found.events or 0) + 1
    found.hours[event.time // HOUR * HOUR] += 1
    if event.event_type_id in PROTECTION_STOPPED:
        found.health.append(_happening(event))
    if event.event_type_id in ISOLATIONS:
        found.isolations.append(_happening(event))


def _happening(event: Event) -> Record:
    return {
        "time": iso_time(event.time),
        "event_type_id": event.event_type_id,
        "event_type": name_of(event.event_type_id or 0),
        "hostname": event.hostname,
        "connector_guid": event.connector_guid,
        "event_id": event.id_text,
    }


def _member(record: Record, since: int) -> Member | None:
    try:
        member = detection_from_record(record)
    except ValueError:
        return None
    return member if member.time >= since else None


def _links_of(record: Record, links: Links) -> dict[str, str]:
    """Make the links anew: a file may hold any."""
    evidence = record.get("evidence")
    event_id = evidence.get("event_id") if isinstance(evidence, dict) else None
    return links({**record, "evidence": {"event_id": event_id if isinstance(event_id, str) else ""}})
