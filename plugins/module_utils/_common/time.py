# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times: nanoseconds since 1970 inside of us, ISO 8601 in UTC outside. Pure; private to the collection."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

SECOND = 10**9
"""One second in nanoseconds, the unit of every time in `_events` and `_stream`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_ISO_DATE = re.compile(
    r"(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"([.](?P<fraction>[0-9]{1,9})[0-9]*)?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch


def iso_time(time_ns: int) -> str:
    """Return nanoseconds since 1970 as ISO 8601 in UTC, always with nine decimals: exact, and sorts as text."""
    seconds, nanoseconds = divmod(time_ns, SECOND)
    return "%s.%09dZ" % (_iso_second(seconds), nanoseconds)  # noqa: UP031 - an f-string takes a quarter longer


@lru_cache(maxsize=4096)
def _iso_second(seconds: int) -> str:
    """Return the text of a second, which many times share: events come in swarms."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def time_of_iso(date: object) -> int:
    """Return an ISO 8601 date and time (UTC if it names no zone) as nanoseconds since 1970; 0 for anything else."""
    match = _ISO_DATE(date) if isinstance(date, str) else None
    if not match:
        return 0
    try:
        moment = datetime.fromisoformat(match["moment"] + (match["zone"] or "+00:00").upper().replace("Z", "+00:00"))
    except ValueError:
        return 0
    return (moment - _EPOCH) // timedelta(seconds=1) * SECOND + int((match["fraction"] or "").ljust(9, "0"))


def moment_of(text: str) -> datetime:
    """Return the moment that an ISO 8601 date, or date and time, names (UTC if it names no zone). Raises ValueError."""
    found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
