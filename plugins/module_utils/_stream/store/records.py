# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that go out: their bytes are a pure function of the record (R12), pure ASCII, one line each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

from ..._common.json_text import compact
from ..._common.time import iso_time
from ..._events.event import Event
from ..._events.event_types import PROTECTION_STOPPED

_LINE_FEED, _RETURN = b"\n\r"  # as numbers they are looked for six times as fast
_TIME, _RECEIVED, _CONNECTOR, _EVENT, _HEALTH, _END = (
    b'","time":"',
    b'","received":"',
    b'","connector_guid":',
    b',"event":',
    b',"health":true,"event":',
    b"}\n",
)


def source_prefix(source: str) -> bytes:
    """Return the beginning of an event's line, the same for all events of a source."""
    return b'{"kind":"event","source":%s,"key":"' % compact(source).encode()


@lru_cache(maxsize=4096)
def _second(seconds: int) -> bytes:
    """`2026-01-02T03:04:05.`: events of one second share it."""
    return iso_time(seconds * 10**9)[:20].encode()


def time_text(time_ns: int) -> bytes:
    """As `iso_time`, faster for times that lie close together."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    return b"%s%09dZ" % (_second(seconds), nanoseconds)


def event_line(prefix: bytes, event: Event, body: bytes, received: bytes) -> bytes:
    """`{"kind", "source", "key", "time", "received", "connector_guid", "event"}`.

    Before `event`, an event that says that a computer is no longer protected has `"health": true` (R4).
    The event is as the cloud sent it, but for its id, which is text (R1). The cloud puts the id first and sends no line
    breaks, so that its own bytes can be kept; any other spelling of the same object is written anew. `received` is
    the time_text of the event's receipt.
    """
    number = event.id or 0
    head = b'{"id":%d,' % number
    if number and body.startswith(head) and body.isascii() and _LINE_FEED not in body and _RETURN not in body:
        opening, rest = b'{"id":"%d",' % number, body[len(head) :]
    else:
        opening, rest = b"", compact(event.json_fields()).encode()
    connector = event.connector_guid
    told = b"null" if connector is None else encode_basestring_ascii(connector).encode()
    key, time = event.key.encode(), time_text(event.time)
    mark = _HEALTH if event.event_type_id in PROTECTION_STOPPED else _EVENT
    parts = prefix, key, _TIME, time, _RECEIVED, received, _CONNECTOR, told, mark, opening, rest, _END
    return b"".join(parts)


def record_line(kind: str, record: Mapping[str, Any]) -> bytes:
    """Return the line of a detection or an incident, with its kind in front."""
    return compact({"kind": kind, **record}).encode() + b"\n"
