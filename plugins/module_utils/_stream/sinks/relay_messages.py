# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event's record as the messages of the relay, and what a worker reads back from one (R17). Pure.

The body is the event as the cloud sent it. Headers: `source`, `received`, and where they are known `connector_guid`,
`region` and `console_host`; message_id is the event's key. The routing key decides the partition, nothing else:

    by_computer   SOURCE/computer/GUID; without a computer SOURCE/detection/ID, without either SOURCE/event/KEY
    by_hash       SOURCE/hash/SHA256; events without a hash do not go there

So all events of a computer, or of a detection whose computer nobody knows, meet in one partition; and an event that is
published again goes where it went before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from ..._common.time import time_of_iso
from ..._events.event import Event, event_from_object
from ..._events.judgement import MALICIOUS
from ..broker.topology import Exchange

_SHORT = 255  # bytes of a routing key (AMQP 0-9-1)
_EVENT = b',"event":'
_ID_FIRST = re.compile(rb'\{"id":"([0-9]+)"')


class Message(NamedTuple):
    """One publication; every value of `headers` is text."""

    exchange: Exchange
    routing_key: str
    message_id: str
    headers: Mapping[str, str]
    body: bytes


class Console(NamedTuple):
    """Where the pivot links of a source's records lead."""

    region: str | None = None
    console_host: str | None = None


@dataclass(frozen=True)
class Consoles:
    """By the label of a stream; `other` for events of streams that have none."""

    labelled: Mapping[str, Console] = field(default_factory=dict)
    other: Console = field(default_factory=Console)

    def of(self, source: str) -> Console:
        return self.labelled.get(source, self.other)


def messages_of(line: bytes, consoles: Consoles) -> list[Message]:
    """Return the messages of one record as records.event_line makes it."""
    record = json.loads(line)
    source, key, connector = record["source"], record["key"], record["connector_guid"]
    event = event_from_object(record["event"], source=source, received_ns=0)
    headers = {"source": source, "received": record["received"]}
    if connector and len(connector.encode()) <= _SHORT and "." not in connector:
        headers["connector_guid"] = connector
    for name, value in consoles.of(source)._asdict().items():
        if value:
            headers[name] = value
    body = _body(line)
    messages = [Message("by_computer", _computer_key(source, connector, event, key), key, headers, body)]
    if event.sha256 and not (event.event_class == "indicator" and event.facts.get("disposition") != MALICIOUS):
        messages.append(Message("by_hash", _short(f"{source}/hash/{event.sha256}"), key, headers, body))
    return messages


def _computer_key(source: str, connector: str | None, event: Event, key: str) -> str:
    if connector:
        return _short(f"{source}/computer/{connector}")
    if event.detection_id:
        return _short(f"{source}/detection/{event.detection_id}")
    return _short(f"{source}/event/{key}")


def _short(key: str) -> str:
    encoded = key.encode("utf-8", "replace")
    return key if len(encoded) <= _SHORT else "sha256:" + sha256(encoded).hexdigest()


def _body(line: bytes) -> bytes:
    """Return the event as the cloud sent it, where the record kept its bytes: only the id was made a text.

    The first mark is the right one: within a text of JSON its quotes would be escaped.
    """
    event = line[line.index(_EVENT) + len(_EVENT) : -2]
    match = _ID_FIRST.match(event)
    return b'{"id":%s%s' % (match[1], event[match.end() :]) if match else event


class Origin(NamedTuple):
    """What a message tells of the event besides its body."""

    source: str
    received_ns: int
    routing_key: str
    key: int | str | None
    console: Console


def origin_of(message_id: object, headers: Mapping[str, Any]) -> Origin | None:
    """Read back from a message; None if no relay made it."""
    source, received = headers.get("source"), time_of_iso(headers.get("received"))
    if not isinstance(source, str) or not source or not received:
        return None
    connector = headers.get("connector_guid")
    routing_key = f"-.{connector}.-" if isinstance(connector, str) and "." not in connector else ""
    digest = isinstance(message_id, str) and message_id.startswith("sha256:") and len(message_id) == 71
    region, console_host = headers.get("region"), headers.get("console_host")
    console = Console(
        region if isinstance(region, str) else None, console_host if isinstance(console_host, str) else None
    )
    return Origin(source, received, routing_key, str(message_id) if digest else None, console)
