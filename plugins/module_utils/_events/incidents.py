# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Incidents: detections of one kind that fall within one window of time (R6, R7).

The three rules and the worked examples come from the workflows document, "Grouping Events".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple, Protocol

from .._common.json_text import compact, parsed
from .._common.time import SECOND, iso_time
from .detection_records import Links, Record
from .facts import MAX_LISTED, Facts
from .judgement import STILL_DANGEROUS, Outcome, highest_severity, rank_of, worst_outcome

Rule = Literal["same_hash", "same_hash_same_computer", "same_computer"]
State = Literal["open", "final"]

RULES: tuple[Rule, ...] = ("same_computer", "same_hash", "same_hash_same_computer")
DEFAULT_RULES: tuple[Rule, ...] = ("same_computer",)
"""One alert a machine and window; the rules about hashes are asked for (R6)."""

MAX_COUNTED = 1001
"""The largest total of an incident's record; it means more than 1,000."""


class Member(Protocol):
    """What grouping asks of a detection, whether it grows with events or was read from a record."""

    @property
    def key(self) -> str:
        """Unique within its source."""

    @property
    def source(self) -> str:
        """Return the source of its events."""

    @property
    def connector_guid(self) -> str | None:
        """Return the computer, if known."""

    @property
    def sha256(self) -> str | None:
        """Return the file, lower case."""

    @property
    def sha256_time(self) -> int | None:
        """Return when the file was first named, in nanoseconds."""

    @property
    def time(self) -> int:
        """Return when it began, in nanoseconds."""

    @property
    def outcome(self) -> Outcome:
        """Return what became of it."""

    @property
    def name(self) -> str:
        """Return what was detected."""

    @property
    def needs_person(self) -> bool:
        """Return whether somebody has to look at it."""

    @property
    def in_hash_rules(self) -> bool:
        """Return whether the two rules about hashes take it."""

    @property
    def facts(self) -> Facts:
        """Return what its events say, under the names of its record."""

    @property
    def severity(self) -> str | None:
        """Return the highest of its events."""

    @property
    def event_ids(self) -> list[str]:
        """Return its events."""


class Place(NamedTuple):
    """Where a rule puts a detection: under which key, at which time (nanoseconds)."""

    key: str
    time: int


def place(detection: Member, rule: Rule) -> Place | None:
    """Return where `rule` puts a detection within its source, or None where the rule does not apply (R6).

    A detection without a hash counts in same_computer only, one without a connector in same_hash only. The two rules
    about hashes know a detection from the first event that tells its hash, which is nearly always its first event:
    so streaming, which cannot wait for a hash to turn up, gives the same incidents as batch (R9). They do not take a
    tool: a file that is Clean, or that of an indicator unless it is Malicious itself.
    """
    connector, sha256, sha256_time = detection.connector_guid, detection.sha256, detection.sha256_time
    if rule == "same_computer":
        return Place(connector, detection.time) if connector else None
    if sha256 is None or sha256_time is None or not detection.in_hash_rules:
        return None
    if rule == "same_hash":
        return Place(sha256, sha256_time)
    return Place(f"{sha256}/{connector}", sha256_time) if connector else None


def incident_id(rule: Rule, window_seconds: int, key: str, anchor: str) -> str:
    """Return the id of an incident, the same for ever and everywhere (R8). The anchor's key holds the source."""
    return blake2b(f"{rule}/{window_seconds}/{key}/{anchor}".encode(), digest_size=16).hexdigest()


class Incident:
    """Detections of one source and one key of a rule within [start, end), in nanoseconds.

    `anchor` is the key of the detection that opened it. `first` and `more` are its detections in any order (most
    incidents have one only, which costs no list). `late`: it was opened by a detection that came below the watermark
    (R9), so never in batch.
    """

    __slots__ = (
        "anchor",
        "changes",
        "end",
        "first",
        "key",
        "late",
        "more",
        "number",
        "previous",
        "revision",
        "rule",
        "start",
        "state",
        "window_seconds",
    )

    rule: Rule
    window_seconds: int
    key: str
    anchor: str
    start: int
    end: int
    first: Member
    more: list[Member] | None
    state: State
    late: bool
    number: int  # under which the store keeps it, 0 if it does not yet
    revision: int
    changes: int  # those that were not told of yet
    previous: Incident | None  # the window before this one while it is at hand

    @classmethod
    def from_anchor(cls, rule: Rule, window_seconds: int, key: str, start: int, anchor: Member) -> Incident:
        """Open an incident. (Calling an `__init__` instead takes 3 % of the time of correlation more.)"""
        self = cls()
        self.rule = rule
        self.window_seconds = window_seconds
        self.key = key
        self.anchor = anchor.key
        self.start = start
        self.end = start + window_seconds * SECOND
        self.first = anchor
        self.more = None
        self.state = "open"
        self.late = False
        self.revision = self.number = self.changes = 0
        self.previous = None
        return self

    def join(self, member: Member) -> None:
        """Take in another detection."""
        if self.more is None:
            self.more = [member]
        else:
            self.more.append(member)

    @property
    def members(self) -> list[Member]:
        """Return all its detections."""
        return [self.first] if self.more is None else [self.first, *self.more]

    @property
    def size(self) -> int:
        """Return how many they are."""
        return 1 if self.more is None else 1 + len(self.more)

    @property
    def member_list(self) -> str:
        """See IncidentRow.members."""
        return "" if self.more is None else compact([member.key for member in self.members])

    @property
    def source(self) -> str:
        """Return where its events come from."""
        return self.first.source

    @property
    def id(self) -> str:
        """See incident_id."""
        return incident_id(self.rule, self.window_seconds, self.key, self.anchor)

    @property
    def first_time(self) -> int:
        """Return when its first detection was, in nanoseconds: its anchor, or one which joined before it."""
        return min(self.start, *map(self._time_of, self.members))

    def _time_of(self, member: Member) -> int:
        return member.time if self.rule == "same_computer" else member.sha256_time or member.time

    @property
    def needs_person(self) -> bool:
        """Return whether somebody has to look at it."""
        return self.first.needs_person or (self.more is not None and any(one.needs_person for one in self.more))

    @property
    def rank(self) -> int:
        """Return its place in a report: what needs a person first, then by severity; the smaller, the earlier."""
        first = self.first.severity
        severity = first if self.more is None else highest_severity([first, *(one.severity for one in self.more)])
        return rank_of(self.needs_person, severity)

    def record(self, links: Links | None = None) -> Record:
        """Return the incident as JSON output and Jinja show it; in its lists, what needs a person stands first."""
        members = self.members if self.more is None else sorted(self.members, key=_worst_first)
        first, times = members[0], [self._time_of(member) for member in members]
        first_time, last_time = min(self.start, *times), max(times)
        outcome = first.outcome if len(members) == 1 else worst_outcome([member.outcome for member in members])
        severity = first.severity if len(members) == 1 else highest_severity([member.severity for member in members])
        names, file_names, users, hostnames, dispositions, techniques, computers, hashes = _distinct(members)
        detections = [member.key for member in members]
        start = iso_time(first_time)
        record: Record = {
            "id": self.id,
            "revision": self.revision,
            "state": self.state,
            "rule": self.rule,
            "window_seconds": self.window_seconds,
            "source": self.source,
            "key": self.key,
            "anchor": self.anchor,
            "first_time": start,
            "last_time": start if first_time == last_time else iso_time(last_time),
            "outcome": outcome,
            "still_dangerous": outcome in STILL_DANGEROUS,
            "needs_person": first.needs_person,
            "severity": severity,
            "names": names[:MAX_LISTED],
            "file_names": file_names[:MAX_LISTED],
            "users": users[:MAX_LISTED],
            "hostnames": hostnames[:MAX_LISTED],
            "dispositions": dispositions[:MAX_LISTED],
            "techniques": techniques[:MAX_LISTED],
            "computers": computers,
            "hashes": hashes,
            "detections": detections,
            "event_ids": [event_id for member in members for event_id in member.event_ids],
            "totals": {
                "names": _total(names),
                "file_names": _total(file_names),
                "users": _total(users),
                "hostnames": _total(hostnames),
                "dispositions": _total(dispositions),
                "techniques": _total(techniques),
                "computers": _total(computers),
                "hashes": _total(hashes),
                "detections": _total(detections),
            },
            "late": self.late,
        }
        record["pivot_urls"] = links(record) if links else {}
        return record

    def row(self) -> IncidentRow:
        """Return all that it knows, as plain values for the store."""
        return IncidentRow(
            self.number,
            self.rule,
            self.window_seconds,
            self.source,
            self.key,
            self.start,
            int(self.late),
            self.anchor,
            self.state,
            self.revision,
            self.rank,
            self.member_list,
        )

    @classmethod
    def from_row(cls, row: IncidentRow, members: Sequence[Member]) -> Incident:
        """Make the incident of a row that `row` made, with its detections, of which there is one at least."""
        self = cls.from_anchor(row.rule, row.window_seconds, row.key, row.start, members[0])
        self.more = list(members[1:]) or None
        self.number = row.number
        self.anchor, self.state, self.revision, self.late = row.anchor, row.state, row.revision, bool(row.late)
        return self


class IncidentRow(NamedTuple):
    """An incident in the store, under a number of its own. `late` is 0 or 1.

    `members` is the JSON list of the keys of its detections; empty where the anchor is the only one.
    """

    number: int
    rule: Rule
    window_seconds: int
    source: str
    key: str
    start: int
    late: int
    anchor: str
    state: State
    revision: int
    rank: int
    members: str

    @property
    def member_keys(self) -> list[str]:
        """Return the keys of its detections."""
        return list(parsed(self.members)) if self.members else [self.anchor]

    def as_of(self, watermark: int) -> IncidentRow:
        """Return it with its state: that its window has closed follows from the watermark and is not stored."""
        if self.state == "final" or self.start + self.window_seconds * SECOND > watermark:
            return self
        return self._replace(state="final")


def group_incidents(detections: Iterable[Member], rule: Rule, window_seconds: int) -> list[Incident]:
    """Group detections into incidents under one rule, whatever their order; what needs a person first (R7).

    Within each source and key: the earliest detection that no incident covers opens one, which covers everything from
    its time up to, and without, `window_seconds` later.
    """
    placed = [(where.time, detection.key, detection, where) for detection, where in _placed(detections, rule)]
    placed.sort(key=lambda item: item[:2])
    current: dict[tuple[str, str], Incident] = {}
    incidents: list[Incident] = []
    for time, _key, detection, where in placed:
        incident = current.get((detection.source, where.key))
        if incident is not None and time < incident.end:
            incident.join(detection)
            continue
        incident = current[detection.source, where.key] = Incident.from_anchor(
            rule, window_seconds, where.key, time, detection
        )
        incident.revision, incident.state = 1, "final"
        incidents.append(incident)
    return sorted(incidents, key=lambda incident: (incident.rank, incident.start, incident.id))


def _placed(detections: Iterable[Member], rule: Rule) -> Iterable[tuple[Member, Place]]:
    for detection in detections:
        where = place(detection, rule)
        if where is not None:
            yield detection, where


def _worst_first(member: Member) -> tuple[bool, bool, int, str]:
    return not member.needs_person, member.outcome not in STILL_DANGEROUS, member.time, member.key


def _distinct(members: Sequence[Member]) -> Iterable[list[str]]:
    """Yield the distinct names, files, users, hosts, dispositions, techniques, computers and hashes, in their order."""
    columns: tuple[dict[str | None, None], ...] = ({}, {}, {}, {}, {}, {}, {}, {})
    names, file_names, users, hostnames, dispositions, techniques, computers, hashes = columns
    for member in members:
        get = member.facts.get
        names[member.name] = None
        file_names[get("file_name")] = None
        users[get("user")] = None
        hostnames[get("hostname")] = None
        dispositions[get("disposition")] = None
        for technique in get("techniques", ()):
            techniques[technique] = None
        computers[member.connector_guid] = None
        hashes[member.sha256] = None
    return [[*filter(None, column)] for column in columns]


def _total(listed: Sequence[str]) -> int:
    count = len(listed)
    return count if count < MAX_COUNTED else MAX_COUNTED
