# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that go out: their bytes are a pure function of the record (R12), pure ASCII, one line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .._events.event import Event, iso_time

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def source_prefix(source: str) -> bytes:
    """The beginning of an event's line, the same for all events of a source."""
    return b'{"kind":"event","source":%s,"key":"' % _encode(source).encode()


def event_line(prefix: bytes, event: Event, body: bytes) -> bytes:
    """`{"kind", "source", "key", "time", "received", "connector_guid", "event"}`.

    The event is as the cloud sent it, but for its id, which is text (R1). The cloud puts the id first and sends no line
    breaks, so that its own bytes can be kept; any other spelling of the same object is written anew.
    """
    number = event.id or 0
    head = b'{"id":%d,' % number
    if number and body.startswith(head) and body.isascii() and b"\n" not in body and b"\r" not in body:
        fields = b'{"id":"%d",%s' % (number, body[len(head) :])
    else:
        fields = _encode(event.json_fields()).encode()
    key = event.key
    connector = event.connector_guid
    return b'%s%s","time":"%s","received":"%s","connector_guid":%s,"event":%s}\n' % (
        prefix,
        b"%d" % key if isinstance(key, int) else str(key).encode(),
        iso_time(event.time).encode(),
        iso_time(event.received_ns).encode(),
        _encode(connector).encode(),
        fields,
    )


def record_line(kind: str, record: Mapping[str, Any]) -> bytes:
    """A detection or an incident with its kind in front."""
    return _encode({"kind": kind, **record}).encode() + b"\n"
