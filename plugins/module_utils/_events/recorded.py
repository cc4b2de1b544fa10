# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections as their records tell them: what a playbook or a file hands back to be grouped anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._common.time import time_of_iso
from .facts import Facts, text
from .judgement import BADNESS, OUTCOMES, Outcome, admits_hash


class RecordedDetection(NamedTuple):
    """A detection as its record tells it: it can be grouped, not grow."""

    key: str
    source: str
    connector_guid: str | None
    name: str
    sha256: str | None
    sha256_time: int | None
    time: int
    outcome: Outcome
    needs_person: bool
    in_hash_rules: bool
    severity: str | None
    event_ids: list[str]
    facts: Facts


_RECORD_FIELDS: dict[str, tuple[type, ...]] = {
    "key": (str,),
    "source": (str,),
    "connector_guid": (str, type(None)),
    "name": (str,),
    "sha256": (str, type(None)),
    "time": (str,),
    "outcome": (str,),
    "needs_person": (bool,),
    "severity": (str, type(None)),
    "event_ids": (list,),
}
_TEXTS = ("file_name", "user", "hostname", "disposition")


def detection_from_record(record: Mapping[str, Any]) -> RecordedDetection:
    """Return the detection of a record that Detection.record made. Raises ValueError naming the field that is wrong."""
    for name, kinds in _RECORD_FIELDS.items():
        if not isinstance(record.get(name), kinds):
            raise ValueError(f"the field {name} of a detection is missing or of the wrong type")
    time = time_of_iso(record["time"])
    if not time:
        raise ValueError("the field time of a detection is no ISO 8601 date and time")
    if record["outcome"] not in BADNESS:
        raise ValueError(f"the field outcome of a detection must be one of {', '.join(OUTCOMES)}")
    facts: Facts = {name: found for name in _TEXTS if (found := text(record.get(name))) is not None}
    techniques = record.get("techniques")
    if isinstance(techniques, list):
        facts["techniques"] = [one for one in techniques if isinstance(one, str)]
    fields = {name: record[name] for name in _RECORD_FIELDS}
    return RecordedDetection(
        **fields | {"time": time},
        sha256_time=time if record["sha256"] else None,
        in_hash_rules=admits_hash(record["outcome"], facts.get("disposition")),
        facts=facts,
    )
