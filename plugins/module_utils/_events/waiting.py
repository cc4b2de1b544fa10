# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The detections that wait until the watermark has passed their time (R8): part of `windows`."""

from __future__ import annotations

from heapq import heappop, heappush

from .._common.time import SECOND
from .detections import Detection

_Due = tuple[int, str, Detection]


class Waiting:
    """What waits, by the second of its time, and those seconds as a heap: sorting few at a time is fast."""

    __slots__ = ("_of_second", "_seconds")

    def __init__(self) -> None:
        self._of_second: dict[int, list[_Due]] = {}
        self._seconds: list[int] = []

    def add(self, time: int, detection: Detection) -> None:
        """Let a detection wait until the watermark has passed `time`, one of the two by which it is placed."""
        second = time // SECOND
        waiting = self._of_second.get(second)
        if waiting is None:
            self._of_second[second] = [(time, detection.key, detection)]
            heappush(self._seconds, second)
        else:
            waiting.append((time, detection.key, detection))

    def due(self, at: int) -> list[_Due]:
        """Take what waits below the watermark `at`: time, key and detection, in the order of (time, key).

        Meanwhile a detection may have been placed already, by another time than the one that it was added with.
        """
        seconds, of_second = self._seconds, self._of_second
        due: list[_Due] = []
        while seconds and seconds[0] < at // SECOND:
            due += sorted(of_second.pop(heappop(seconds)))
        if seconds and seconds[0] == at // SECOND:
            here = of_second[seconds[0]]
            of_second[seconds[0]] = [waiting for waiting in here if waiting[0] >= at]
            due += sorted([waiting for waiting in here if waiting[0] < at])
        return due
