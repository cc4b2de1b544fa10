# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a source has been heard: the time below which its events count as late (R8). Pure: the clock is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

NEVER = 0


class Watermark:
    """The watermark of one source over its streams; all times are nanoseconds since 1970, `at` never falls.

    It is the least of the largest times that the streams have shown, less the lateness. A stream that was connected and
    gave nothing for `idle_after` counts as having shown the clock. An event that runs ahead of the clock counts as of
    the time of its receipt: one computer whose clock is minutes fast must not make all the others late.
    """

    __slots__ = ("_heard", "_idle_after", "_saved", "at", "lateness", "shown")

    def __init__(
        self, lateness_ns: int, idle_after_ns: int, *, at: int = NEVER, saved: Mapping[str, int] | None = None
    ) -> None:
        """`at` and `saved` (stream to its largest time) are those of an earlier run; idleness is measured anew."""
        self.lateness = lateness_ns
        self.at = at
        self.shown: dict[str, int] = {}
        self._idle_after = idle_after_ns
        self._saved = dict(saved or {})
        self._heard: dict[str, int] = {}

    def join(self, stream: str, now_ns: int) -> None:
        """Wait for a stream from now on; one of an earlier run that never joins again is not waited for."""
        if stream not in self.shown:
            self.shown[stream] = self._saved.get(stream, NEVER)
            self._heard[stream] = now_ns

    def leave(self, stream: str) -> None:
        """Wait for a stream no longer: somebody else hears it now."""
        if stream in self.shown:
            self._saved[stream] = self.shown.pop(stream)
            del self._heard[stream]

    def hears_any(self, streams: Collection[str]) -> bool:
        """Return whether one of these streams is, or was in an earlier run, one of the source's."""
        return any(stream in self.shown or stream in self._saved for stream in streams)

    def to_save(self) -> dict[str, int]:
        """Return what another run needs to know, besides `at`."""
        return self._saved | self.shown

    def begin(self, stream: str, now_ns: int) -> int:
        """Events of `stream` follow: how far they can take the watermark, but for the lateness."""
        self.join(stream, now_ns)
        self._heard[stream] = now_ns
        return min([now_ns, *(self._reached(other, now_ns) for other in self.shown if other != stream)])

    def end(self, stream: str, largest: int, at: int) -> None:
        """Events of `stream` up to `largest` have taken the watermark to `at`."""
        self.shown[stream] = max(self.shown[stream], largest)
        self.at = max(self.at, at)

    def hear(self, stream: str, largest: int, now_ns: int) -> None:
        """Note events of `stream` up to `largest`; the watermark stays (R8a)."""
        self.join(stream, now_ns)
        self._heard[stream] = now_ns
        self.shown[stream] = max(self.shown[stream], largest)

    def reach(self, now_ns: int) -> None:
        """Take the watermark to the largest time of all streams, less the lateness: they were read to empty (R8a)."""
        largest = max(self.to_save().values(), default=NEVER)
        self.at = max(self.at, min(largest, now_ns) - self.lateness)

    def reach_least(self, now_ns: int) -> None:
        """Take the watermark as far as all streams have shown, less the lateness: one was cut short (R8)."""
        least = min(self.shown.values(), default=NEVER)
        self.at = max(self.at, min(least, now_ns) - self.lateness)

    def tick(self, now_ns: int, connected: Collection[str]) -> None:
        """Let time pass: of the streams, those that are connected may become idle, the others are out of hearing."""
        for stream in self.shown:
            if stream not in connected:
                self._heard[stream] = now_ns
        if self.shown:
            reached = min(self._reached(stream, now_ns) for stream in self.shown)
            self.at = max(self.at, min(reached, now_ns) - self.lateness)

    def listen_anew(self, now_ns: int) -> None:
        """Measure idleness from now on: the clock jumped, so what it said before is no measure of silence."""
        self._heard = dict.fromkeys(self._heard, now_ns)

    def flush(self) -> None:
        """Wait no longer for anything older than what was shown."""
        if self.shown:
            self.at = max(self.at, *(largest + 1 for largest in self.shown.values()))

    def _reached(self, stream: str, now_ns: int) -> int:
        idle = now_ns - self._heard[stream] >= self._idle_after
        return max(self.shown[stream], now_ns) if idle else self.shown[stream]
