# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that go out: their bytes are a pure function of the record (R12), pure ASCII, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring_ascii
from typing import Any

from ..._common.json_text import compact
from ..._common.time import iso_time
from ..._events.event import Event
from ..._events.event_types import PROTECTION_STOPPED

_LINE_FEED, _RETURN = b"\n\r"  # as numbers they are looked for six times as fast


def source_prefix(source: str) -> str:
    """Return the beginning of an event's line, the same for all events of a source."""
    return f'{{"kind":"event","source":{compact(source)},"key":"'


def event_line(prefix: str, event: Event, body: bytes, received: str) -> bytes:
    """`{"kind", "source", "key", "time", "received", "connector_guid", "event"}`.

    Before `event`, an event that says that a computer is no longer protected has `"health": true` (R4).
    The event is as the cloud sent it, but for its id, which is text (R1). The cloud puts the id first and sends no line
    breaks, so that its own bytes can be kept; any other spelling of the same object is written anew. `received` is
    the iso_time of the event's receipt.
    """
    number = event.id or 0
    head = b'{"id":%d,' % number
    if number and body.startswith(head) and body.isascii() and _LINE_FEED not in body and _RETURN not in body:
        opening, rest = f'{{"id":"{number}",', body[len(head) :]
    else:
        opening, rest = "", compact(event.json_fields()).encode()
    connector = "null" if event.connector_guid is None else encode_basestring_ascii(event.connector_guid)
    health = ',"health":true' if event.event_type_id in PROTECTION_STOPPED else ""
    start = (
        f'{prefix}{event.key}","time":"{iso_time(event.time)}","received":"{received}",'
        f'"connector_guid":{connector}{health},"event":{opening}'
    )
    return b"".join((start.encode(), rest, b"}\n"))


def record_line(kind: str, record: Mapping[str, Any]) -> bytes:
    """Return the line of a detection or an incident, with its kind in front."""
    return compact({"kind": kind, **record}).encode() + b"\n"
