# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows of one source in interval mode (R8a): nothing is placed while a drain reads, all of it when it has read.

So one drain is one batch, whatever the order of arrival: a backlog that is published newest first gives the incidents
of a backlog in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from .._common.time import SECOND
from .detections import BY_HASH, BY_TIME, Detection
from .event import Event
from .grouping import Grouping, pending
from .incidents import Incident
from .joining import detection_key
from .windows import SourceWindows


class HeldWindows(SourceWindows):
    """See SourceWindows; `run` numbers the drain. What it stores is held until `place_everything` or `place_due`."""

    def __init__(self, *arguments: Any, run: int, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._run = run
        self._stored_until = 0

    def restore(self) -> None:
        """See SourceWindows."""
        self._stored_until = self._history.last_start(self._window_seconds) + self._window_seconds * SECOND
        super().restore()

    def _take_up(self, detections: Sequence[Detection]) -> None:
        """Go on holding what an earlier run held."""

    def feed(self, stream: str, events: Sequence[Event], now_ns: int) -> None:
        """Take in events; whatever their time, none of them is late yet."""
        detections, changed, largest = self.detections, self._changed, 0
        keys = list(map(detection_key, events))
        self._recall_detections(set(filter(None, keys)).difference(detections))
        touched: dict[str, Detection] = {}
        for key, event in zip(keys, events, strict=True):
            largest = max(largest, event.time)
            if key is None:
                continue
            detection = detections.get(key)
            if detection is None:
                detection = detections[key] = Detection.from_event(key, event)
                detection.run = self._run
                detection.hash_run = self._run if detection.sha256 else 0
            else:
                if detection.placed:
                    touched[key] = detection
                had_hash = detection.sha256 is not None
                detection.add(event)
                if not had_hash and detection.sha256 is not None:
                    detection.hash_run = self._run
            if not detection.is_changed:
                detection.is_changed = True
                changed.append(detection)
        self.watermark.hear(stream, largest, now_ns)
        for detection in touched.values():
            self._touch(detection)

    def settle(self) -> None:
        """Time moves nothing in interval mode."""

    def place_everything(self, now_ns: int) -> None:
        """Place all that is held in the order of (time, key), as one batch; then nothing is held any more (R8a)."""
        at = self.watermark.at
        opened_before = {
            grouping.rule: {key: [one for one in grouping.at_hand(key) if one.end > at] for key in self._keys(grouping)}
            for grouping in self._groupings
        }
        held = self._held()
        for time, _key, detection, bits in held:
            detection.placed |= bits
            if bits & BY_HASH and not detection.decide_hash_rules():
                bits &= BY_TIME
            for grouping in self._with_bits[bits]:
                key = grouping.key_of(detection)
                if key is not None:
                    self._place(grouping, key, time, detection, opened_before[grouping.rule].get(key, ()))
        self._closing = deque(sorted(self._closing, key=lambda incident: incident.end))
        self.flushed = self._run
        self.watermark.reach(now_ns)
        if held:
            self._expiring.append((held[-1][0], [detection for _time, _key, detection, _bits in held]))

    def place_due(self, now_ns: int) -> None:
        """Place what the watermark passes, for a stream of the source was cut short: the rest waits (R8)."""
        waiting = [detection for detection in self.detections.values() if pending(detection)]
        self._wait_for_all(waiting)
        self.watermark.reach_least(now_ns)
        self._place_due()
        for detection in waiting:
            if pending(detection):
                detection.run = 0 if detection.placed & BY_TIME else self._run
                detection.hash_run = 0 if detection.placed & BY_HASH else self._run

    @staticmethod
    def _keys(grouping: Grouping) -> Iterable[str]:
        return {*grouping.current, *grouping.late}

    def _held(self) -> list[tuple[int, str, Detection, int]]:
        """Yield what is still to be placed: time, key, detection and the bits by which it is placed at that time."""
        held = []
        for key, detection in self.detections.items():
            if not detection.placed and detection.sha256_time in (None, detection.time):  # nearly always
                bits = BY_TIME if detection.sha256_time is None else BY_TIME | BY_HASH
                held.append((detection.time, key, detection, bits))
                continue
            for time in pending(detection):
                bits = (BY_TIME if time == detection.time else 0) | (BY_HASH if time == detection.sha256_time else 0)
                held.append((time, key, detection, bits & ~detection.placed))
        held.sort()
        return held

    def _place(
        self, grouping: Grouping, key: str, time: int, detection: Detection, opened_before: Sequence[Incident]
    ) -> None:
        """Into the incident that covers it, or into one of an earlier drain that opened shortly after it (R8a, R9)."""
        incident = self._at_hand(grouping, key, time)
        if incident is None and opened_before:
            lateness = self.watermark.lateness
            near = [one for one in opened_before if one.start - lateness <= time < one.start]
            incident = min(near, key=lambda one: (one.late, one.start), default=None)
        if incident is not None:
            self._join(incident, detection, time)
        elif time < self.watermark.at:
            self._note(self._open_late(grouping, key, time, detection))
        else:
            self._open(grouping, key, time, detection)

    def _at_hand(self, grouping: Grouping, key: str, time: int) -> Incident | None:
        """Return the incident that covers a time. The store is asked only for what is not in memory."""
        if time < self._stored_until:
            return self._covering(grouping, key, time)
        found = grouping.in_memory(key, time)
        return grouping.late_in_memory(key, time) if found is None and key in grouping.late else found

    def _open(self, grouping: Grouping, key: str, time: int, detection: Detection) -> None:
        incident = Incident.from_anchor(grouping.rule, self._window_seconds, key, time, detection)
        grouping.current[key] = incident  # placed in the order of time, nothing looks for the window before it
        self._closing.append(incident)
        self._note(incident)
