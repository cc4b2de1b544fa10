# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be put into a tenant from outside: whatever could not be served later is refused when it is posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, get_type_hints

from ..tenant.computers import Computer
from ..web.parameters import is_guid

LATEST = 253402300799  # the last second of the year 9999


def check_events(events: object) -> None:
    """Check ready-made events. Raises ValueError naming the first fault."""
    if not isinstance(events, list):
        raise ValueError("events is not a list")
    for number, event in enumerate(events):
        fault = _fault_of(event)
        if fault:
            raise ValueError(f"event {number}: {fault}")


def _fault_of(event: object) -> str:
    """Return what is wrong with an event, or nothing."""
    if not isinstance(event, dict):
        return "is not an object"
    if not _whole(event.get("event_type_id"), 2**64 - 1):
        return "event_type_id is not a whole number"
    if "id" in event and not _whole(event["id"], 2**64 - 1):
        return "id is not a whole number"
    computer = event.get("computer")
    if not isinstance(computer, dict) or not is_guid(str(computer.get("connector_guid"))):
        return "computer.connector_guid is not a GUID"
    groups = event.get("group_guids", [])
    if not isinstance(groups, list) or not all(isinstance(one, str) for one in groups):
        return "group_guids is not a list of GUIDs"
    for name in ("file", "network_info"):
        if not isinstance(event.get(name) or {}, dict):
            return f"{name} is not an object"
    return _fault_of_times(event)


def _fault_of_times(event: Mapping[str, Any]) -> str:
    if not _whole(event.get("timestamp"), LATEST):
        return "timestamp is not a number of seconds"
    if not _whole(event.get("timestamp_nanoseconds"), 999_999_999):
        return "timestamp_nanoseconds is not a number of nanoseconds"
    try:
        datetime.fromisoformat(str(event.get("date")).replace("Z", "+00:00"))
    except ValueError:
        return "date is not an ISO 8601 date"
    return ""


def _whole(value: object, largest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= largest


def check_options(options: Mapping[str, Any]) -> None:
    """Check the options of a scenario. Raises ValueError naming the first fault."""
    for name, value in options.items():
        if value is not None and not isinstance(value, (int, float) if name == "duration" else str):
            raise ValueError(f"{name} of a scenario cannot be {value!r}")


_HINTS = get_type_hints(Computer)
_CHANGEABLE = {one.name for one in fields(Computer)} - {"guid", "group_guid", "product"}


def check_computer(changes: Mapping[str, Any]) -> None:
    """Check changes of a computer's record. Raises ValueError naming the first fault."""
    unknown = sorted(set(changes) - _CHANGEABLE)
    if unknown:
        raise ValueError(f"a computer has no {', '.join(unknown)} that can be changed")
    for name, value in changes.items():
        if not _fits(name, value):
            raise ValueError(f"{name} of a computer cannot be {value!r}")


def _fits(name: str, value: object) -> bool:
    hint = _HINTS[name]
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LATEST
    if hint in (bool, str):
        return isinstance(value, hint)
    if hint == list[str]:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if hint == str | None:
        return value is None or isinstance(value, str)
    return name in ("definitions", "other_addresses")  # for tests in process
