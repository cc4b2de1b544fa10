# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event: from the bytes of a delivery, or an object of GET /v1/events, to what correlation needs (R1 to R4, R16).

Pure: the clock is a value that the caller passes in. Nothing in an event is trusted: every field may be absent, of
another type, or hostile. Fields: api-contract.md section 6; deliveries: section 8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from .._common.time import time_of_iso
from .body import object_of
from .event_types import CLASS_OF, EVENT_TYPES, HUNTING, EventClass, class_of_type
from .facts import MAX_TEXT, Facts, facts_of, says_audit, sha256, text
from .identity import MAX_INTEGER, id_of, identity_of
from .judgement import Entry

FUTURE_ALLOWED_NS = 5 * 60 * 10**9

TimeSource = Literal["timestamp", "date", "receipt", "future"]

_NOTHING: dict[str, Any] = {}
_SEVERITIES = {name: name for name in ("Low", "Medium", "High", "Critical")}
_SEVERE = frozenset({"Medium", "High", "Critical"})


class Event:
    """What is known of one event without looking at its fields again.

    `key`, `number` and `digest` identify the event within its `source` (identity.py); `id` is the id itself or None.
    `time` is nanoseconds since 1970 (R2); `time_source` says where it comes from, "future" meaning that the event was
    dated more than five minutes ahead and got the time of its receipt. `sha256` is that of the file itself, in lower
    case, never a parent's or an archive's (R6). `is_unknown`: its type is not in our table, so its class was read from
    its marks. `entry` is what a detection keeps of it, `facts` what a record shows of it, {} for an event that is of no
    detection. `fields` is the decoded object, which is never changed; all the others are None where the event does not
    tell them.
    """

    __slots__ = (
        "connector_guid",
        "detection_id",
        "digest",
        "entry",
        "event_class",
        "event_type_id",
        "facts",
        "fields",
        "hunting_id",
        "id",
        "is_unknown",
        "key",
        "number",
        "severity",
        "sha256",
        "source",
        "time",
        "time_source",
    )

    source: str
    id: int | None
    key: str
    number: int | str
    digest: int
    time: int
    time_source: TimeSource
    event_type_id: int | None
    event_class: EventClass
    entry: Entry
    is_unknown: bool
    connector_guid: str | None
    detection_id: str | None
    hunting_id: str | None
    severity: str | None
    sha256: str | None
    facts: Facts
    fields: Mapping[str, Any]

    @property
    def id_text(self) -> str:
        """Return the id as JSON output shows it: decimal text, or the key of an event that has no id."""
        return self.key if self.id is None else str(self.id)

    @property
    def hostname(self) -> str | None:
        """Return the name of the computer."""
        computer = self.fields.get("computer")
        return _text(computer.get("hostname")) if isinstance(computer, dict) else None

    @property
    def group_guids(self) -> list[str]:
        """Return the groups of the computer when the event was made."""
        groups = self.fields.get("group_guids")
        return [guid for guid in groups if isinstance(guid, str)] if isinstance(groups, list) else []

    def json_fields(self) -> dict[str, Any]:
        """Return the event's own object for JSON output and Jinja: as it came, with its id as text (R1)."""
        fields = dict(self.fields)
        if self.id is not None:
            fields["id"] = str(self.id)
        return fields

    def forget_fields(self) -> None:
        """Let the decoded object go, for correlation needs no more than what was read from it.

        A batch that keeps its objects leaves the caches cold: reading the next ones takes half as long again.
        """
        self.fields = _NOTHING


def parse_event(body: bytes, *, source: str, routing_key: str | None = None, received_ns: int) -> Event:
    """Read the event in the body of one delivery. Raises DeadLetter for what R16 lists."""
    return event_from_object(object_of(body), source=source, routing_key=routing_key, received_ns=received_ns)


def event_from_object(
    fields: Mapping[str, Any], *, source: str, routing_key: str | None = None, received_ns: int
) -> Event:
    """Read the event in a decoded object: from a delivery, from GET /v1/events or from Jinja."""
    get = fields.get
    event = Event()
    event.fields = fields
    event.source = source
    type_id, event_id, detection_id = get("event_type_id"), get("id"), get("detection_id")
    if type_id.__class__ is not int:
        type_id = id_of(type_id)
    event.event_type_id = type_id
    if event_id.__class__ is not int or not 0 < event_id <= MAX_INTEGER:  # nearly never
        event_id = id_of(event_id)
    event.id = event_id
    if detection_id is not None:
        detection_id = _text(str(detection_id) if detection_id.__class__ is int else detection_id)
    event.detection_id = detection_id
    stated = _read_time(event, received_ns)
    event.key, event.number, event.digest = identity_of(fields, event_id, type_id, stated, detection_id)
    event.connector_guid = _connector(fields, routing_key)
    severity = get("severity")
    event.severity = None if severity is None else _severity(severity)
    event.sha256 = _file_hash(get("file"))
    event.hunting_id = _hunting_id(event) if type_id == HUNTING else None
    event.is_unknown = False
    own_class: EventClass | Literal[""] = ""
    event_class = CLASS_OF.get(type_id)  # type: ignore[arg-type]
    if event_class is None or event_class == "prevented":
        of_type, event_class = event_class, _class_from_marks(event)
        own_class = event_class if of_type and event_class != of_type else ""
    event.event_class = event_class
    event.entry = event.time, event_id or 0, "" if event_id else event.key, type_id or 0, own_class
    event.facts = _NOTHING if event_class == "other" else _facts(event)
    return event


def _read_time(event: Event, received_ns: int) -> object:
    """Set the time of the event (R2) and return its stated time, which is part of its identity."""
    get = event.fields.get
    seconds, nanoseconds = get("timestamp"), get("timestamp_nanoseconds")
    stated: object
    if seconds.__class__ is int and seconds > 0:
        time = seconds * 1_000_000_000
        if nanoseconds.__class__ is int and 0 <= nanoseconds < 1_000_000_000:
            time += nanoseconds
        event.time_source = "timestamp"
        stated = time
    else:
        time = time_of_iso(get("date"))
        stated = repr(get("date", ""))  # quoted: no other part of the key can look like a part of it
        event.time_source = "date"
    if 0 < time <= received_ns + FUTURE_ALLOWED_NS:
        event.time = time
    else:
        event.time = received_ns
        event.time_source = "future" if time > 0 else "receipt"
    return stated


def _connector(fields: Mapping[str, Any], routing_key: str | None) -> str | None:
    """Return the connector: its own field, else the computer's, else the routing key's second word (R3)."""
    connector = _text(fields.get("connector_guid"))
    if connector is None:
        computer = fields.get("computer")
        connector = _text(computer.get("connector_guid")) if computer.__class__ is dict else None
    if connector is None:
        words = (routing_key or "").split(".")
        connector = _text(words[1]) if len(words) >= 3 else None
    return connector and connector.lower()


def _file_hash(file: object) -> str | None:
    """Return the hash of the file itself, never that of a parent or an archive (R6)."""
    identity = file.get("identity") if isinstance(file, dict) else None
    return sha256(identity.get("sha256")) if isinstance(identity, dict) else None


def _facts(event: Event) -> Facts:
    """Return what a record shows of an event of a detection; of a type without a name also the event's own text."""
    facts, type_id = facts_of(event.fields), event.event_type_id
    if type_id not in EVENT_TYPES:
        facts["type_names"] = [f"{type_id or 0} {text(event.fields.get('event_type')) or type_id or 'unknown'}"]
    return facts


def _class_from_marks(event: Event) -> EventClass:
    """Return the class where the type alone does not tell it (R4)."""
    event_class = class_of_type(event.event_type_id)
    if event_class == "prevented":
        return "detection" if says_audit(event.fields) else "prevented"
    if event_class is not None:
        return event_class
    event.is_unknown = True
    if event.detection_id:
        return "detection"
    names_something = event.sha256 or _text(event.fields.get("detection"))
    return "detection" if names_something and event.severity in _SEVERE else "other"


def _severity(value: object) -> str | None:
    """Return Low, Medium, High or Critical as the product spells them, whatever the case."""
    return _SEVERITIES.get(value) or _SEVERITIES.get(value.capitalize()) if isinstance(value, str) else None


def _hunting_id(event: Event) -> str | None:
    """Return what the updates of a threat hunting incident have in common; set the severity that may stand there."""
    hunting = event.fields.get("threat_hunting")
    if not isinstance(hunting, dict):
        return None
    event.severity = event.severity or _severity(hunting.get("severity"))
    guid, number = hunting.get("incident_report_guid"), hunting.get("incident_id")
    if number.__class__ is int:
        number = str(number)
    known = _text(guid) or _text(number)
    return known and known.lower()[:MAX_TEXT]


def _text(value: object) -> str | None:
    """Return a non-empty string that can be stored, or None: JSON may hold lone surrogates, which UTF-8 cannot."""
    if not isinstance(value, str) or not value:
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
