# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The open windows of one source: what `live` does for each (R8, R9, R10).

A detection waits in memory until the watermark has passed its time. Then it is placed, in the order of (time, key):
no detection that comes later can be placed before it, so an anchor never moves. What comes below the watermark is late:
it joins the incident that covers it, in memory or in the store, or opens one of its own that takes in late ones only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from .._common.time import SECOND
from .detections import BY_HASH, BY_TIME, Detection
from .event import Event
from .grouping import Grouping, pending, placed
from .history import Changes, History
from .incidents import Incident, IncidentRow, Rule
from .joining import detection_key
from .reopening import OpenRows
from .waiting import Waiting
from .watermark import Watermark

# An open incident of up to this many detections is told of whenever it changes.
_SMALL = 16


def _is_due(incident: Incident) -> bool:
    """Return whether to tell of a large incident that has changed: one that is open waits until it grew by half."""
    return incident.state == "final" or incident.changes * 2 >= incident.size


class SourceWindows:
    """Detections that wait or are in open windows (`detections`, by key), and those windows.

    `flushed` is the last run of interval mode after which everything of the source was placed. With `tell_final`, a
    window that closes is a change.
    """

    def __init__(
        self,
        source: str,
        rules: Sequence[Rule],
        window_seconds: int,
        watermark: Watermark,
        history: History,
        *,
        flushed: int,
        tell_final: bool,
    ) -> None:
        self.source = source
        self.flushed = flushed
        self.watermark = watermark
        self.detections: dict[str, Detection] = {}
        self._window_seconds = window_seconds
        self._history = history
        self._tell_final = tell_final
        self._groupings = [Grouping(rule) for rule in rules]
        self._of_rule = {grouping.rule: grouping for grouping in self._groupings}
        self._with_bits = [[g for g in self._groupings if g.bit & bits] for bits in range(4)]
        self._waiting = Waiting()
        # Open windows in the order of their ends: the regular ones come in that order, the late ones do not.
        self._closing: deque[Incident] = deque()
        self._late_closing: list[tuple[int, str, str, Incident]] = []
        # What was placed together, by the latest time of it: once the watermark is a window beyond, no window needs it.
        self._expiring: deque[tuple[int, list[Detection]]] = deque()
        self._told_at = watermark.at
        # Until the next take_changes: what changed, what memory need not keep, what was read from the store.
        self._changed: list[Detection] = []
        self._moved: dict[str, Detection] = {}
        self._changed_incidents: list[Incident] = []
        self._visitors: list[Detection] = []
        self._passing: list[Incident] = []
        self._followers: list[Incident] = []
        self._recalled: dict[int, Incident] = {}

    def feed(self, stream: str, events: Sequence[Event], now_ns: int) -> None:
        """See Live.feed."""
        watermark, detections, changed, wait = self.watermark, self.detections, self._changed, self._waiting.add
        begun = Detection.from_event
        furthest = watermark.begin(stream, now_ns)
        at, largest, lateness = watermark.at, watermark.shown[stream], watermark.lateness
        keys = [detection_key(event) for event in events]
        self._recall_detections(set(filter(None, keys)).difference(detections))
        late: list[tuple[Detection, int]] = []
        touched: dict[str, Detection] = {}
        for key, event in zip(keys, events, strict=True):
            time = event.time
            if key is not None:
                detection = detections.get(key)
                late_by = 0
                if detection is None:
                    detection = detections[key] = begun(key, event)
                    if time >= at:
                        wait(time, detection)
                    else:
                        self._visitors.append(detection)
                        late_by = BY_TIME if detection.sha256 is None else BY_TIME | BY_HASH
                else:
                    if detection.placed:
                        touched[key] = detection
                    if detection.add(event, at):
                        late_by = self._move(detection, event, at)
                if late_by:
                    detection.placed |= late_by
                    late.append((detection, late_by))
                if not detection.is_changed:
                    detection.is_changed = True
                    changed.append(detection)
            if time > largest:
                largest = time
                reached = (time if time < furthest else furthest) - lateness
                if reached > at:
                    at = reached
        watermark.end(stream, largest, at)
        self._place_due()
        for detection, bits in late:
            self._place_late(detection, bits)
        if late:
            self._expiring.append((at, [detection for detection, _bits in late]))
        for detection in touched.values():
            self._touch(detection)

    def count_waiting(self) -> int:
        """Return how many detections are still to be placed."""
        return sum(bool(pending(detection)) for detection in self.detections.values())

    def settle(self) -> None:
        """Do what the watermark allows since it moved without events."""
        self._place_due()

    def take_changes(self, changes: Changes, *, everything: bool) -> None:
        """Add what is to be stored and told of; a large open incident when it grew by half, or `everything`.

        Only now memory lets go: what was not handed over yet cannot be found in the store.
        """
        changes.moved.extend(detection for detection in self._moved.values() if not detection.is_changed)
        changes.detections.extend(self._changed)
        for detection in self._changed:
            detection.is_changed = False
        self._changed, self._moved = [], {}
        self._close()
        changes.incidents.extend(self._take_incidents(everything=everything))
        self._forget_what_is_stored()
        self._told_at = self.watermark.at

    def _take_incidents(self, *, everything: bool) -> list[Incident]:
        """Return the changed incidents that are due; the others go on waiting."""
        changed = self._changed_incidents
        told = changed
        if not everything:
            told = [one for one in changed if one.more is None or len(one.more) < _SMALL or _is_due(one)]
        for incident in told:
            incident.revision += 1
            incident.changes = 0
        self._changed_incidents = [] if len(told) == len(changed) else [one for one in changed if one.changes]
        return told

    # Events into detections

    def _move(self, detection: Detection, event: Event, at: int) -> int:
        """Another event changed where a detection belongs; the bits by which it must be placed late because of it."""
        time = event.time
        if time < at:
            return BY_HASH  # a late event never moves a detection, but it may be the first to tell the hash
        self._waiting.add(time, detection)
        return 0

    def _recall_detections(self, keys: set[str]) -> None:
        """Bring back those that the store knows: all their windows are closed, or memory would have them."""
        at = self.watermark.at
        for row in self._history.detections(keys) if keys else ():
            detection = Detection.from_row(row)
            self._find_placed(detection, at)
            self.detections[detection.key] = detection
            self._visitors.append(detection)

    def _find_placed(self, detection: Detection, at: int) -> None:
        """Note where a detection of the store was placed; what that was decided by is what is stored of it."""
        detection.placed = placed(detection, at, self.flushed)
        if detection.placed & BY_HASH:
            detection.decide_hash_rules()

    # Detections into incidents

    def _place_due(self) -> None:
        """Place what the watermark has passed: once by its time, once by that of its hash, mostly both at once."""
        due = self._waiting.due(self.watermark.at)
        if not due:
            return
        window_seconds, opened, joined = self._window_seconds, Incident.from_anchor, self._join
        changed, closing = self._changed_incidents.append, self._closing.append
        with_bits = [[(g.rule, g.current, g.key_of) for g in groupings] for groupings in self._with_bits]
        placed: list[Detection] = []
        for time, _key, detection in due:
            bits = (BY_TIME if time == detection.time else 0) | (BY_HASH if time == detection.sha256_time else 0)
            bits &= ~detection.placed
            if not bits:
                continue  # it has been placed by an earlier time, which came after the one that it waited for
            detection.placed |= bits
            placed.append(detection)
            if bits & BY_HASH and not detection.decide_hash_rules():
                bits &= BY_TIME
            for rule, current, key_of in with_bits[bits]:
                key = key_of(detection)
                if key is None:
                    continue
                before = current.get(key)
                if before is not None and time < before.end:
                    joined(before, detection, time)
                    continue
                incident = current[key] = opened(rule, window_seconds, key, time, detection)
                incident.changes = 1
                changed(incident)
                closing(incident)
                if before is not None:
                    incident.previous = before
                    self._followers.append(incident)
        self._expiring.append((due[-1][0], placed))

    def _join(self, incident: Incident, detection: Detection, time: int) -> None:
        """Let an incident take in a detection, also one of a time before its window (R8a)."""
        incident.join(detection)
        if time < incident.start:
            detection.joined = {**(detection.joined or {}), incident.rule: incident.start}
            self._moved[detection.key] = detection
        self._note(incident)

    def _place_late(self, detection: Detection, bits: int) -> None:
        if bits & BY_HASH:
            detection.decide_hash_rules()
        for grouping in self._with_bits[bits]:
            where = grouping.place(detection)
            if where is None:
                continue
            incident = self._covering(grouping, *where)
            if incident is None:
                incident = self._open_late(grouping, *where, detection)
            else:
                incident.join(detection)
            self._note(incident)

    def _open_late(self, grouping: Grouping, key: str, time: int, detection: Detection) -> Incident:
        incident = Incident.from_anchor(grouping.rule, self._window_seconds, key, time, detection)
        incident.late = True
        grouping.late.setdefault(key, []).append(incident)
        if incident.end > self.watermark.at:
            heappush(self._late_closing, (incident.end, grouping.rule, detection.key, incident))
        else:
            incident.state = "final"
            self._passing.append(incident)
        return incident

    def _touch(self, detection: Detection) -> None:
        """Note that a detection says something new: so do its incidents, open or long closed."""
        for grouping in self._with_bits[detection.placed]:
            where = grouping.place(detection)
            incident = self._covering(grouping, *where) if where else None
            if incident is not None:
                self._note(incident)

    def _covering(self, grouping: Grouping, key: str, time: int) -> Incident | None:
        """Return the incident that covers a time: a regular one, else the late one that starts last.

        Which that is never changes: no regular incident can open below the watermark any more, and no late one opens
        where another covers. So nobody needs to note which incidents a detection is in.
        """
        incident = grouping.in_memory(key, time)
        if incident is not None:
            return incident
        row = self._history.incident(grouping.rule, self._window_seconds, self.source, key, time)
        stored = self._recall_incident(grouping, IncidentRow(*row).as_of(self._told_at)) if row is not None else None
        late = grouping.late_in_memory(key, time)
        if stored is None or (stored.late and late is not None and late.start > stored.start):
            return late
        return stored

    def _recall_incident(self, grouping: Grouping, row: IncidentRow) -> Incident | None:
        """With what the store still knows of its detections; None where that is nothing any more."""
        for incident in grouping.late.get(row.key, ()):
            if incident.start == row.start:
                return incident
        if row.number not in self._recalled:
            keys = row.member_keys
            self._recall_detections(set(keys).difference(self.detections))
            members = [self.detections[key] for key in keys if key in self.detections]
            if not members:
                return None
            self._recalled[row.number] = Incident.from_row(row, members)
        return self._recalled[row.number]

    def _note(self, incident: Incident) -> None:
        if not incident.changes:
            self._changed_incidents.append(incident)
        incident.changes += 1

    # Forgetting

    def _close(self) -> None:
        """Let go of the windows that the watermark has passed."""
        at, closing, late_closing, of_rule = self.watermark.at, self._closing, self._late_closing, self._of_rule
        while closing:
            incident = closing[0]
            if incident.end > at:
                break
            del closing[0]
            incident.state = "final"
            if self._tell_final:
                self._tell_end(incident)
            current, key = of_rule[incident.rule].current, incident.key
            last = current.pop(key, incident)
            if last is not incident:
                current[key] = last  # the next window of the key is open
        while late_closing and late_closing[0][0] <= at:
            incident = heappop(late_closing)[3]
            incident.state = "final"
            if self._tell_final:
                self._tell_end(incident)
            self._passing.append(incident)

    def _tell_end(self, incident: Incident) -> None:
        if not incident.changes:
            self._note(incident)

    def _forget_what_is_stored(self) -> None:
        over, detections, expiring = self.watermark.at - self._window_seconds * SECOND, self.detections, self._expiring
        while expiring and expiring[0][0] <= over:
            latest, gone = expiring.popleft()
            for detection in gone:
                key, sha256_time = detection.key, detection.sha256_time
                if detection.time <= latest and (sha256_time is None or sha256_time <= latest):
                    known = detections.pop(key, detection)
                    if known is not detection:
                        detections[key] = known  # brought back from the store
        for detection in self._visitors:
            if detection.last_place <= over and not pending(detection):
                detections.pop(detection.key, None)
        for incident in self._passing:
            late = self._of_rule[incident.rule].late
            late[incident.key].remove(incident)
            if not late[incident.key]:
                del late[incident.key]
        for incident in self._followers:
            incident.previous = None
        self._visitors, self._passing, self._followers = [], [], []
        self._recalled.clear()

    # Bringing back

    def restore(self) -> None:
        """Fill memory from the store: the open windows, what is in them, and what waits."""
        at = self.watermark.at
        since = at - self._window_seconds * SECOND
        rows = [IncidentRow(*row) for row in self._history.incidents_since(self._window_seconds, self.source, since)]
        opened = OpenRows(row for row in rows if row.start > since and row.rule in self._of_rule)
        for detection_row in self._history.detections_since(self.source, since, self.flushed):
            detection = Detection.from_row(detection_row)
            self._find_placed(detection, at)
            for grouping in self._with_bits[detection.placed]:
                opened.add(grouping, detection)
            self.detections[detection.key] = detection
        missing = opened.missing(self.detections)
        self._recall_detections({key for key, _number in missing})
        opened.add_missing(missing, self.detections)
        self._expiring.append((at, list(self.detections.values())))
        for row, members in opened.with_members():
            self._reopen(row, members)
        self._take_up(list(self.detections.values()))

    def _take_up(self, detections: Sequence[Detection]) -> None:
        """See to what the store knows and what is not placed yet."""
        self._wait_for_all(detections)

    def _wait_for_all(self, detections: Iterable[Detection]) -> None:
        """Let what is not placed yet wait. What interval mode held below the watermark and did not place is late."""
        at = self.watermark.at
        for detection in detections:
            if pending(detection):
                self._hold_no_longer(detection)
            for time in pending(detection):
                if time >= at:
                    self._waiting.add(time, detection)
                else:
                    bits = BY_TIME if time == detection.time else BY_HASH
                    bits |= BY_HASH if time == detection.sha256_time else 0
                    bits &= ~detection.placed
                    detection.placed |= bits
                    self._place_late(detection, bits)

    def _hold_no_longer(self, detection: Detection) -> None:
        """From now on the watermark alone says whether it is placed."""
        if detection.run or detection.hash_run:
            keeps_time, keeps_hash = detection.placed & BY_TIME, detection.placed & BY_HASH
            detection.run = detection.run if keeps_time else 0
            detection.hash_run = detection.hash_run if keeps_hash else 0
            self._moved[detection.key] = detection

    def _reopen(self, row: IncidentRow, members: list[Detection]) -> None:
        incident, grouping = Incident.from_row(row, members), self._of_rule[row.rule]
        if incident.late:
            grouping.late.setdefault(incident.key, []).append(incident)
            heappush(self._late_closing, (incident.end, incident.rule, incident.anchor, incident))
        else:
            incident.previous = grouping.current.get(incident.key)  # after interval mode, several may be open
            grouping.current[incident.key] = incident
            self._closing.append(incident)
        if len(members) > len(row.member_keys):
            self._note(incident)
