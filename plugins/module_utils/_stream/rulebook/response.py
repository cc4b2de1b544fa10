# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which automatic response a detection or an incident asks for (R18). Pure.

A response isolates a computer or blocks a file. Only a detection whose file is Malicious by its latest disposition and
may still be there asks for one. Whatever cannot be told counts against acting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from ..._common.host_patterns import HostPatterns
from ..._common.ids import is_guid, is_sha256
from ..._events.judgement import MALICIOUS, SEVERITY_RANK

Action = Literal["isolate", "block_hash"]
Verdict = Literal["act", "would_act", "already", "capped", "excluded"]
Record = Mapping[str, Any]
Members = Callable[[Collection[str]], Sequence[Record]]
"""Returns the records of the detections with these keys as they are now: a file may have been cleared meanwhile."""

ACTIONS: tuple[Action, ...] = get_args(Action)
RULE_OF: Mapping[Action, str] = {"isolate": "same_computer", "block_hash": "same_hash"}
"""The rule whose incidents ask for an action."""

_AT_ONCE = ("quarantine_failed", "restored")  # after "detected" a quarantine may follow, so the incident decides


@dataclass(frozen=True)
class ResponseSettings:
    """The brakes of the automatic response of one source."""

    actions: frozenset[Action]
    act: bool
    severity: str
    exclude_groups: frozenset[str]
    exclude_hosts: HostPatterns
    host_patterns: Sequence[str]
    max_actions_per_hour: int
    block_computers: int
    window_seconds: int


class Proposal(NamedTuple):
    """What a record asks for: `evidence` is the detection that counts most, `excluded` why it must not be done."""

    action: Action
    target: str
    evidence: Record
    detections: tuple[str, ...]
    incident: str | None
    revision: int
    excluded: str | None


def propose(record: Record, settings: ResponseSettings, members: Members) -> Proposal | None:
    """Return the response that a record of the outbox asks for, or None."""
    if record["kind"] == "detection":
        at_once = "isolate" in settings.actions and record["outcome"] in _AT_ONCE
        return _isolation(members([record["key"]]), None, settings) if at_once else None
    if record["kind"] != "incident" or not record["still_dangerous"]:
        return None
    action = next((one for one in ACTIONS if one in settings.actions and RULE_OF[one] == record["rule"]), None)
    if action is None:
        return None
    detections = members(record["detections"])
    return (_isolation if action == "isolate" else _block)(detections, record, settings)


def asks_for_response(detection: Record, severity: str) -> bool:
    """Return whether a detection is one to act on: a Malicious file that may be there, of this severity or above."""
    return (
        detection.get("class") == "detection"
        and bool(detection["still_dangerous"])
        and detection.get("disposition") == MALICIOUS
        and not detection.get("unknown_type")
        and SEVERITY_RANK.get(detection["severity"], -1) >= SEVERITY_RANK[severity]
    )


def exclusion(detection: Record, settings: ResponseSettings) -> str | None:
    """Return why the computer of a detection must be left alone, or None."""
    computer = detection.get("computer") or {}
    if settings.exclude_groups:
        groups = {str(guid).lower() for guid in computer.get("group_guids") or []}
        if not groups:
            return "its group is unknown, so whether it is excluded cannot be told"
        if found := sorted(groups & settings.exclude_groups):
            return f"it is in the excluded group {found[0]}"
    return settings.exclude_hosts.reason(detection.get("hostname"))


def _isolation(detections: Sequence[Record], incident: Record | None, settings: ResponseSettings) -> Proposal | None:
    dangerous = [one for one in detections if asks_for_response(one, settings.severity)]
    computers = {one["connector_guid"] for one in dangerous}
    if len(computers) != 1 or not is_guid(guid := str(computers.pop())):
        return None
    excluded = next(filter(None, (exclusion(one, settings) for one in dangerous)), None)
    return _proposal("isolate", guid.lower(), dangerous, incident, excluded)


def _block(detections: Sequence[Record], incident: Record, settings: ResponseSettings) -> Proposal | None:
    """Return the block of a file that enough computers have. Excluded computers do not count."""
    dangerous = [one for one in detections if asks_for_response(one, settings.severity)]
    hashes = {one["sha256"] for one in dangerous}
    if len(hashes) != 1 or not is_sha256(digest := str(hashes.pop())):
        return None
    reasons = {one["connector_guid"]: exclusion(one, settings) for one in dangerous}
    counted = sum(reason is None for reason in reasons.values())
    if len(reasons) < settings.block_computers:
        return None
    few = f"only {counted} of {len(reasons)} computers that have it are not excluded"
    return _proposal("block_hash", digest, dangerous, incident, few if counted < settings.block_computers else None)


def _proposal(
    action: Action, target: str, dangerous: Sequence[Record], incident: Record | None, excluded: str | None
) -> Proposal:
    worst = min(dangerous, key=lambda one: (-SEVERITY_RANK[one["severity"]], one["time"], one["key"]))
    return Proposal(
        action,
        target,
        worst,
        tuple(str(key) for key in (incident["detections"] if incident else [worst["key"]])),
        str(incident["id"]) if incident else None,
        int(incident["revision"]) if incident else 0,
        excluded,
    )
