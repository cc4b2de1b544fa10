# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event streams as data, for the tests of event_stream and event_stream_info."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from unit.scripted_cloud import GET, Expected

PASSWORD = "0c02fc2fa59c6460833ad7e1c55c864802e9fbda"
DETECTED, QUARANTINED, FAILED = 1090519054, 553648143, 2164260880
EVENT_TYPES = [
    {"id": DETECTED, "name": "Threat Detected", "description": ""},
    {"id": QUARANTINED, "name": "Threat Quarantined", "description": ""},
    {"id": FAILED, "name": "Quarantine Failure", "description": ""},
    {"id": 1107296272, "name": "Executed malware", "description": ""},
    {"id": 1107296273, "name": "Executed malware", "description": ""},
]
AUDIT, PROTECT = "fedd82f8-c74f-49f4-a463-e576d3beee92", "bb5a9f90-d6fa-4fe7-99c8-e91060b49a98"
GROUPS = [
    {"guid": AUDIT, "name": "Audit", "description": "", "source": None},
    {"guid": PROTECT, "name": "Protect", "description": "", "source": None},
]
LIST = "/v1/event_streams"


def stream(number: int, name: str, types: list[Any] | None = None, groups: list[str] | None = None) -> dict[str, Any]:
    """A stream as lists show it: no keys for what it carries all of."""
    record: dict[str, Any] = {"id": number, "name": name, "amqp_credentials": amqp(number)}
    if types:
        record["event_types"] = types
    if groups:
        record["group_guids"] = groups
    return record


def created(number: int, name: str, password: str = PASSWORD) -> dict[str, Any]:
    """The answer to a POST: the only one with a password."""
    return {"id": number, "name": name, "amqp_credentials": {**amqp(number), "password": password}}


def looked_at(number: int, name: str) -> Expected:
    """The look after a POST: did another task make a stream of this name at the same time?"""
    return GET(LIST).answers([stream(number, name)])


def amqp(number: int) -> dict[str, Any]:
    return {
        "user_name": f"{number}-92a4d13197b6bbeb40f0",
        "queue_name": f"event_stream_{number}",
        "host": "export-streaming.amp.cisco.com",
        "port": "443",
        "proto": "https",
    }


def credentials(number: int, name: str, **changes: Any) -> dict[str, Any]:
    """A credentials file."""
    return {
        "version": 1,
        "api_host": "api.amp.cisco.com",
        "stream_id": str(number),
        "name": name,
        "host": "export-streaming.amp.cisco.com",
        "port": 443,
        "vhost": "/",
        "user_name": f"{number}-92a4d13197b6bbeb40f0",
        "password": PASSWORD,
        "queue_name": f"event_stream_{number}",
        "ca_path": None,
        **changes,
    }


def write(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record))
    path.chmod(0o600)


def note(path: Path, name: str, prior_ids: list[str], **changes: Any) -> None:
    """What a run that was killed left beside the file."""
    record = {"version": 1, "api_host": "api.amp.cisco.com", "name": name, "event_types": [], "groups": []}
    Path(f"{path}.pending").write_text(json.dumps({**record, "prior_ids": prior_ids, **changes}))
