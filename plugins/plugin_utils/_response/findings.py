# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of playbooks that change nothing: hunt, vulnerable software, trajectory. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_sha256
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.computers import name_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Row,
    Section,
    names_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, Record
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

SILENT = (Column("host", ("hostname",)), Column("saw", ("observable",)), Column("active", ("active",), importance=2))
OBSERVABLES = (
    Column("looked for", ("observable",)),
    Column("seen by", ("seen",)),
    Column("raised an event", ("alerted",), importance=2),
    Column("silent", ("silent",)),
)
APPLICATIONS = (
    Column("cvss", ("cvss",)),
    Column("application", ("application",)),
    Column("version", ("version",), importance=2),
    Column("computers", ("computers",), importance=2),
    Column("vulnerabilities", ("cves",), importance=3),
    Column("file", ("sha256",), importance=4),
)
HOSTS = (Column("host", ("hostname",)), Column("active", ("active",)))
EVENTS = (Column("seen", ("date",), "time"), Column("vulnerabilities", ("cves",)))
FILES = (
    Column("disposition", ("disposition",)),
    Column("name", ("name",), importance=2),
    Column("file", ("sha256",)),
)
ORDER = ("Malicious", "Unknown", "")  # of dispositions; what is not here comes last


def hunt(job: Job) -> Report:
    """Return who saw something and raised no event, and what of it was asked for in vain."""
    found = job.records("hunt", "observables")
    silent = [
        {**one, "hostname": name_of(one), "link": one.get("pivot_url")} for one in job.records("hunt", "computers")
    ]
    seen = [one for one in found if one.get("seen")]
    reasons = dict.fromkeys(str(reason) for one in found for reason in one.get("partial") or [])
    problem = ""
    if job.text("alert") == "fail" and silent:
        hosts = names_of(dict.fromkeys(row["hostname"] for row in silent))
        problem = f"{number_of(len(silent), 'computer')} saw something and raised no event: {hosts}."
    left = job.text("left")
    return Report(
        totals=[
            f"{number_of(len(found), 'observable')}, {len(seen) or 'none'} of them seen;"
            f" {number_of(len(silent), 'computer')} raised no event"
        ],
        sections=[
            Section("Needs a person", silent, SILENT),
            Section("Seen", sorted(seen, key=lambda one: -int(one.get("silent") or 0)), OBSERVABLES),
        ],
        remarks=[*(f"May be incomplete: {reason}" for reason in reasons), *([left] if left else [])],
        counts={"observables": len(found), "seen": len(seen), "silent": len(silent)},
        problem=" ".join(filter(None, [problem, job.message("hunt")])),
    )


def vulnerable(job: Job) -> Report:
    """Return vulnerable software: of the tenant or of one computer, or the computers that have one file."""
    applications = applications_of(job, "vulnerable")
    hosts = [
        {**one, "hostname": name_of(one), "link": job.trajectory()(one)}
        for one in job.records("vulnerable", "computers")
    ]
    events = [{"date": one.get("date"), "cves": _cves_of_event(one)} for one in job.records("events", "events")]
    if job.text("sha256"):
        total = f"{number_of(len(hosts), 'computer')} with the file {job.text('sha256')}"
        sections = [Section("Computers", hosts, HOSTS)]
    else:
        where = f"on {job.text('computer')}" if job.text("computer") else "in the tenant"
        total = f"{number_of(len(applications), 'vulnerable application')} {where}"
        sections = [Section("Applications", applications, APPLICATIONS)]
    if job.text("computer"):
        sections.append(Section("Events", events, EVENTS))
    return Report(
        totals=[total],
        sections=sections,
        counts={"applications": len(applications), "computers": len(hosts), "events": len(events)},
    )


def trajectory(job: Job) -> Report:
    """Return the files of a trajectory with name and disposition, the malicious ones first."""
    result = job.results.get("trajectory") or {}
    rows = sorted(files_of(job, job.records("trajectory", "events")), key=disposition_first)
    host = name_of(result.get("computer") or {})
    malicious = sum(1 for row in rows if row["disposition"] == "Malicious")
    return Report(
        totals=[f"{number_of(len(rows), 'distinct file')} on {host}, {malicious or 'none'} of them malicious"],
        sections=[Section("Files", rows, FILES)],
        remarks=[f"The trajectory: {result.get('pivot_url')}"]
        + (["Older events may be missing: the bound of the trajectory was reached."] if result.get("partial") else []),
        counts={"files": len(rows), "malicious": malicious},
    )


def files_of(job: Job, events: list[Record]) -> list[dict[str, Any]]:
    """Return a row for each file and parent of some events: its last known name and disposition come first."""
    rows: dict[str, dict[str, Any]] = {}
    for part in _parts(events):
        sha256 = str((part.get("identity") or {}).get("sha256") or "").lower()
        if not is_sha256(sha256):
            continue
        row = rows.setdefault(
            sha256, {"sha256": sha256, "name": "", "disposition": "", "link": job.file_trajectory(sha256)}
        )
        row["name"] = row["name"] or str(part.get("file_name") or "")
        row["disposition"] = row["disposition"] or str(part.get("disposition") or "")
    return list(rows.values())


def _host(record: Record, link: str | None) -> Row:
    return {**record, "hostname": name_of(record), "link": link}


def _parts(events: list[Record]) -> Iterator[Mapping[str, Any]]:
    for event in events:
        file = event.get("file")
        if isinstance(file, Mapping):
            yield file
            if isinstance(file.get("parent"), Mapping):
                yield file["parent"]


def disposition_first(row: Row) -> int:
    """Return the place of a file in a table: malicious ones first, clean ones last."""
    return ORDER.index(row["disposition"]) if row["disposition"] in ORDER else len(ORDER)


def applications_of(job: Job, name: str) -> list[dict[str, Any]]:
    """Return a row for each vulnerable application of a result, the highest score first."""
    return sorted(map(_application(job), job.records(name, "vulnerabilities")), key=_worst_first)


def _application(job: Job) -> Any:
    def row(record: Record) -> dict[str, Any]:
        cves = [one for one in record.get("cves") or [] if isinstance(one, Mapping)]
        scores = [float(one["cvss"]) for one in cves if isinstance(one.get("cvss"), (int, float))]
        sha256 = str(((record.get("file") or {}).get("identity") or {}).get("sha256") or "").lower()
        return {
            "cvss": max(scores, default=None),
            "application": record.get("application"),
            "version": record.get("version"),
            "computers": record.get("computers_total_count"),
            "cves": [one.get("id") for one in cves],
            "sha256": sha256,
            "link": job.file_trajectory(sha256),
        }

    return row


def _worst_first(row: Row) -> float:
    return -(row["cvss"] or 0.0)


def _cves_of_event(event: Record) -> list[str]:
    """Return the vulnerabilities of an event, each with its score."""
    found = []
    for one in event.get("vulnerabilities") or []:
        if isinstance(one, Mapping):
            score = one.get("score") or one.get("cvss")
            found.append(f"{one.get('cve')} ({score})" if score else str(one.get("cve")))
    return found
