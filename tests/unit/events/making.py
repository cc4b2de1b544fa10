# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events for the tests of this folder, in the shape of api-contract.md section 6."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, event_from_object

DETECTED = 1090519054
QUARANTINED = 553648143
FAILED = 2164260880
RESTORED = 553648149

SECOND = 10**9
START = 1_568_916_000  # 2019-09-19T18:00:00Z, where the guide's examples begin
RECEIVED = 2_000_000_000 * SECOND


def guid(name: str) -> str:
    """A stable connector GUID for a computer's name."""
    return f"00000000-0000-4000-8000-{name.encode().hex()[:12]:0>12}"


def sha(name: str) -> str:
    """A stable SHA-256 for a file's name."""
    return f"{name.encode().hex():0>64}"


def fields(
    event_id: int | None = 1,
    type_id: int = DETECTED,
    *,
    at: float | str = 0,
    computer: str | None = "alpha",
    detection_id: str | None = "d1",
    file: str | None = "f1",
    **more: Any,
) -> dict[str, Any]:
    """The object of one event; `at` is seconds after START or an ISO date."""
    time = round((datetime.fromisoformat(at).timestamp() if isinstance(at, str) else START + at) * SECOND)
    made: dict[str, Any] = {
        "timestamp": time // SECOND,
        "timestamp_nanoseconds": time % SECOND,
        "event_type_id": type_id,
        "severity": "Medium",
    }
    if event_id is not None:
        made["id"] = event_id
    if detection_id is not None:
        made["detection_id"] = detection_id
    if computer is not None:
        made["connector_guid"] = guid(computer)
        made["computer"] = {"connector_guid": guid(computer), "hostname": computer}
    if file is not None:
        made["file"] = {"identity": {"sha256": sha(file)}}
    return made | more


def event(event_id: int | None = 1, type_id: int = DETECTED, *, source: str = "soc", **options: Any) -> Event:
    """One event of a source."""
    return event_from_object(fields(event_id, type_id, **options), source=source, received_ns=RECEIVED)
