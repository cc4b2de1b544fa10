# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a batch of deliveries: which events of which stream and source they are, and which are none.

A `Reader` is given to the pipeline: `CloudReader` for the queues of the cloud, `RelayReader` (relayed.py) for the
partitions of a relay.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, MutableMapping, Sequence
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, Protocol
from zlib import crc32

from ..._common.time import iso_time
from ..._events.body import DeadLetter
from ..._events.detection_records import Links
from ..._events.event import Event, parse_event
from ..._events.event_types import PROTECTION_STOPPED
from ..._events.identity import event_source
from ..._pivot import record_links
from ..broker.settings import StreamSettings
from ..receiving.inbox import Delivery
from ..receiving.messages import Properties
from ..store.dead_letters import DeadLetterRecord
from ..store.records import event_line, source_prefix
from ..store.store import Row

Rows = tuple[list[Event], list[Row]]


class Batch(NamedTuple):
    """What a batch holds: events by (stream, source) in the order of arrival, dead letters, deliveries a stream.

    `consoles` has region and console of each source that came by for the first time.
    """

    rows: dict[tuple[str, str], Rows]
    letters: list[DeadLetterRecord]
    received: Counter[str]
    consoles: dict[str, tuple[str | None, str | None]]

    @staticmethod
    def empty() -> Batch:
        """Return a batch to be filled."""
        return Batch(defaultdict(lambda: ([], [])), [], Counter(), {})


class Reader(Protocol):
    """Turns deliveries into events. Called by the pipeline, in its thread; I/O is the pipeline's."""

    def read(self, deliveries: Sequence[Delivery], now: int) -> Batch:
        """Read deliveries that came until `now`, before they are stored."""

    def silent(self, consuming: Collection[str], now: int) -> Collection[str]:
        """Return those of the streams that are consumed whose silence means that nothing has happened there."""


class CloudReader:
    """See Reader. Fills `links` with the makers of pivot URLs of the sources that it reads from."""

    def __init__(self, links: MutableMapping[str, Links]) -> None:
        self._links = links
        self._prefixes: dict[str, str] = {}

    def read(self, deliveries: Sequence[Delivery], now: int) -> Batch:
        """See Reader."""
        batch = Batch.empty()
        rows, letters, counts, consoles = batch
        received = iso_time(now)
        for session, of_session in groupby(deliveries, key=itemgetter(0)):
            settings: StreamSettings = session.subscription.settings
            stream, label, queue = settings.name, settings.source, f"{settings.host}/{settings.queue_name}"
            count = 0
            for delivery in of_session:
                _session, _tag, routing_key, _properties, body = delivery
                count += 1
                source = label or event_source(None, routing_key, queue)
                try:
                    event = parse_event(body, source=source, routing_key=routing_key, received_ns=now)
                except DeadLetter as dead:
                    letters.append(dead_letter(delivery, source, dead.reason, now))
                    continue
                events, of_source = rows[stream, source]
                events.append(event)
                prefix = self._prefixes.get(source)
                if prefix is None:
                    prefix = self._meet(source, settings)
                    consoles[source] = settings.region, settings.console_host
                of_source.append(row_of(event, body, prefix, received))
            counts[stream] += count
        return batch

    def _meet(self, source: str, settings: StreamSettings) -> str:
        """Return the beginning of the lines of a source's events."""
        self._links[source] = record_links(settings.region, settings.console_host)
        prefix = self._prefixes[source] = source_prefix(source)
        return prefix

    def silent(self, consuming: Collection[str], now: int) -> Collection[str]:  # noqa: ARG002 - whatever the time
        """See Reader."""
        return consuming


def row_of(event: Event, body: bytes, prefix: str, received: str) -> Row:
    """Make the store's row of an event, and let go of its fields, but for those that Notices reads."""
    line = event_line(prefix, event, body, received)
    if event.event_type_id not in PROTECTION_STOPPED:
        event.forget_fields()
    former = None if event.id is not None else "sha256:" + sha256(body).hexdigest()
    return Row(event.number, event.digest, crc32(body), line, former)


def dead_letter(delivery: Delivery, source: str, reason: str, now: int) -> DeadLetterRecord:
    """Make the dead letter of a delivery that is no event."""
    given = {name: value for name, value in Properties(*delivery.properties)._asdict().items() if value is not None}
    headers = given.pop("headers", {})
    headers = {**given, **headers}
    stream = delivery.session.subscription.settings.name
    return DeadLetterRecord(stream, source, delivery.routing_key, headers, reason, now, delivery.body)
