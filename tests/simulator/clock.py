# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one clock of a simulated tenant; tests move it instead of waiting."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class Clock:
    """Real time plus an offset that only grows."""

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as the tenant sees them."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once: pending isolations end, rate limits reset."""
        if seconds < 0:
            raise ValueError("time goes forward only")
        self._offset += seconds

    def reset(self) -> None:
        """Go back to real time."""
        self._offset = 0.0


def zulu(seconds: float) -> str:
    """`2022-03-01T17:46:01Z`, the form of install_date, last_seen and x-ratelimit-resetdate."""
    year, month, day, hour, minute, second, *_rest = time.gmtime(seconds)
    return f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"


def offset_date(seconds: float) -> str:
    """`2020-02-20T18:20:38+00:00`, the form of an event's date."""
    return datetime.fromtimestamp(int(seconds), tz=timezone.utc).isoformat()
