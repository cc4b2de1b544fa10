# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One event: from the bytes of a delivery, or an object of GET /v1/events, to what correlation needs (R1 to R4, R16).

Pure: the clock is a value that the caller passes in. Nothing in an event is trusted: every field may be absent, of
another type, or hostile. Fields: api-contract.md section 6; deliveries: section 8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any, Literal

from .._common.time import time_of_iso
from .event_types import CLASS_OF, EVENT_TYPES, HUNTING, EventClass, class_of_type
from .facts import MAX_TEXT, Facts, facts_of, says_audit, text

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_ID = 2**64 - 1
MAX_INTEGER_KEY = 2**63 - 1
FUTURE_ALLOWED_NS = 5 * 60 * 10**9

TimeSource = Literal["timestamp", "date", "receipt", "future"]

_NOTHING: dict[str, Any] = {}
_SEVERITIES = {name: name for name in ("Low", "Medium", "High", "Critical")}


class DeadLetter(Exception):
    """A body that is no event (R16). `reason` says why, in words that hold nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Event:
    """What is known of one event without looking at its fields again.

    `key` identifies the event within its `source` (R1), made from all that makes an event another one: its id, type,
    stated time and detection_id; "sha256:" and the digest of its canonical JSON where it has no id. `number` and
    `digest` are the same for the store: the id as SQLite keeps it (an int up to 2^63-1, decimal text beyond that, the
    key where there is no id) and a 64-bit digest of the rest. `id` is the id itself or None. `time` is nanoseconds
    since 1970 (R2); `time_source` says where it comes from, "future" meaning that the event was dated more than five
    minutes ahead and got the time of its receipt. `sha256` is that of the file itself, in lower case, never a parent's
    or an archive's (R6). `is_unknown`: its type is not in our table, so its class was read from its marks. `facts` is
    what a record shows of it, {} for an event that is of no detection. `fields` is the decoded object, which is never
    changed; all the others are None where the event does not tell them.
    """

    __slots__ = (
        "connector_guid",
        "detection_id",
        "digest",
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
        """The id as JSON output shows it: decimal text, or the key of an event that has no id."""
        return self.key if self.id is None else str(self.id)

    @property
    def hostname(self) -> str | None:
        """The name of the computer."""
        computer = self.fields.get("computer")
        return _text(computer.get("hostname")) if isinstance(computer, dict) else None

    @property
    def group_guids(self) -> list[str]:
        """The groups of the computer when the event was made."""
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


def event_source(label: str | None, routing_key: str | None, queue: str) -> str:
    """Return the source of a stream's events (R1): its label, else the business GUID, else `queue` (host/queue).

    A routing key reads `<business_guid>.<connector_guid>.<event_type_id>` (api-contract.md section 8).
    """
    if label:
        return label
    business, _dot, rest = (routing_key or "").partition(".")
    return business.lower() if business and "." in rest else queue


def parse_event(body: bytes, *, source: str, routing_key: str | None = None, received_ns: int) -> Event:
    """Read the event in the body of one delivery.

    Raises DeadLetter for what R16 lists. Of a name that an object repeats, the last value counts, as with every common
    JSON reader.
    """
    fields = _decode(body)
    return event_from_object(fields, source=source, routing_key=routing_key, received_ns=received_ns)


def event_from_object(
    fields: Mapping[str, Any], *, source: str, routing_key: str | None = None, received_ns: int
) -> Event:
    """Read the event in a decoded object: from a delivery, from GET /v1/events or from Jinja."""
    get = fields.get
    event = Event()
    event.fields = fields
    event.source = source

    type_id = get("event_type_id")
    if type_id.__class__ is not int:
        type_id = _id_of(type_id)
    event.event_type_id = type_id

    detection_id = get("detection_id")
    if detection_id.__class__ is int:
        detection_id = str(detection_id)
    event.detection_id = detection_id = _text(detection_id)

    seconds, nanoseconds = get("timestamp"), get("timestamp_nanoseconds")
    if seconds.__class__ is int and seconds > 0:
        time = seconds * 1_000_000_000
        if nanoseconds.__class__ is int and 0 <= nanoseconds < 1_000_000_000:
            time += nanoseconds
        event.time_source = "timestamp"
        stated: object = time
    else:
        time = time_of_iso(get("date"))
        stated = repr(get("date", ""))  # quoted: no other part of the key can look like a part of it
        event.time_source = "date"
    if 0 < time <= received_ns + FUTURE_ALLOWED_NS:
        event.time = time
    else:
        event.time = received_ns
        event.time_source = "future" if time > 0 else "receipt"

    event_id = get("id")
    if event_id.__class__ is not int or not 0 < event_id <= MAX_INTEGER_KEY:  # nearly never
        event_id = _id_of(event_id)
    event.id = event_id
    if event_id is None:
        event.number = event.key = "sha256:" + sha256(_canonical(fields)).hexdigest()
        event.digest = 0
    else:
        rest = blake2b(
            f"{type_id or ''}/{stated}/{detection_id or ''}".encode("utf-8", "replace"), digest_size=8
        ).digest()
        event.key = f"{event_id}-{rest.hex()}"
        event.number = event_id if event_id <= MAX_INTEGER_KEY else str(event_id)
        event.digest = int.from_bytes(rest, "big", signed=True)

    computer = get("computer")
    if computer.__class__ is not dict:
        computer = _NOTHING
    connector = _text(get("connector_guid")) or _text(computer.get("connector_guid")) or _connector_of_key(routing_key)
    event.connector_guid = connector and connector.lower()
    event.severity = _severity(get("severity"))
    event.sha256 = None
    if "file" in fields:
        try:
            digest = fields["file"]["identity"]["sha256"]
            event.sha256 = _sha256(digest) if len(digest) == 64 else None
        except (KeyError, TypeError):  # something else stands where an object or the digest should
            pass
    event.hunting_id = _hunting_id(event) if type_id == HUNTING else None
    event.is_unknown = False
    event_class = CLASS_OF.get(type_id)  # type: ignore[arg-type]
    if event_class is None or event_class == "prevented":
        event_class = _class_from_marks(event)
    event.event_class = event_class
    if event_class == "other":
        event.facts = _NOTHING
    else:
        event.facts = facts = facts_of(fields)
        if type_id not in EVENT_TYPES:
            facts["type_names"] = [f"{type_id or 0} {text(get('event_type')) or type_id or 'unknown'}"]
    return event


def _class_from_marks(event: Event) -> EventClass:
    """Return the class where the type alone does not tell it (R4)."""
    event_class = class_of_type(event.event_type_id)
    if event_class == "prevented":
        return "detection" if says_audit(event.fields) else "prevented"
    if event_class is not None:
        return event_class
    event.is_unknown = True
    is_severe = event.severity in ("Medium", "High", "Critical")
    if event.detection_id or (is_severe and (event.sha256 or _text(event.fields.get("detection")))):
        return "detection"
    return "other"


def _severity(value: object) -> str | None:
    """Low, Medium, High or Critical as the product spells them, whatever the case."""
    return _SEVERITIES.get(value) or _SEVERITIES.get(value.capitalize()) if isinstance(value, str) else None


def _hunting_id(event: Event) -> str | None:
    """Return what the updates of a threat hunting incident have in common, and its severity, which may stand there."""
    hunting = event.fields.get("threat_hunting")
    if not isinstance(hunting, dict):
        return None
    event.severity = event.severity or _severity(hunting.get("severity"))
    guid, number = hunting.get("incident_report_guid"), hunting.get("incident_id")
    if number.__class__ is int:
        number = str(number)
    known = _text(guid) or _text(number)
    return known and known.lower()[:MAX_TEXT]


@lru_cache(maxsize=1024)
def _sha256(digest: object) -> str | None:
    """Return a SHA-256 in lower case, or None for everything else (R6). Cached: an attack repeats few files."""
    if not isinstance(digest, str):
        return None
    try:
        # A third faster than a pattern; that fromhex skips spaces shows in the length.
        return digest.lower() if len(bytes.fromhex(digest)) == 32 else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    """Return a non-empty string that can be stored, or None: JSON may hold lone surrogates, which UTF-8 cannot."""
    if not isinstance(value, str) or not value:
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _id_of(value: object) -> int | None:
    """Return an id (R1), also from decimal text (Jinja and JSON output hold ids as strings), or None for all else."""
    if isinstance(value, str) and 0 < len(value) <= 20 and value.isascii() and value.isdigit():
        value = int(value)
    return value if value.__class__ is int and 0 < value <= MAX_ID else None


def _connector_of_key(routing_key: str | None) -> str | None:
    """Return the connector in a delivery's routing key, the last resort (R3)."""
    words = (routing_key or "").split(".")
    return _text(words[1]) if len(words) >= 3 else None


def _canonical(fields: Mapping[str, Any]) -> bytes:
    """Return the object with sorted names, the same wherever it comes from."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str).encode()


class _NotFiniteError(ValueError):
    """A number that JSON does not have."""


def _refuse_constant(name: str) -> float:
    raise _NotFiniteError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _NotFiniteError(text)
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _object_of(text: str) -> Any:
    """As `_DECODER.decode`, without looking for white space where there is none."""
    if text.startswith("{"):
        fields, end = _DECODER.raw_decode(text)
        if end == len(text):
            return fields
    return _DECODER.decode(text)


def _decode(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises DeadLetter (R16)."""
    if len(body) > MAX_BODY_BYTES:
        raise DeadLetter(f"larger than 4 MiB ({len(body)} bytes)")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DeadLetter(f"not UTF-8 (at byte {error.start})") from None
    try:
        fields = _object_of(text)
    except RecursionError:
        raise DeadLetter(f"nested deeper than {MAX_DEPTH} levels") from None
    except _NotFiniteError:
        raise DeadLetter("holds NaN, Infinity or a number beyond the range of a float") from None
    except json.JSONDecodeError as error:
        raise DeadLetter(f"not JSON: {error.msg} (at character {error.pos})") from None
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise DeadLetter("holds an integer with too many digits") from None
    if not isinstance(fields, dict):
        raise DeadLetter("JSON, but not an object")
    # As many brackets as levels at least: the exact answer is worked out for the rare body that has more of them.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_deeper(fields):
        raise DeadLetter(f"nested deeper than {MAX_DEPTH} levels")
    return fields


def _is_deeper(fields: dict[str, Any]) -> bool:
    """Whether containers lie in containers beyond MAX_DEPTH levels, level by level: hostile depth costs no stack."""
    level: list[Any] = [fields]
    for _level in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
