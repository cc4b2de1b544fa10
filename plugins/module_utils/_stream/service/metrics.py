# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service knows about itself, and how Prometheus and people read it. Pure: times are passed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ..._common.text import printable
from ..._events.event_types import PROTECTION_STOPPED, name_of
from ..pipeline.notices import unknown_types_warning

DAY = 24 * 3600
WARN_AGE = 5 * DAY  # R15: the cloud deletes an event after 10 days
ALARM_AGE = 8 * DAY

STREAM_COUNTERS = {
    "received": "Messages received since the start.",
    "events": "Events stored since the start.",
    "duplicates": "Events since the start that were stored already.",
    "conflicts": "Duplicates since the start with another content; what was stored first stays.",
    "dead_letters": "Messages since the start that could not be read as events.",
}
STREAM_VALUES = (
    ("consumed", "gauge", "1 once the stream was consumed from, even if it was empty.", "consumed"),
    ("connected", "gauge", "1 while the stream is connected.", "connected"),
    ("queue_messages", "gauge", "Messages that wait in the queue.", "messages"),
    ("other_consumers", "gauge", "Other consumers that take events from the queue.", "other_consumers"),
    ("reconnects_total", "counter", "Connections lost since the start.", "reconnects"),
)
SINK_COUNTERS = {
    "delivered": "Records delivered since the start.",
    "dropped": "Records dropped since the start, because the sink is not required and was too far behind.",
    "errors": "Failed attempts since the start.",
    "dead_letters": "Records refused for good since the start.",
}


@dataclass
class StreamState:
    """One stream as it stands.

    `consumed`: the broker has confirmed a consumer since the start. `refused`: nothing but a change of login or queue
    can help. `last_event_ns` is the time of the event received last. `contact_ns` is the last look at the queue that
    found it empty, else the first one, else the start. `disconnected_ns` is since when the stream cannot be consumed;
    0 while it can.
    """

    name: str
    connected: bool = False
    messages: int = 0
    other_consumers: int = 0
    reconnects: int = 0
    last_event_ns: int = 0
    error: str = ""
    consumed: bool = False
    refused: bool = False
    contacted: bool = False
    contact_ns: int = 0
    disconnected_ns: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def oldest_age(self, now_ns: int) -> float:
        """Return how many seconds ago the oldest event happened that was not received yet, at most.

        It comes after the last one; where no event was ever seen, after the last contact with the queue.
        """
        behind = self.messages > 0 or not self.connected
        since = self.last_event_ns or self.contact_ns
        return max(0.0, (now_ns - since) / 1e9) if behind and since else 0.0

    def alarm(self, now_ns: int, unhealthy_after: float) -> str:
        """Return why this stream is not consumed, if a person must look at it."""
        if self.refused:
            return self.error
        seconds = (now_ns - self.disconnected_ns) / 1e9 if self.disconnected_ns else 0.0
        if self.disconnected_ns and seconds >= unhealthy_after:
            return f"{self.name}: no connection for {seconds / 60:.0f} minutes: {self.error or 'the broker is silent'}"
        return ""


@dataclass
class SinkState:
    """One sink as it stands; `lag` is how many records it has not got."""

    name: str
    lag: int = 0
    delivered: int = 0
    dropped: int = 0
    errors: int = 0
    dead_letters: int = 0
    state: str = "waiting"
    problem: str = ""


class Health(Enum):
    """What log, status, metrics and the role's wait say (R15).

    A service is starting until each stream was consumed from once, then healthy, as long as there is no alarm.
    """

    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass
class Snapshot:
    """Everything at one moment."""

    streams: Sequence[StreamState]
    sinks: Sequence[SinkState]
    outbox_records: int = 0
    paused: bool = False
    waiting_detections: int = 0
    started_ns: int = 0
    now_ns: int = 0
    unhealthy_after: float = 300.0
    unknown_types: Mapping[str, int] = field(default_factory=dict)
    """Events of types that this release does not know, by id: as many ids as Notices counts on their own."""
    protection: Mapping[int, int] = field(default_factory=dict)
    """Events that say that a computer is no longer protected, by the id of their type (R4)."""

    @property
    def health(self) -> Health:
        """Say whether the service does its work."""
        if self.alarms():
            return Health.UNHEALTHY
        return Health.HEALTHY if all(stream.consumed for stream in self.streams) else Health.STARTING

    def alarms(self) -> list[str]:
        """List what a person must look at now, worst first."""
        found = [f"sink {sink.name}: {sink.problem}" for sink in self.sinks if sink.state == "refused"]
        found += [why for stream in self.streams if (why := stream.alarm(self.now_ns, self.unhealthy_after))]
        for stream in self.streams:
            age = stream.oldest_age(self.now_ns)
            if age >= ALARM_AGE:
                found.append(_aged(stream.name, age))
        return found

    def warnings(self) -> list[str]:
        """List what deserves a look."""
        found = []
        for stream in self.streams:
            age = stream.oldest_age(self.now_ns)
            if WARN_AGE <= age < ALARM_AGE:
                found.append(_aged(stream.name, age))
            if stream.other_consumers:
                found.append(f"{stream.name}: {stream.other_consumers} other consumer(s) take events from this queue")
            if not stream.connected:
                found.append(f"{stream.name}: not connected: {stream.error or 'connecting'}")
        if self.paused:
            found.append("consuming is paused until the sinks have caught up")
        found += [f"sink {sink.name}: {sink.problem}" for sink in self.sinks if sink.state == "retrying"]
        if self.unknown_types:
            found.append(unknown_types_warning(self.unknown_types))
        return found

    def status(self) -> dict[str, Any]:
        """Return what the command `status` shows."""
        return {
            "state": self.health.value,
            "healthy": self.health is Health.HEALTHY,
            "alarms": self.alarms(),
            "warnings": self.warnings(),
            "uptime_seconds": (self.now_ns - self.started_ns) // 10**9,
            "outbox_records": self.outbox_records,
            "paused": self.paused,
            "unknown_event_types": dict(self.unknown_types),
            "protection_stopped": {str(type_id): count for type_id, count in self.protection.items()},
            "streams": [
                {**vars(one), "counts": dict(one.counts), "oldest_undelivered_seconds": one.oldest_age(self.now_ns)}
                for one in self.streams
            ],
            "sinks": [dict(vars(one)) for one in self.sinks],
        }

    def prometheus(self) -> str:
        """Return the metrics in the text format, version 0.0.4."""
        lines: list[str] = []
        for name, kind, text, samples in self._families():
            lines += [f"# HELP secure_endpoint_{name} {text}", f"# TYPE secure_endpoint_{name} {kind}"]
            lines += [f"secure_endpoint_{name}{_labels(labels)} {value}" for labels, value in samples]
        return "\n".join(lines) + "\n"

    def _families(self) -> Iterable[tuple[str, str, str, list[tuple[dict[str, str], float]]]]:
        streams = [({"stream": one.name}, one) for one in self.streams]
        sinks = [({"sink": one.name}, one) for one in self.sinks]
        for count, text in STREAM_COUNTERS.items():
            yield f"{count}_total", "counter", text, [(label, one.counts.get(count, 0)) for label, one in streams]
        yield (
            "unknown_event_types_total",
            "counter",
            "Events of types that this release does not know, since the start.",
            [({"event_type_id": name}, count) for name, count in self.unknown_types.items()],
        )
        yield (
            "protection_stopped_total",
            "counter",
            "Events since the start that say that a computer is no longer protected.",
            [
                ({"event_type_id": str(one), "event_type": name_of(one)}, self.protection.get(one, 0))
                for one in sorted(PROTECTION_STOPPED)
            ],
        )
        yield (
            "health",
            "gauge",
            "1 for the state in which the service is; healthy means that every stream can be consumed.",
            [({"state": one.value}, int(one is self.health)) for one in Health],
        )
        for name, kind, text, value in STREAM_VALUES:
            yield name, kind, text, [(label, int(getattr(one, value))) for label, one in streams]
        yield (
            "oldest_undelivered_seconds",
            "gauge",
            "Age of the oldest event that was not received yet; the cloud deletes it at 864000 seconds.",
            [(label, one.oldest_age(self.now_ns)) for label, one in streams],
        )
        yield (
            "sink_lag_records",
            "gauge",
            "Records that the sink does not have yet.",
            [(label, one.lag) for label, one in sinks],
        )
        for count, text in SINK_COUNTERS.items():
            yield f"sink_{count}_total", "counter", text, [(label, getattr(one, count)) for label, one in sinks]
        yield (
            "sink_refused",
            "gauge",
            "1 while the destination refuses everything, which needs a person.",
            [(label, int(one.state == "refused")) for label, one in sinks],
        )
        yield "outbox_records", "gauge", "Records that a required sink does not have yet.", [({}, self.outbox_records)]
        yield "paused", "gauge", "1 while consuming is paused until the sinks have caught up.", [({}, int(self.paused))]
        yield "waiting_detections", "gauge", "Detections in memory.", [({}, self.waiting_detections)]


def _aged(name: str, seconds: float) -> str:
    return f"{name}: the oldest undelivered event is {seconds / DAY:.1f} days old; the cloud deletes it at 10"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return printable(value).replace("\\", "\\\\").replace('"', '\\"')
