# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows of one rule in memory, and what places a detection in them (R6): part of `windows`."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from .detections import Detection
from .incidents import Incident, Rule

# Bits of Detection.placed: the two times by which a detection is placed, its own and that of its hash.
BY_TIME = 1
BY_HASH = 2


def pending(detection: Detection) -> tuple[int, ...]:
    """The times by which a detection is still to be placed."""
    time, sha256_time, placed = detection.time, detection.sha256_time, detection.placed
    if sha256_time is None or sha256_time == time or placed & BY_HASH:
        return () if placed & BY_TIME else (time,)
    return (sha256_time,) if placed & BY_TIME else (time, sha256_time)


def placed(detection: Detection, at: int) -> int:
    """Where a detection has been placed already: wherever the watermark has passed it."""
    by_hash = detection.sha256_time is not None and detection.sha256_time < at
    return (BY_TIME if detection.time < at else 0) | (BY_HASH if by_hash else 0)


def _both(detection: Detection) -> str | None:
    sha256, connector = detection.sha256, detection.connector_guid
    return f"{sha256}/{connector}" if sha256 and connector else None


_KEYS: dict[Rule, Callable[[Detection], str | None]] = {
    "same_hash": attrgetter("sha256"),
    "same_hash_same_computer": _both,
    "same_computer": attrgetter("connector_guid"),
}


class Grouping:
    """The windows of one rule. `current` has the last regular one of each key, `late` what late detections opened."""

    __slots__ = ("bit", "current", "key_of", "late", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule: Rule = rule
        self.bit = BY_TIME if rule == "same_computer" else BY_HASH
        self.key_of = _KEYS[rule]
        self.current: dict[str, Incident] = {}
        self.late: dict[str, list[Incident]] = {}

    def place(self, detection: Detection) -> tuple[str, int] | None:
        """As `incidents.place`, faster."""
        key = self.key_of(detection)
        time = detection.time if self.bit == BY_TIME else detection.sha256_time
        return None if key is None or time is None else (key, time)

    def in_memory(self, key: str, time: int) -> Incident | None:
        """The regular incident at hand that covers `time`."""
        incident = self.current.get(key)
        while incident is not None and not incident.start <= time < incident.end:
            incident = incident.previous
        return incident

    def late_in_memory(self, key: str, time: int) -> Incident | None:
        """The late incident at hand that covers `time`, of several the one that starts last."""
        covering = (incident for incident in self.late.get(key, ()) if incident.start <= time < incident.end)
        return max(covering, key=lambda incident: incident.start, default=None)
