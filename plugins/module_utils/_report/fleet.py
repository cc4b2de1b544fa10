# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet is like: each computer with its problems, and how many there are of each kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._common.time import SECOND, iso_time, time_of_iso
from .._events.detection_records import Links, Record

DAY = 24 * 3600 * SECOND
UNPROTECTED = ("uninstalled", "critical fault", "inactive", "definitions outdated")
"""What leaves a computer without protection, or without all of it."""

_STOPS = {553648166: "uninstalled", 2164260931: "critical fault"}


@dataclass
class Fleet:
    """The computers of a tenant as a report shows them: `troubled` are those with a problem, `healthy` the others."""

    troubled: list[Record] = field(default_factory=list)
    healthy: list[Record] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)
    systems: Counter[str] = field(default_factory=Counter)
    policies: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    isolations: Counter[str] = field(default_factory=Counter)
    isolated: list[Record] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Return how many computers there are."""
        return len(self.troubled) + len(self.healthy)


def survey(
    records: Iterable[Mapping[str, Any]], now: int, stale_after: int, health: Iterable[Record], links: Links
) -> Fleet:
    """Judge each computer (api-contract 4). `now` is nanoseconds, `stale_after` days; `health` as Findings has it."""
    stopped = _stopped(health)
    fleet = Fleet()
    counts = dict.fromkeys(("faulty", "stale", "unprotected", "isolated", "compromised"), 0)
    for given in records:
        machine = _machine(given, now, stale_after, stopped, links)
        (fleet.troubled if machine["problems"] else fleet.healthy).append(machine)
        _count(fleet, machine, given, counts)
    fleet.troubled.sort(key=lambda machine: (-len(machine["problems"]), machine["hostname"].casefold()))
    fleet.counts = {"computers": fleet.total, **counts}
    return fleet


def _machine(
    given: Mapping[str, Any], now: int, stale_after: int, stopped: Mapping[str, tuple[str, str]], links: Links
) -> Record:
    guid = _text(given.get("connector_guid")).lower()
    seen = time_of_iso(given.get("last_seen"))
    faults = [_fault(one) for one in _list(given.get("faults"))]
    problems = [f"fault: {fault}" for fault in faults]
    when, problem = stopped.get(guid, ("", ""))
    if problem and time_of_iso(when) >= seen:
        problems.append(problem)
    if given.get("active") is False:
        problems.append("inactive")
    if _text(_object(given.get("av_update_definitions")).get("status")).casefold() == "definitions outdated":
        problems.append("definitions outdated")
    days = (now - seen) // DAY if seen else None
    if days is not None and days >= stale_after:
        problems.append(f"not seen for {days} days")
    link = links({"connector_guid": guid, "sha256": None, "evidence": {"event_id": ""}}).get("device_trajectory")
    groups = _list(given.get("groups"))
    return {
        "hostname": _text(given.get("hostname")) or guid,
        "connector_guid": guid,
        "group": _text(_object(groups[0]).get("name")) if groups else "",
        "policy": _text(_object(given.get("policy")).get("name")),
        "operating_system": _text(given.get("operating_system")),
        "connector_version": _text(given.get("connector_version")),
        "last_seen": iso_time(seen) if seen else None,
        "isolation": _text(_object(given.get("isolation")).get("status")),
        "problems": problems,
        "link": link,
    }


def _count(fleet: Fleet, machine: Record, given: Mapping[str, Any], counts: dict[str, int]) -> None:
    problems = machine["problems"]
    counts["faulty"] += any(problem.startswith("fault: ") for problem in problems)
    counts["stale"] += any(problem.startswith("not seen for ") for problem in problems)
    counts["unprotected"] += any(problem in UNPROTECTED for problem in problems)
    counts["compromised"] += given.get("is_compromised") is True
    isolation = machine["isolation"] or "unknown"
    fleet.isolations[isolation] += 1
    if isolation not in ("not_isolated", "unknown"):
        counts["isolated"] += isolation == "isolated"
        fleet.isolated.append(machine)
    fleet.versions[machine["connector_version"] or "unknown"] += 1
    fleet.systems[machine["operating_system"] or "unknown"] += 1
    fleet.policies[machine["policy"] or "unknown"] += 1
    fleet.faults.update(problem.removeprefix("fault: ") for problem in problems if problem.startswith("fault: "))


def _stopped(health: Iterable[Record]) -> dict[str, tuple[str, str]]:
    """Return by connector when its protection stopped last, and why."""
    found: dict[str, tuple[str, str]] = {}
    for record in health:
        problem, guid = _STOPS.get(record["event_type_id"]), (record["connector_guid"] or "").lower()
        if problem and record["time"] > found.get(guid, ("", ""))[0]:
            found[guid] = (record["time"], problem)
    return found


def _fault(given: object) -> str:
    """Return a fault as text: the API gives names, newer answers objects."""
    if isinstance(given, Mapping):
        words = (given.get(name) for name in ("name", "text", "description", "id"))
        return next((str(word) for word in words if word), "unknown")
    return str(given)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
