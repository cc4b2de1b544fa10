# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections: the events that tell of one threat on one computer, and what became of it (R4, R5, R6a).

The product sends "detected", "quarantined" and "quarantine failed" as events of their own, in any order, joined by a
detection_id that is unique on one connector only (workflows document, "Correlating Events"; api-contract.md section 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from .._common.json_text import compact, parsed
from .detection_records import Links, Record, detection_record, id_text, names_of_types
from .event import Event
from .facts import MAX_LISTED, Facts
from .judgement import (
    MALICIOUS,
    Entry,
    Judgement,
    Outcome,
    admits_hash,
    class_of_entry,
    highest_severity,
    judge,
    needs_person,
    rank_of,
)

# Bits of Detection.placed: the two times by which a detection is placed, its own and that of its hash.
BY_TIME = 1
BY_HASH = 2

_LATEST = frozenset({"disposition", "error"})
_UNITED = frozenset({"tactics", "techniques", "cves", "type_names"})
_NOT_EARLIEST = _LATEST | _UNITED
"""Which fact wins of several events: the latest one, or all of them; of any other the earliest one."""

_FEW = 32
"""Up to so many events of a detection are in a tuple, which costs the garbage collector nothing."""

HUNTING_MARK = "/hunting:"
"""What the key of a threat hunting incident has before its id (joining.py)."""


class Detection:
    """One detection, growing with its events; what it says does not depend on their order.

    `time` is that of its earliest event, `sha256` and `sha256_time` are those of its earliest event that carries a
    hash: they place it in the windows of the groupings (R6) and stay once it is placed. Where there is a watermark
    (R8), an event below it is late and moves neither of them. `facts` is what its events say, under the names of the
    record. `run` and `hash_run` number the runs of interval mode in which the two times were first known, 0 elsewhere.
    `joined` has, by rule, the start of the incident that took it in although it began before it (R8a).
    """

    __slots__ = (
        "_first",
        "_hash_rules",
        "_origins",
        "_severity",
        "_sha256_entry",
        "_verdict",
        "connector_guid",
        "detection_id",
        "entries",
        "facts",
        "hash_run",
        "is_changed",
        "joined",
        "key",
        "placed",
        "run",
        "sha256",
        "sha256_time",
        "source",
        "time",
    )

    key: str
    source: str
    connector_guid: str | None
    detection_id: str | None
    time: int
    entries: Sequence[Entry]
    sha256: str | None
    sha256_time: int | None
    facts: Facts
    is_changed: bool
    placed: int
    run: int
    hash_run: int
    joined: dict[str, int] | None
    _first: Entry
    _sha256_entry: Entry
    _origins: dict[str, Entry] | None
    _severity: str | None
    _verdict: tuple[Judgement, bool] | None
    _hash_rules: bool | None

    @classmethod
    def from_event(cls, key: str, event: Event) -> Detection:
        """Make a detection that is known from one event; `key` is its detection_key. For `__init__` see Incident."""
        self = cls()
        self.key = key
        self.source = event.source
        self.connector_guid = event.connector_guid
        self.detection_id = event.detection_id
        self.time = time = event.time
        self._first = entry = event.entry
        self.entries = (entry,)
        self.sha256 = sha256 = event.sha256
        self.sha256_time = time if sha256 else None
        self._sha256_entry = entry
        self.facts = event.facts
        self._origins = None
        self._severity = event.severity
        if event.hunting_id is not None:
            self.detection_id = None
            if event.severity is not None:
                self.facts["severity"] = event.severity
        self._verdict = None
        self._hash_rules = None
        # What windows.py notes: whether it changed, where it was placed, and in which run it came.
        self.is_changed = False
        self.placed = 0
        self.run = self.hash_run = 0
        self.joined = None
        return self

    def add(self, event: Event, watermark: int = 0) -> bool:
        """Take in another event of this detection that it has not had before; whether that changes where it belongs."""
        entry = event.entry
        entries = self.entries
        self.entries = (*entries, entry) if len(entries) < _FEW else _with(entries, entry)
        self._verdict = None
        severity = event.severity
        if severity is not None and severity != self._severity:
            self._severity = highest_severity((self._severity, severity))
        if event.hunting_id is not None:
            self._learn_newest(event, entry)
        elif self._origins:
            for name, value in event.facts.items():
                self._learn(name, value, entry)
        else:  # nearly always: one event has told all that is known
            self._learn_second(event.facts, entry)
        return self._move(event, entry, watermark)

    def _learn_newest(self, event: Event, entry: Entry) -> None:
        """Take the facts of an update of a threat hunting incident, its severity among them."""
        if event.severity is not None:
            event.facts["severity"] = event.severity
        for name, value in event.facts.items():
            self._learn(name, value, entry)

    def _learn_second(self, facts: Facts, entry: Entry) -> None:
        """Take the facts of an event where all that is known is of one other; the shorter list goes into the longer."""
        is_newer = entry >= self._first
        if len(facts) > len(self.facts):
            is_newer = not is_newer
            self._first, entry, self.facts, facts = entry, self._first, facts, self.facts
        known = self.facts
        origins: dict[str, Entry] = {}
        self._origins = origins
        for name, value in facts.items():
            if name in _NOT_EARLIEST and name in known:
                if name in _UNITED:
                    self._learn(name, value, entry)
                elif is_newer:
                    known[name] = value
                    origins[name] = entry
            elif not is_newer or name not in known:
                known[name] = value
                origins[name] = entry

    def _learn(self, name: str, value: Any, entry: Entry) -> None:
        """Take a fact from an event, unless one that counts more has told it."""
        facts, origins = self.facts, self._origins
        if origins is None:
            origins = self._origins = {}
        if name not in facts:
            facts[name] = value
            origins[name] = entry
        elif name in _UNITED:
            facts[name] = sorted({*facts[name], *value})[:MAX_LISTED]
        else:
            is_newer = entry > origins.get(name, self._first)
            if is_newer == (name in _LATEST or self.is_hunting):
                facts[name] = value
                origins[name] = entry

    def _move(self, event: Event, entry: Entry, watermark: int) -> bool:
        """Take time and hash from an event, unless the detection is placed by them already."""
        time = entry[0]
        if time >= self.time and (event.sha256 is None or (self.sha256 is not None and entry > self._sha256_entry)):
            return False  # nearly always: it is later than what places the detection
        moves = False
        if watermark <= time < self.time and not self.placed & BY_TIME:
            self.time, moves = time, True
        if event.sha256:
            is_earlier = entry < self._sha256_entry and watermark <= time and not self.placed & BY_HASH
            if self.sha256 is None or is_earlier:
                moves = moves or self.sha256_time != time
                self.sha256, self.sha256_time, self._sha256_entry = event.sha256, time, entry
        return moves

    def __lt__(self, other: Detection) -> bool:
        """Let (time, key, detection) be sorted: of the same time and key none comes first."""
        return False

    @property
    def last_place(self) -> int:
        """Return the later of the two times that place it."""
        return self.time if self.sha256_time is None else max(self.time, self.sha256_time)

    @property
    def is_hunting(self) -> bool:
        """Return whether it is a threat hunting incident, of which the newest texts count (R4)."""
        return self.detection_id is None and HUNTING_MARK in self.key

    def _judged(self) -> tuple[Judgement, bool]:
        """Return what the events so far say (R5), and whether somebody has to look at it; worked out once for all."""
        verdict = self._verdict
        if verdict is None:
            judgement, get = judge(self.entries), self.facts.get
            parent = get("parent")
            of_parent = parent and parent["disposition"]
            urgent = needs_person(judgement.outcome, self.severity, get("disposition"), of_parent)
            verdict = self._verdict = judgement, urgent
        return verdict

    @property
    def judgement(self) -> Judgement:
        """Return what the events so far say (R5)."""
        return self._judged()[0]

    @property
    def outcome(self) -> Outcome:
        """Return what became of it."""
        return self._judged()[0].outcome

    @property
    def name(self) -> str:
        """Return what was detected; the name of the type that tells of it, where no event has a name for the threat."""
        name: str | None = self.facts.get("name")
        if name is None:
            entries = sorted(self.entries)
            threats = (entry for entry in entries if class_of_entry(entry) in ("detection", "prevented", "indicator"))
            type_id = next(threats, entries[0])[3]
            names, _unknown = names_of_types((type_id,), tuple(self.facts.get("type_names", ())))
            name = names[type_id]
        return name

    @property
    def severity(self) -> str | None:
        """Return the highest of its events; of a hunting incident that of the newest one."""
        severity: str | None = self.facts.get("severity") if self.is_hunting else self._severity
        return severity

    @property
    def needs_person(self) -> bool:
        """Return whether somebody has to look at it."""
        return self._judged()[1]

    @property
    def in_hash_rules(self) -> bool:
        """Return whether the two rules about hashes take it (R6)."""
        return self._admits_hash() if self._hash_rules is None else self._hash_rules

    def decide_hash_rules(self) -> bool:
        """Return whether the two rules about hashes take it, which no later event changes: it is placed now."""
        decided = self._hash_rules
        if decided is None:
            is_malicious = self.facts.get("disposition") == MALICIOUS  # nearly always: whatever its outcome is
            decided = self._hash_rules = is_malicious or self._admits_hash()
        return decided

    def _admits_hash(self) -> bool:
        return admits_hash(self.outcome, self.facts.get("disposition"))

    @property
    def event_ids(self) -> list[str]:
        """Return the ids of its events as text, in the order of the events; the key of an event that has no id."""
        entries = sorted(self.entries) if len(self.entries) > 1 else self.entries
        return [id_text(entry) for entry in entries]

    def record(self, links: Links | None = None) -> Record:
        """Return the detection as JSON output and Jinja show it."""
        return detection_record(self, links)

    def row(self) -> DetectionRow:
        """Return all that it knows, as plain values for the store."""
        return DetectionRow(
            self.key,
            self.source,
            self.connector_guid,
            self.detection_id,
            self.sha256,
            self.time,
            self.last_place,
            max(self.run, self.hash_run),
            self.rank,
            self._state(),
        )

    @property
    def rank(self) -> int:
        """Return its place in a report: what needs a person first, then by severity; the smaller, the earlier."""
        return rank_of(self.needs_person, self.severity)

    def _state(self) -> str:
        entries = [entry if entry[4] else entry[:4] for entry in self.entries]
        state: dict[str, Any] = {"entries": entries, "facts": self.facts}
        place = self.entries.index
        if len(entries) > 1:
            state["first"] = place(self._first)
            state["sha256"] = place(self._sha256_entry)
            state["origins"] = {name: place(entry) for name, entry in (self._origins or {}).items()}
        if self._severity:
            state["severity"] = self._severity
        if self._hash_rules is not None:
            state["hash_rules"] = self._hash_rules
        if self.run or self.hash_run:
            state["runs"] = [self.run, self.hash_run]
        if self.joined:
            state["joined"] = self.joined
        return compact(state)

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Detection:
        """Make the detection of a row that `row` made."""
        self = cls()
        self.key, self.source, self.connector_guid, self.detection_id, self.sha256, self.time = row[:6]
        state = parsed(row[9])
        entries = self.entries = tuple(
            [(*entry, "") if len(entry) == 4 else tuple(entry) for entry in state["entries"]]
        )
        self._first = entries[state.get("first", 0)]
        self._sha256_entry = entries[state.get("sha256", 0)]
        self.sha256_time = self._sha256_entry[0] if self.sha256 else None
        self.facts = state["facts"]
        self._origins = {name: entries[place] for name, place in state.get("origins", {}).items()}
        self._severity = state.get("severity")
        self._hash_rules = state.get("hash_rules")
        self.run, self.hash_run = state.get("runs", (0, 0))
        self.joined = state.get("joined")
        self._verdict = None
        self.is_changed = False
        self.placed = 0
        return self


def _with(entries: Sequence[Entry], entry: Entry) -> Sequence[Entry]:
    """One more."""
    if isinstance(entries, list):
        entries.append(entry)
        return entries
    return [*entries, entry]


class DetectionRow(NamedTuple):
    """A detection in the store.

    `last_place` is the later of the two times that place it, `held` the run of interval mode that held it last (0 for
    none), `rank` its place in a report; `state` is JSON.
    """

    key: str
    source: str
    connector_guid: str | None
    detection_id: str | None
    sha256: str | None
    time: int
    last_place: int
    held: int
    rank: int
    state: str
