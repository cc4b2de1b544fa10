# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a detection, and whether a person has to look at it (R5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from .event_types import EventClass, class_of_type

Outcome = Literal["quarantined", "blocked", "cleared", "indicated", "detected", "quarantine_failed", "restored"]
DetectionClass = Literal["detection", "prevented", "indicator"]

OUTCOMES: tuple[Outcome, ...] = (
    "quarantined",
    "blocked",
    "cleared",
    "indicated",
    "detected",
    "quarantine_failed",
    "restored",
)
"""From the best to the worst (R5)."""

CLASSES: tuple[DetectionClass, ...] = ("detection", "prevented", "indicator")

STILL_DANGEROUS = frozenset({"detected", "quarantine_failed", "restored"})
"""The outcomes after which the file may still be there."""

SEVERITIES = ("Low", "Medium", "High", "Critical")
MALICIOUS = "Malicious"
CLEAN = "Clean"

URGENT_BELOW = 10
"""What needs a person has a rank below this, all else one from it on; see `rank_of`."""

BADNESS = {outcome: badness for badness, outcome in enumerate(OUTCOMES)}
SEVERITY_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_SEVERE = frozenset({"High", "Critical"})
_PLACE_OF = {severity: place for place, severity in enumerate(reversed(SEVERITIES))}

_OUTCOME_OF: dict[EventClass, Outcome] = {
    "quarantined": "quarantined",
    "quarantine_failed": "quarantine_failed",
    "restored": "restored",
    "cleared": "cleared",
}
"""The decisive classes of events."""

_OUTCOME_OF_ALONE: dict[EventClass, Outcome] = {"prevented": "blocked", "indicator": "indicated"}
_CLASS_OF_OUTCOME: dict[Outcome, DetectionClass] = {"blocked": "prevented", "indicated": "indicator"}

Entry = tuple[int, int, str, int, str]
"""One event of a detection: time, id (0 where it has none), key (where it has no id), event type id (0 where it has
none), class where the event itself says another one than its type. Entries order events by (time, id), those without an
id first."""


class Judgement(NamedTuple):
    """What the events of a detection say about it; `evidence` is the event that decided."""

    outcome: Outcome
    ok: int
    failed: int
    evidence: Entry


def class_of_entry(entry: Entry) -> EventClass:
    """Return the class of an event. One of an unknown type is in a detection because it is one itself."""
    return entry[4] or class_of_type(entry[3]) or "detection"  # type: ignore[return-value]


def judge(entries: Sequence[Entry]) -> Judgement:
    """Return the outcome of a detection from its events in any order (R5).

    Ordered by (time, id), the last decisive event wins. Events of one time cannot be ordered where one has no id or
    both have the same, rounded one: then the worse outcome wins. Without a decisive event the classes of all decide.
    """
    if len(entries) == 1:
        return _of_one(entries[0])
    classes = [class_of_entry(entry) for entry in entries]
    decisive = [known for known in classes if known in _OUTCOME_OF]
    if not decisive:
        only = classes[0] if len(set(classes)) == 1 else "detection"
        return Judgement(_OUTCOME_OF_ALONE.get(only, "detected"), 0, 0, min(entries))
    entry, known = (entries[classes.index(decisive[0])], decisive[0]) if len(decisive) == 1 else _last(entries, classes)
    return Judgement(_OUTCOME_OF[known], classes.count("quarantined"), classes.count("quarantine_failed"), entry)


def _of_one(entry: Entry) -> Judgement:
    known = class_of_entry(entry)
    outcome = _OUTCOME_OF.get(known) or _OUTCOME_OF_ALONE.get(known, "detected")
    return Judgement(outcome, int(known == "quarantined"), int(known == "quarantine_failed"), entry)


def _last(entries: Sequence[Entry], classes: Sequence[EventClass]) -> tuple[Entry, EventClass]:
    """Return the last decisive event and its class, of those that cannot be ordered the worst."""
    decisive = [found for found in zip(entries, classes, strict=True) if found[1] in _OUTCOME_OF]
    last = max(entry[:2] for entry, _known in decisive)
    latest = [found for found in decisive if found[0][0] == last[0] and found[0][1] in (0, last[1])]
    return max(latest, key=lambda found: (BADNESS[_OUTCOME_OF[found[1]]], found[0]))


def class_of_outcome(outcome: Outcome) -> DetectionClass:
    """Return the class of a detection (R5)."""
    return _CLASS_OF_OUTCOME.get(outcome, "detection")


def needs_person(
    outcome: Outcome, severity: str | None, disposition: str | None, parent_disposition: str | None
) -> bool:
    """Return whether somebody has to look: it is still dangerous, or it indicates something bad (R5)."""
    if outcome in STILL_DANGEROUS:
        return True
    if outcome != "indicated":
        return False
    return severity in _SEVERE or MALICIOUS in (disposition, parent_disposition)


def rank_of(urgent: bool, severity: str | None) -> int:
    """Return the place in a report: what needs a person first, then by severity; the smaller, the earlier."""
    place = _PLACE_OF.get(severity or "", len(SEVERITIES))
    return place if urgent else URGENT_BELOW + place


def admits_hash(outcome: Outcome, disposition: str | None) -> bool:
    """Return whether the two rules about hashes take a detection: the hash of a tool is in none of them (R6)."""
    if class_of_outcome(outcome) == "indicator":
        return disposition == MALICIOUS
    return disposition != CLEAN


def worst_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of some outcomes (R5)."""
    return max(outcomes, key=BADNESS.__getitem__)


def highest_severity(severities: Iterable[str | None]) -> str | None:
    """Return the highest of some severities; None where none is known."""
    known = [severity for severity in severities if severity in SEVERITY_RANK]
    return max(known, key=SEVERITY_RANK.__getitem__, default=None)
