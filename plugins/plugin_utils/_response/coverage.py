# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of `coverage` and `stale_computers`: machines against the records of the tenant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import moment_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response import computers
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Section,
    counted,
    keys_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, Record, guid_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

SYSTEMS = ("windows", "mac", "linux", "android", "ios")
MACHINES = (Column("machine", ("hostname",)), Column("remark", ("why",), importance=2))
PROBLEMS = (
    Column("host", ("hostname",)),
    Column("problem", ("problem",)),
    Column("last seen", ("last_seen",), "time", 3),
    Column("group", ("group",), importance=2),
)
RECORDS = (
    Column("host", ("hostname",)),
    Column("outcome", ("outcome",)),
    Column("last seen", ("last_seen",), "time", 2),
    Column("group", ("group",), importance=3),
    Column("system", ("operating_system",), importance=4),
    Column("why", ("why",), importance=5),
)
LONG_AGO = datetime.min.replace(tzinfo=timezone.utc)
REMOVED = {"removed": ("removed", "would be removed"), "absent": ("not in the tenant", "not in the tenant")}


class Fleet(NamedTuple):
    """The records of the tenant. `by_name` has every record under its full and under its short name."""

    records: Sequence[Record]
    by_name: Mapping[str, list[Record]]
    by_short_name: Mapping[str, list[Record]]
    by_address: Mapping[str, list[Record]]

    def find(self, machine: str) -> list[Record]:
        """Return the records of a machine: by its name, else without the domain, else by its address."""
        name = machine.strip().rstrip(".").casefold()
        if name in self.by_name:
            return self.by_name[name]
        if name in self.by_address:
            return self.by_address[name]
        if name.replace(".", "").isdigit():
            return []
        short = name.partition(".")[0]
        found = self.by_short_name.get(short, [])
        # Two full names with different domains are two machines.
        return [one for one in found if "." not in name or "." not in str(one.get("hostname"))]


def fleet_of(records: Sequence[Record]) -> Fleet:
    names: dict[str, list[Record]] = {}
    short_names: dict[str, list[Record]] = {}
    addresses: dict[str, list[Record]] = {}
    for record in records:
        name = str(record.get("hostname") or "").rstrip(".").casefold()
        names.setdefault(name, []).append(record)
        short_names.setdefault(name.partition(".")[0], []).append(record)
        for address in record.get("internal_ips") or []:
            addresses.setdefault(str(address).strip(), []).append(record)
    return Fleet(records, names, short_names, addresses)


def coverage(job: Job) -> Report:
    """Return which machines are not protected as they should be, and which records have no machine."""
    fleet = fleet_of(job.records("fleet", "computers"))
    machines = list(dict.fromkeys(job.texts("machines")))
    judge = _Judge(job, fleet.records)
    bare: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    duplicates: list[Record] = []
    met: set[str] = set()
    for machine in machines:
        records = sorted(fleet.find(machine), key=_last_seen, reverse=True)
        met |= set(map(guid_of, records))
        if not records:
            bare.append({"hostname": machine, "why": None})
            continue
        duplicates += _older_of(records)
        found = judge.problems(records[0])
        if found:
            problems.append({**_row(job, records[0]), "problem": ", ".join(found), "kinds": found})
    duplicates = list({guid_of(one): one for one in duplicates}.values())
    without = [_row(job, one) for one in fleet.records if guid_of(one) not in met]
    kinds = Counter(kind.partition(":")[0] for row in problems for kind in row["kinds"])
    removed = {guid_of(one): str(one.get("outcome")) for one in job.records("removed", "computers")}
    shown = [
        {**_row(job, one), "outcome": computers.word(REMOVED, removed.get(guid_of(one), "duplicate"), check=job.check)}
        for one in duplicates
    ]
    healthy = len(machines) - len(bare) - len(problems)
    return Report(
        totals=[
            f"{number_of(len(machines), 'machine')}: {healthy} protected, {len(bare)} without a connector,"
            f" {len(problems)} with a problem ({counted(dict(kinds.most_common()))})",
            f"{number_of(len(fleet.records), 'record')} in the tenant: {len(without)} without a machine,"
            f" {number_of(len(duplicates), 'duplicate')}",
        ],
        sections=[
            Section("Machines without a connector", bare, MACHINES),
            Section("Machines with a problem", problems, PROBLEMS),
            Section("Records without a machine", [{**row, "outcome": None} for row in without], RECORDS),
            Section("Duplicates, older than another record of the machine", shown, RECORDS),
        ],
        counts={
            "machines": len(machines),
            "protected": healthy,
            "no_connector": len(bare),
            "problems": len(problems),
            "records_without_a_machine": len(without),
            "duplicates": len(duplicates),
            **keys_of(kinds),
        },
        problem=job.message("removed"),
        found={"duplicates": [guid_of(one) for one in duplicates]},
    )


def stale(job: Job) -> Report:
    """Return which computers have not reported, and which of their records were removed."""
    records = sorted(job.records("fleet", "computers"), key=_last_seen)
    removed = {guid_of(one): one for one in job.records("removed", "computers")}
    rows = []
    for record in records:
        result = removed.get(guid_of(record)) or {}
        outcome = computers.word(REMOVED, str(result["outcome"]), check=job.check) if result else None
        rows.append({**_row(job, record), "outcome": outcome, "why": result.get("detail")})
    counts = Counter(str(row["outcome"]) for row in rows if row["outcome"])
    total = f"{number_of(len(rows), 'computer')} without contact for {job.text('days')} days"
    return Report(
        totals=[f"{total}: {counted(counts)}" if counts else total],
        sections=[Section("Computers, longest silent first", rows, RECORDS)],
        counts={"stale": len(rows), **keys_of(counts)},
        problem=job.message("removed"),
    )


class _Judge:
    """Says what is wrong with the record of a machine."""

    def __init__(self, job: Job, records: Sequence[Record]) -> None:
        now = moment_of(job.text("now"))
        self.stale = now - timedelta(days=int(job.text("stale_days") or 7))
        self.newest = _newest(records, job.texts("versions"))
        self.groups = {group.casefold() for group in job.texts("groups")}
        self.audit = {
            str(one.get("guid")) for one in job.records("policies", "policies") if one.get("file_mode") == "audit"
        }

    def problems(self, record: Record) -> list[str]:
        """Return what is wrong, the worst first; a reason may follow the kind after a colon."""
        seen, version = _moment(record), version_of(record.get("connector_version"))
        faults = [str(fault) for fault in record.get("faults") or []]
        found = []
        if seen is None or seen < self.stale:
            found.append("stale")
        if faults:
            found.append(f"faulty: {'; '.join(faults)}")
        if record.get("policy") and str(record["policy"].get("guid")) in self.audit:
            found.append("audit only")
        if self.groups and not self.groups & {name.casefold() for name in _groups(record)}:
            found.append("wrong group")
        if version and version < self.newest.get(system_of(record), ()):
            found.append(f"outdated: {record.get('connector_version')}")
        return found


def _newest(records: Iterable[Record], given: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return the version that each system should have: one given as SYSTEM=VERSION, else the newest in the tenant."""
    newest: dict[str, tuple[int, ...]] = {}
    for record in records:
        system, version = system_of(record), version_of(record.get("connector_version"))
        newest[system] = max(newest.get(system, ()), version)
    for text in given:
        system, _equals, version_text = text.partition("=")
        newest[system.strip().lower()] = version_of(version_text)
    return newest


def system_of(record: Record) -> str:
    """Return the product that a computer has: windows, mac, linux, android or ios."""
    text = str(record.get("operating_system") or "").casefold()
    if "windows" in text:
        return "windows"
    if text.startswith("ios") or "iphone" in text or "ipad" in text:
        return "ios"
    if "mac" in text or "os x" in text or "osx" in text:
        return "mac"
    return "android" if "android" in text else "linux"


def version_of(text: object) -> tuple[int, ...]:
    """Return a version as numbers; none for what is not one."""
    parts = str(text or "").strip().split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()


def _older_of(records: Sequence[Record]) -> list[Record]:
    """Return the older records of one machine; none is older where it is not known when one was seen."""
    newest = _moment(records[0])
    return [one for one in records[1:] if newest and (seen := _moment(one)) and seen < newest]


def _moment(record: Record) -> datetime | None:
    try:
        return moment_of(str(record.get("last_seen")))
    except ValueError:
        return None


def _last_seen(record: Record) -> datetime:
    """Return what records are sorted by: one that was never seen, as far as is known, is the oldest."""
    return _moment(record) or LONG_AGO


def _groups(record: Record) -> list[str]:
    named = [str(one.get("name")) for one in record.get("groups") or [] if isinstance(one, Mapping)]
    return [*named, str(record.get("group_guid"))]


def _row(job: Job, record: Record) -> dict[str, Any]:
    return {
        "hostname": computers.name_of(record),
        "last_seen": record.get("last_seen"),
        "group": next(iter(_groups(record)), None),
        "operating_system": record.get("operating_system"),
        "link": job.trajectory()(record),
    }
