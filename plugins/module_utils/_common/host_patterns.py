# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Match host names against the patterns of computers that nothing may isolate. This file is private to the collection.

A pattern is a regular expression that matches from the beginning of a host name, in any case: `dc-` excludes every
name that begins with it. Who controls a computer chooses its name, so a group is the stronger exclusion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .text import printable, quoted

LONGEST_NAME = 255  # characters of a host name that are compared


class HostPatterns:
    """The patterns of one list. Raises ValueError, which names the pattern, for one that cannot be used."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [(pattern, _compiled(pattern)) for pattern in patterns]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def reason(self, hostname: str | None) -> str | None:
        """Return why a computer of this name is excluded, or None. With patterns, an unknown name is excluded."""
        if not self._patterns:
            return None
        if not hostname:
            return "its host name is unknown, so whether it is excluded cannot be told"
        name = hostname[:LONGEST_NAME]
        found = next((text for text, pattern in self._patterns if pattern.match(name)), None)
        return None if found is None else f"its host name matches the excluded pattern {quoted(found)}"


def _compiled(pattern: str) -> re.Pattern[str]:
    if not pattern.strip():
        raise ValueError("an empty pattern matches every host name; remove it")
    try:
        return re.compile(pattern.strip(), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        why = f"{quoted(pattern)} is not a regular expression ({printable(error)})"
        raise ValueError(f"{why}; to match any text, write .* instead of *") from None
