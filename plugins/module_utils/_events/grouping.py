# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows of one rule in memory, and what places a detection in them (R6): part of `windows`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from .detections import BY_HASH, BY_TIME, Detection
from .incidents import Incident, Rule


def pending(detection: Detection) -> tuple[int, ...]:
    """Return the times by which a detection is still to be placed."""
    time, sha256_time, placed = detection.time, detection.sha256_time, detection.placed
    by_hash = sha256_time is not None and not placed & BY_HASH
    if placed & BY_TIME:
        return (sha256_time,) if by_hash else ()  # type: ignore[return-value]
    return (time, sha256_time) if by_hash and sha256_time != time else (time,)  # type: ignore[return-value]


def placed(detection: Detection, at: int, flushed: int) -> int:
    """Return where a detection has been placed already.

    That is wherever the watermark has passed it; but what interval mode held is placed from the end of its run on, and
    `flushed` is the last run that came to its end.
    """
    time, sha256_time, run, hash_run = detection.time, detection.sha256_time, detection.run, detection.hash_run
    by_time = run <= flushed if run else time < at
    by_hash = sha256_time is not None and (hash_run <= flushed if hash_run else sha256_time < at)
    return (BY_TIME if by_time else 0) | (BY_HASH if by_hash else 0)


def _by_both(detection: Detection) -> str | None:
    return f"{detection.sha256}/{detection.connector_guid}" if detection.connector_guid else None


_KEYS: dict[Rule, Callable[[Detection], str | None]] = {
    "same_hash": attrgetter("sha256"),
    "same_hash_same_computer": _by_both,
    "same_computer": attrgetter("connector_guid"),
}


class Grouping:
    """The windows of one rule. `current` has the last regular one of each key, `late` what late detections opened.

    `key_of` gives the key of a detection whose placing by `bit` has been decided; None where the rule has no key.
    """

    __slots__ = ("bit", "current", "key_of", "late", "rule")

    def __init__(self, rule: Rule) -> None:
        self.rule: Rule = rule
        self.bit = BY_TIME if rule == "same_computer" else BY_HASH
        self.key_of = _KEYS[rule]
        self.current: dict[str, Incident] = {}
        self.late: dict[str, list[Incident]] = {}

    def place(self, detection: Detection) -> tuple[str, int] | None:
        """Do as `incidents.place` does, faster; of a detection that joined an incident before its window, its start."""
        if self.bit == BY_HASH and not (detection.sha256 and detection.in_hash_rules):
            return None
        key = self.key_of(detection)
        time = detection.time if self.bit == BY_TIME else detection.sha256_time
        if detection.joined:
            time = detection.joined.get(self.rule, time)
        return None if key is None or time is None else (key, time)

    def in_memory(self, key: str, time: int) -> Incident | None:
        """Return the regular incident at hand that covers `time`."""
        incident = self.current.get(key)
        while incident is not None and time < incident.start:
            incident = incident.previous
        return incident if incident is not None and time < incident.end else None

    def late_in_memory(self, key: str, time: int) -> Incident | None:
        """Return the late incident at hand that covers `time`, of several the one that starts last."""
        covering = (incident for incident in self.late.get(key, ()) if incident.start <= time < incident.end)
        return max(covering, key=lambda incident: incident.start, default=None)

    def at_hand(self, key: str) -> Iterator[Incident]:
        """Return all incidents of a key that memory holds."""
        incident = self.current.get(key)
        while incident is not None:
            yield incident
            incident = incident.previous
        yield from self.late.get(key, ())
