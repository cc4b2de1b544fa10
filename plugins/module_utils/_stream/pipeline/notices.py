# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be told of new events besides detections: unknown types, and protection that stopped (R4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..._common.time import iso_time
from ..._events.event import Event
from ..._events.event_types import PROTECTION_STOPPED, name_of
from ..store.store import Store

MAX_UNKNOWN_TYPES = 100  # ids that are counted on their own: whoever can publish could invent any number
MAX_HEALTH = 1000
SHOWN_TYPES = 10  # ids that a warning names
COUNTER = "unknown_event_type_"
MORE = "more"  # what all other ids are counted as


class Notices:
    """Those of one process.

    `unknown_types` counts events by the id of their type, of MAX_UNKNOWN_TYPES ids and of all others together.
    `protection` counts the events that say that protection stopped, by the id of their type; `health` has the first
    MAX_HEALTH records of them. Who shows these while it runs takes them out of the list.
    """

    def __init__(self) -> None:
        self.unknown_types: Counter[str] = Counter()
        self.protection: Counter[int] = Counter()
        self.health: list[dict[str, Any]] = []

    def take(self, events: Sequence[Event], store: Store) -> None:
        """Notice new events. Within a transaction, for the counters outlive the process."""
        for event in events:
            if event.is_unknown:
                name = str(event.event_type_id or "none")
                if name not in self.unknown_types and len(self.unknown_types) >= MAX_UNKNOWN_TYPES:
                    name = MORE
                self.unknown_types[name] += 1
                store.counted(COUNTER + name, 1)
            elif event.event_type_id in PROTECTION_STOPPED:
                self.protection[event.event_type_id] += 1
                if len(self.health) < MAX_HEALTH:
                    self.health.append(_health_record(event))


def unknown_types_warning(counted: Mapping[str, int]) -> str:
    """Return the warning about event types that are not known. It names SHOWN_TYPES of them at most."""
    shown = [f"{name} ({count})" for name, count in list(counted.items())[:SHOWN_TYPES]]
    more = ["others"] if len(counted) > len(shown) else []
    return (
        f"event types that this release does not know: {', '.join(shown + more)}. What looks like a detection was taken"
        " for one; update the collection"
    )


def _health_record(event: Event) -> dict[str, Any]:
    """Make the record of an event that says that a computer is no longer protected."""
    return {
        "event_type_id": event.event_type_id,
        "event_type": name_of(event.event_type_id or 0),
        "source": event.source,
        "connector_guid": event.connector_guid,
        "hostname": event.hostname,
        "time": iso_time(event.time),
        "event_id": event.id_text,
    }
