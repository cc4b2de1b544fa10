# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long to wait before the next attempt: longer each time, never the same for two clients, up to a limit."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple


class Limits(NamedTuple):
    """Seconds that the first wait may take, the longest one, and the longest where only a change of something helps.

    The last one is long, for a broker may lock out who asks too often.
    """

    first: float = 0.5
    longest: float = 60.0
    permanent: float = 300.0


LIMITS = Limits()


class Backoff:
    """Attempts go on for ever; `reset` after one that went well."""

    def __init__(self, chance: Callable[[], float] = random.random, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._chance = chance
        self._failures = 0

    def next(self, *, permanent: bool = False) -> float:
        """Seconds until the next attempt: at least half of what the number of failures in a row allows."""
        self._failures += 1
        longest = self._limits.permanent if permanent else self._limits.longest
        first = self._limits.first * (10 if permanent else 1)
        most: float = min(longest, first * 2 ** min(self._failures - 1, 16))
        return most * (0.5 + self._chance() / 2)

    def reset(self) -> None:
        self._failures = 0
