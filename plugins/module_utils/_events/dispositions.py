# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The latest verdict about a file, from the events about it (R18). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .event import Event
from .event_types import class_of_type
from .judgement import CLEAN, MALICIOUS


def latest_disposition(events: Iterable[Event], sha256: str) -> str | None:
    """Return the disposition that the newest event about a file has, or None where no event has one.

    Events are ordered by (time, id). An event by which the cloud took its verdict back means Clean, whatever it says
    itself. Of events that cannot be ordered, one that is not Malicious counts: no response goes by a doubtful verdict.
    """
    found = [
        (event.time, event.id or 0, disposition != MALICIOUS, disposition)
        for event in events
        if (disposition := _disposition(event, sha256.lower()))
    ]
    return max(found)[3] if found else None


def _disposition(event: Event, sha256: str) -> str | None:
    file: Any = event.fields.get("file")
    if not isinstance(file, dict) or event.sha256 != sha256:
        return None
    if class_of_type(event.event_type_id) == "cleared":
        return CLEAN
    disposition = file.get("disposition")
    return disposition if isinstance(disposition, str) and disposition else None
