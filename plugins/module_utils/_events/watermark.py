# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a source has been heard: the time below which its events count as late (R8). Pure: the clock is passed in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

NEVER = 0


class Watermark:
    """The watermark of one source over its streams; all times are nanoseconds since 1970, `at` never falls.

    It is the least of the largest times that the streams have shown, less the lateness. A stream from which nothing came
    for `idle_after` although it was connected counts as having shown the clock. An event that runs ahead of the clock
    counts as being of the time of its receipt: a clock that is minutes fast must not make everybody else late.
    """

    __slots__ = ("_heard", "_idle_after", "_lateness", "at", "shown")

    def __init__(
        self, lateness_ns: int, idle_after_ns: int, *, at: int = NEVER, shown: Mapping[str, int] | None = None
    ) -> None:
        """`at` and `shown` (stream to its largest time) bring back what was saved; the wait for idle begins anew."""
        self._lateness = lateness_ns
        self._idle_after = idle_after_ns
        self._heard: dict[str, int] = {}
        self.at = at
        self.shown = dict(shown or {})

    def join(self, stream: str, now_ns: int) -> None:
        """Count a stream among those that are waited for, before anything came from it."""
        self.shown.setdefault(stream, NEVER)
        self._heard.setdefault(stream, now_ns)

    def bound(self, stream: str, now_ns: int) -> int:
        """Note that `stream` is heard now; what the other streams hold the watermark down to, without the lateness."""
        self.join(stream, now_ns)
        self._heard[stream] = now_ns
        return min((self._reached(other, now_ns) for other in self.shown if other != stream), default=now_ns)

    def show(self, stream: str, largest: int, bound: int) -> None:
        """Move on after events of `stream` up to `largest`; `bound` is what `bound` gave."""
        self.shown[stream] = max(self.shown[stream], largest)
        self.at = max(self.at, min(self.shown[stream], bound) - self._lateness)

    def tick(self, now_ns: int, connected: Collection[str]) -> None:
        """Let time pass: the streams that are connected may become idle, the others are merely unheard of."""
        for stream in self.shown:
            if stream not in connected:
                self._heard[stream] = now_ns
        if self.shown:
            self.at = max(self.at, min(self._reached(stream, now_ns) for stream in self.shown) - self._lateness)

    def flush(self) -> None:
        """Wait no longer for anything that is older than what was shown."""
        if self.shown:
            self.at = max(self.at, max(self.shown.values()) + 1)

    def _reached(self, stream: str, now_ns: int) -> int:
        heard = self._heard.setdefault(stream, now_ns)
        return max(self.shown[stream], now_ns) if now_ns - heard >= self._idle_after else self.shown[stream]
