# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections as their records tell them: what a playbook or a file hands back to be grouped anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.time import time_of_iso
from .detections import BADNESS, OUTCOMES, Outcome


class RecordedDetection(NamedTuple):
    """A detection as its record tells it: it can be grouped, not grow."""

    key: str
    source: str
    connector_guid: str | None
    hostname: str | None
    sha256: str | None
    sha256_time: int | None
    time: int
    outcome: Outcome
    severity: str | None
    event_ids: list[str]


_RECORD_FIELDS: dict[str, tuple[type, ...]] = {
    "key": (str,),
    "source": (str,),
    "connector_guid": (str, type(None)),
    "hostname": (str, type(None)),
    "sha256": (str, type(None)),
    "time": (str,),
    "outcome": (str,),
    "severity": (str, type(None)),
    "event_ids": (list,),
}


def detection_from_record(record: Mapping[str, Any]) -> RecordedDetection:
    """The detection of a record as Detection.record makes it. Raises ValueError naming the field that is wrong."""
    for name, kinds in _RECORD_FIELDS.items():
        if not isinstance(record.get(name), kinds):
            raise ValueError(f"the field {name} of a detection is missing or of the wrong type")
    time = time_of_iso(record["time"])
    if not time:
        raise ValueError("the field time of a detection is no ISO 8601 date and time")
    if record["outcome"] not in BADNESS:
        raise ValueError(f"the field outcome of a detection must be one of {', '.join(OUTCOMES)}")
    fields = {name: record[name] for name in _RECORD_FIELDS}
    return RecordedDetection(**fields | {"time": time, "sha256_time": time if record["sha256"] else None})
