# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a relay wrote: source, time of receipt and key of each event are those that the relay had (R17)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from itertools import groupby
from operator import itemgetter

from ..._common.time import iso_time
from ..._events.body import DeadLetter
from ..._events.detection_records import Links
from ..._events.event import parse_event
from ..._events.incidents import RULES, Rule
from ..._pivot import PivotError, record_links
from ..broker.partitions import PartitionSettings
from ..broker.topology import Exchange
from ..receiving.inbox import Delivery
from ..receiving.messages import Properties
from ..sinks.relay_messages import Console, Origin, origin_of
from ..store.records import source_prefix
from ..store.store import Kind
from .holdings import Holdings
from .reading import Batch, dead_letter, row_of

RULES_OF: Mapping[Exchange, tuple[Rule, ...]] = {
    "by_computer": tuple(rule for rule in RULES if rule != "same_hash"),
    "by_hash": ("same_hash",),
}
KINDS_OF: Mapping[Exchange, tuple[Kind, ...]] = {
    "by_computer": ("event", "detection", "incident"),
    "by_hash": ("incident",),  # its events and detections are those of by_computer, and not all of them
}


class RelayReader:
    """See Reader. `holdings` is None where dead letters are read again: then nothing is taken from anybody."""

    def __init__(self, links: MutableMapping[str, Links], holdings: Holdings | None) -> None:
        self._links = links
        self._holdings = holdings
        self._prefixes: dict[str, str] = {}

    def read(self, deliveries: Sequence[Delivery], now: int) -> Batch:
        """See Reader."""
        batch = Batch.empty()
        rows, letters, counts, consoles = batch
        for session, of_session in groupby(deliveries, key=itemgetter(0)):
            settings: PartitionSettings = session.subscription.settings
            stream, times = settings.name, [0]
            for delivery in of_session:
                _session, _tag, _routing_key, properties, body = delivery
                counts[stream] += 1
                given = Properties(*properties)
                headers = given.headers or {}
                origin = origin_of(given.message_id or headers.get("message_id"), headers)
                if origin is None:
                    reason = "bears no headers of a relay"
                    letters.append(dead_letter(delivery, stream, reason, now))
                    continue
                try:
                    event = parse_event(
                        body, source=origin.source, routing_key=origin.routing_key, received_ns=origin.received_ns
                    )
                except DeadLetter as dead:
                    letters.append(dead_letter(delivery, origin.source, dead.reason, now))
                    continue
                events, of_source = rows[stream, origin.source]
                events.append(event)
                times.append(event.time)
                prefix = self._prefixes.get(origin.source)
                if prefix is None:
                    prefix = self._meet(origin)
                    consoles[origin.source] = origin.console.region, origin.console.console_host
                of_source.append(row_of(event, body, prefix, iso_time(origin.received_ns)))
            if self._holdings is not None:
                self._holdings.received(session, times[1:], now)
        if self._holdings is not None:
            self._holdings.sources({source for _stream, source in rows}, now)
        return batch

    def _meet(self, origin: Origin) -> str:
        """Return the beginning of the lines of a source's events."""
        self._links[origin.source] = _links_to(origin.console)
        prefix = self._prefixes[origin.source] = source_prefix(origin.source)
        return prefix

    def silent(self, consuming: Collection[str], now: int) -> Collection[str]:
        """See Reader."""
        return consuming if self._holdings is None else self._holdings.tick(consuming, now)


def _links_to(console: Console) -> Links:
    """Make no links to a console that a header names and that cannot be one: they are no reason to stop."""
    try:
        return record_links(console.region, console.console_host)
    except PivotError:
        return record_links(None, None)
