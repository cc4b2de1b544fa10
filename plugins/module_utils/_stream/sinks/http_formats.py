# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of HTTP sinks: the body of a request, and what an answer says about each record. Pure.

To add a format, write a function that makes the body, and add a row to FORMATS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

from .selection import Selected


class Verdict(NamedTuple):
    """What became of a batch: places to send again and why, and places that will never pass with the reason."""

    again: Sequence[int] = ()
    why: str = ""
    poison: Mapping[int, str] = {}


def takes_all(_content: bytes, _count: int) -> Verdict:
    """Judge an answer whose status says it all."""
    return Verdict()


def never(_content: bytes) -> bool:
    """Find nothing wrong with the records in an answer whose status says it all."""
    return False


class Format(NamedTuple):
    """One format.

    `body` makes the body of a request from records and the option `fields`. `judge` reads the answer to so many records
    whose status is 2xx; it raises ValueError for an answer that no destination of this format gives, and the records
    are sent again. `is_bad_record` tells, whatever the status, that a record of the batch is to blame: the batch is
    halved until the record is found, as after status 400, 413 and 422.
    """

    content_type: str
    body: Callable[[Sequence[Selected], Mapping[str, str]], bytes]
    judge: Callable[[bytes, int], Verdict] = takes_all
    is_bad_record: Callable[[bytes], bool] = never


def stable_id(record: Selected) -> str:
    """Return an id that is the same for the same record, whenever and from wherever it is sent.

    It is made from source and key of an event, from id and revision of an incident, and from all of a detection.
    """
    fields = json.loads(record.line)
    if record.kind == "event":
        name = f"event/{fields['source']}/{fields['key']}"
    elif record.kind == "incident":
        name = f"incident/{fields['id']}/{fields['revision']}"
    else:
        name = f"detection/{record.line.decode()}"
    return blake2b(name.encode(), digest_size=16).hexdigest()


def json_lines(records: Sequence[Selected], _fields: Mapping[str, str]) -> bytes:
    """Return one line of JSON for each record."""
    return b"".join(record.line for record in records)


def json_array(records: Sequence[Selected], _fields: Mapping[str, str]) -> bytes:
    """Return one array of all records."""
    return b"[" + b",".join(record.line.rstrip(b"\n") for record in records) + b"]"


def splunk_hec(records: Sequence[Selected], fields: Mapping[str, str]) -> bytes:
    """Return one envelope for each record, as Splunk's HTTP Event Collector takes them; `fields` are its metadata."""
    return b"".join(_splunk(record, fields) for record in records)


def elasticsearch(records: Sequence[Selected], fields: Mapping[str, str]) -> bytes:
    """Return the body of a bulk request that creates documents in the index `fields.index`."""
    index = fields.get("index", "secure-endpoint")
    return b"".join(_bulk(record, index) for record in records)


def _splunk(record: Selected, fields: Mapping[str, str]) -> bytes:
    fields_of_record = json.loads(record.line)
    time = fields_of_record.get("time") or fields_of_record.get("first_time")
    envelope: dict[str, Any] = {**fields}
    if isinstance(time, str):
        envelope["time"] = _epoch(time)
    head = json.dumps(envelope)[:-1]
    return (head + (", " if envelope else "") + '"event": ').encode() + record.line.rstrip(b"\n") + b"}\n"


def _epoch(time: str) -> str:
    """Return seconds since 1970 with three decimals, as text: a float would be rounded."""
    from datetime import datetime

    moment = datetime.strptime(time[:19] + "+0000", "%Y-%m-%dT%H:%M:%S%z")
    return f"{int(moment.timestamp())}.{time[20:23] or '000'}"


def _bulk(record: Selected, index: str) -> bytes:
    action = {"create": {"_index": index, "_id": stable_id(record)}}
    return json.dumps(action).encode() + b"\n" + record.line


def judge_splunk(content: bytes, _count: int) -> Verdict:
    """Judge an answer of the HTTP Event Collector: code 0 is the only success. Raises ValueError."""
    if _splunk_code(content) != 0:
        raise ValueError(f"Splunk's code is not 0: {_start_of(content)}")
    return Verdict()


def is_bad_for_splunk(content: bytes) -> bool:
    """Tell whether Splunk refuses the data of the request: code 6, "Invalid data format" (R14)."""
    try:
        return _splunk_code(content) == 6
    except ValueError:
        return False


def _splunk_code(content: bytes) -> int:
    told = json.loads(content)
    code = told.get("code") if isinstance(told, dict) else None
    if not isinstance(code, int):
        raise ValueError(f"the answer has no code: {_start_of(content)}")
    return code


def judge_bulk(content: bytes, count: int) -> Verdict:
    """Judge each item of Elasticsearch's answer; 409 on create means that the document was there already (R14).

    Raises ValueError for an answer that is not one of a bulk request.
    """
    told = json.loads(content)
    if not isinstance(told, dict) or not isinstance(told.get("items"), list):
        raise ValueError("no answer of a bulk request")
    if not told.get("errors"):
        return Verdict()
    if len(told["items"]) != count:
        raise ValueError(f"{len(told['items'])} answers to {count} records")
    again: list[int] = []
    poison: dict[int, str] = {}
    why = ""
    for place, item in enumerate(told["items"]):
        outcome = next(iter(item.values())) if isinstance(item, dict) and item else {}
        status = outcome.get("status") if isinstance(outcome, dict) else None
        if not isinstance(status, int):
            raise ValueError("an item without a status")
        if status < 300 or status == 409:
            continue
        reason = f"status {status}: {json.dumps(outcome.get('error'))}"
        if status in (408, 429) or status >= 500:
            again.append(place)
            why = why or reason
        else:
            poison[place] = reason
    return Verdict(again, f"{len(again)} of {count} records were not taken for now: {why}", poison)


def _start_of(content: bytes) -> str:
    """Return as much of an answer as a message can bear once it is masked, which comes before it is cut for good."""
    return content[:65536].decode("utf-8", "replace")


FORMATS: Mapping[str, Format] = {
    "json_lines": Format("application/x-ndjson", json_lines),
    "json_array": Format("application/json", json_array),
    "splunk_hec": Format("application/json", splunk_hec, judge_splunk, is_bad_for_splunk),
    "elasticsearch": Format("application/x-ndjson", elasticsearch, judge_bulk),
}
