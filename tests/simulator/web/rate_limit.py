# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly limit and the headers that tell it (api-contract 1 and 14: x-ratelimit-reset is seconds, no epoch)."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from ..clock import Clock, zulu

PERIOD = 3600.0


@dataclass
class Window:
    """One client's or organisation's hour."""

    ends: float
    used: int = 0


class RateLimit:
    """Counts requests in windows of an hour; each opens with its first request, not with the clock's hour (14)."""

    def __init__(self, clock: Clock, limit: int = 3000) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, Window] = {}
        self._default = limit
        self.limit = limit

    def reset(self) -> None:
        """Forget what was used and go back to the limit of the start."""
        with self._lock:
            self._windows.clear()
            self.limit = self._default

    def set(self, *, limit: int | None = None, remaining: int | None = None, reset: float | None = None) -> None:
        """Change the limit, or what is left of every present window and when it ends."""
        with self._lock:
            if limit is not None:
                self.limit = limit
            if remaining is None and reset is None:
                return
            ends = self._clock.now() + (PERIOD if reset is None else reset)
            used = 0 if remaining is None else self.limit - remaining
            for who in {*self._windows, "*"}:
                self._windows[who] = Window(ends, used)

    def count(self, who: str) -> tuple[bool, dict[str, str]]:
        """Take one request of `who`; return whether it is within the limit, and the headers."""
        with self._lock:
            window = self._window(who)
            allowed = window.used < self.limit
            window.used += 1 if allowed else 0
            return allowed, self._headers(window)

    def _window(self, who: str) -> Window:
        now = self._clock.now()
        window = self._windows.get(who)
        if window is None and (preset := self._windows.get("*")) is not None:
            window = self._windows[who] = Window(preset.ends, preset.used)
        if window is None or window.ends <= now:
            window = self._windows[who] = Window(now + PERIOD)
            self._windows.pop("*", None)
        return window

    def _headers(self, window: Window) -> dict[str, str]:
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, self.limit - window.used)),
            "x-ratelimit-reset": str(max(0, int(window.ends - self._clock.now()))),  # recorded: 3599 at first
            "x-ratelimit-resetdate": zulu(window.ends),
        }
