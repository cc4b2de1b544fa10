# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a detection, as JSON output and Jinja show it (R6a). Pure; made only when it is reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from .._common.time import iso_time
from .event_types import EVENT_TYPES, class_of_type
from .facts import Facts
from .judgement import STILL_DANGEROUS, Entry, Judgement, class_of_outcome

Record = dict[str, Any]
Links = Callable[[Record], dict[str, str]]
"""Gives the pivot URLs of a record that is complete but for them; injected, so that nothing here knows a console."""

_ROUNDED_FROM = 2**53  # integers beyond this have gaps in a double


class Judged(Protocol):
    """What a record asks of a detection; see Detection."""

    key: str
    source: str
    connector_guid: str | None
    detection_id: str | None
    sha256: str | None
    time: int
    entries: Sequence[Entry]
    facts: Facts

    @property
    def judgement(self) -> Judgement:
        """Return what its events say."""

    @property
    def name(self) -> str:
        """Return what was detected."""

    @property
    def severity(self) -> str | None:
        """Return the highest of its events."""

    @property
    def needs_person(self) -> bool:
        """Return whether somebody has to look at it."""


def detection_record(detection: Judged, links: Links | None) -> Record:
    """Return the record of a detection; what its events do not say is None or empty."""
    entries = detection.entries if len(detection.entries) == 1 else sorted(detection.entries)
    outcome, ok, failed, evidence = detection.judgement
    get, last = detection.facts.get, entries[-1]
    hostname, event_ids, last_time = get("hostname"), [id_text(entry) for entry in entries], iso_time(last[0])
    type_names, unknown_type = names_of_types(tuple([entry[3] for entry in entries]), tuple(get("type_names", ())))
    record: Record = {
        "key": detection.key,
        "source": detection.source,
        "connector_guid": detection.connector_guid,
        "hostname": hostname,
        "detection_id": detection.detection_id,
        "class": class_of_outcome(outcome),
        "name": detection.name,
        "event_types": [{"id": type_id, "name": name} for type_id, name in type_names.items()],
        "unknown_type": unknown_type,
        "sha256": detection.sha256,
        "archived_sha256": get("archived_sha256"),
        "disposition": get("disposition"),
        "file_name": get("file_name"),
        "file_path": get("file_path"),
        "parent": get("parent"),
        "user": get("user"),
        "command_line": get("command_line"),
        "network": get("network"),
        "error": get("error"),
        "tactics": get("tactics", []),
        "techniques": get("techniques", []),
        "cves": get("cves", []),
        "computer": {"hostname": hostname, "ips": get("ips", []), "group_guids": get("group_guids", [])},
        "time": iso_time(detection.time),
        "last_time": last_time,
        "outcome": outcome,
        "still_dangerous": outcome in STILL_DANGEROUS,
        "needs_person": detection.needs_person,
        "attempts": {"ok": ok, "failed": failed},
        "evidence": {
            "event_id": event_ids[entries.index(evidence)],
            "event_type_id": evidence[3],
            "event_type": type_names[evidence[3]],
            "time": last_time if evidence is last else iso_time(evidence[0]),
        },
        "severity": detection.severity,
        "event_ids": event_ids,
    }
    record["pivot_urls"] = links(_to_link(record)) if links else {}
    return record


def id_text(entry: Entry) -> str:
    """Return the id of an event as text, or the key of an event that has no id."""
    return str(entry[1]) if entry[1] else entry[2]


@lru_cache(maxsize=256)
def names_of_types(type_ids: Sequence[int], told: Sequence[str]) -> tuple[dict[int, str], bool]:
    """Return the names of event types by their ids, and whether one is not known. Cached: few come again and again.

    `told` has what events say of types that our table does not know, as "id name".
    """
    own = {int(type_id): name for type_id, _space, name in (text.partition(" ") for text in told)}
    names = {}
    for type_id in type_ids:
        known = EVENT_TYPES.get(type_id)
        names[type_id] = known.name if known else own.get(type_id, str(type_id))
    return names, None in map(class_of_type, names)


def _to_link(record: Record) -> Record:
    """Return what the links are made of: those of an event whose id was rounded lead to its computer (R1)."""
    ids, event_id = record["event_ids"], record["evidence"]["event_id"]
    if ids.count(event_id) == 1 and not _looks_rounded(event_id):
        return record
    return {**record, "evidence": {**record["evidence"], "event_id": ""}}


def _looks_rounded(event_id: str) -> bool:
    """Return whether an id may be a double's: a multiple of 1,000 as most programs print it, or of its spacing (R1)."""
    if not event_id.isdigit() or int(event_id) < _ROUNDED_FROM:
        return False
    return int(event_id) % 1000 == 0 or int(event_id) % 1024 == 0
