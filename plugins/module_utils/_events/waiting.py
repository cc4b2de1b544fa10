# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The detections that wait until the watermark has passed their time (R8): part of `windows`."""

from __future__ import annotations

from heapq import heappop, heappush

from .._common.time import SECOND
from .detections import Detection
from .grouping import pending


class Waiting:
    """What waits, by the second of its time, and those seconds as a heap."""

    __slots__ = ("_of_second", "_seconds")

    def __init__(self) -> None:
        self._of_second: dict[int, list[Detection]] = {}
        self._seconds: list[int] = []

    def add(self, time: int, detection: Detection) -> None:
        """Let a detection wait until the watermark has passed `time`, one of the two by which it is placed."""
        second = time // SECOND
        waiting = self._of_second.get(second)
        if waiting is None:
            self._of_second[second] = [detection]
            heappush(self._seconds, second)
        else:
            waiting.append(detection)

    def due(self, at: int) -> list[tuple[int, str, Detection]]:
        """Take what waits below the watermark `at`: time, key and detection, in the order of (time, key).

        A detection that was added twice at one time is there twice.
        """
        seconds, of_second = self._seconds, self._of_second
        ready: list[Detection] = []
        while seconds and seconds[0] < at // SECOND:
            ready += of_second.pop(heappop(seconds))
        if seconds and seconds[0] == at // SECOND:
            here = of_second[seconds[0]]
            of_second[seconds[0]] = [detection for detection in here if any(time >= at for time in pending(detection))]
            ready += here
        due: list[tuple[int, str, Detection]] = []
        for detection in ready:
            time = detection.time
            if time == detection.sha256_time and time < at and not detection.placed:  # nearly always
                due.append((time, detection.key, detection))
                continue
            due += [(time, detection.key, detection) for time in pending(detection) if time < at]
        due.sort()  # no other detection has its time and key
        return due
