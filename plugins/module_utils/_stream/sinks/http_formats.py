# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of HTTP sinks, and what an answer says about each record. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from .selection import Selected

Format = Literal["json_lines", "json_array", "splunk_hec", "elasticsearch"]
FORMATS: tuple[Format, ...] = ("json_lines", "json_array", "splunk_hec", "elasticsearch")

CONTENT_TYPES: Mapping[Format, str] = {
    "json_lines": "application/x-ndjson",
    "json_array": "application/json",
    "splunk_hec": "application/json",
    "elasticsearch": "application/x-ndjson",
}


class Verdict(NamedTuple):
    """What became of a batch: places to send again, and places that will never pass with the reason."""

    again: list[int]
    poison: dict[int, str]


def stable_id(record: Selected) -> str:
    """The same for the same record, whenever and from wherever it is sent: source and key of an event, id and revision
    of an incident; a detection is known by what it says.
    """
    fields = json.loads(record.line)
    if record.kind == "event":
        name = f"event/{fields['source']}/{fields['key']}"
    elif record.kind == "incident":
        name = f"incident/{fields['id']}/{fields['revision']}"
    else:
        name = f"detection/{record.line.decode()}"
    return blake2b(name.encode(), digest_size=16).hexdigest()


def body_of(records: Sequence[Selected], shape: Format, fields: Mapping[str, str]) -> bytes:
    """The body of one request. `fields` are Splunk's event metadata or, as `index`, Elasticsearch's index."""
    if shape == "json_lines":
        return b"".join(record.line for record in records)
    if shape == "json_array":
        return b"[" + b",".join(record.line.rstrip(b"\n") for record in records) + b"]"
    if shape == "splunk_hec":
        return b"".join(_splunk(record, fields) for record in records)
    return b"".join(_bulk(record, fields.get("index", "secure-endpoint")) for record in records)


def _splunk(record: Selected, fields: Mapping[str, str]) -> bytes:
    time = json.loads(record.line).get("time") or json.loads(record.line).get("first_time")
    envelope: dict[str, Any] = {**fields}
    if isinstance(time, str):
        envelope["time"] = _epoch(time)
    head = json.dumps(envelope)[:-1]
    return (head + (", " if envelope else "") + '"event": ').encode() + record.line.rstrip(b"\n") + b"}\n"


def _epoch(time: str) -> str:
    """Seconds since 1970 with three decimals, as text: a float would be rounded."""
    from datetime import datetime

    moment = datetime.strptime(time[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
    return f"{int(moment.timestamp())}.{time[20:23] or '000'}"


def _bulk(record: Selected, index: str) -> bytes:
    action = {"create": {"_index": index, "_id": stable_id(record)}}
    return json.dumps(action).encode() + b"\n" + record.line


def judge_bulk(answer: bytes, count: int) -> Verdict:
    """Elasticsearch answers 200 and tells for each item: 409 on create means that it was there already (R14).

    Raises ValueError for an answer that is none.
    """
    told = json.loads(answer)
    if not isinstance(told, dict) or not isinstance(told.get("items"), list):
        raise ValueError("no answer of a bulk request")
    if not told.get("errors"):
        return Verdict([], {})
    if len(told["items"]) != count:
        raise ValueError(f"{len(told['items'])} answers to {count} records")
    verdict = Verdict([], {})
    for place, item in enumerate(told["items"]):
        outcome = next(iter(item.values())) if isinstance(item, dict) and item else {}
        status = outcome.get("status") if isinstance(outcome, dict) else None
        if not isinstance(status, int):
            raise ValueError("an item without a status")
        if status < 300 or status == 409:
            continue
        if status in (408, 429) or status >= 500:
            verdict.again.append(place)
        else:
            verdict.poison[place] = f"status {status}: {json.dumps(outcome.get('error'))[:300]}"
    return verdict
