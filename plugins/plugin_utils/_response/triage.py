# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of `triage`: what is known of one computer, or of one file. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.computers import name_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.findings import (
    APPLICATIONS,
    FILES,
    applications_of,
    disposition_first,
    files_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Row,
    Section,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, Record, guid_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

FACTS = (Column("what", ("what",)), Column("is", ("value",)))
DETECTIONS = (
    Column("seen", ("time",), "time", 2),
    Column("host", ("hostname",), importance=3),
    Column("detection", ("name",)),
    Column("file", ("file_name",), importance=3),
    Column("outcome", ("outcome",), "words"),
    Column("severity", ("severity",), importance=4),
)
SAW = (Column("host", ("hostname",)), Column("event", ("event",)))
LISTS = (
    Column("list", ("name",)),
    Column("type", ("type",), "words", 2),
    Column("entry", ("entry",)),
    Column("used by", ("policies",), importance=3),
)
THERE = "removed"  # in check mode of a removal


def triage_computer(job: Job) -> Report:
    """Return what is known of a computer. Of several records of its name the one that was seen last is shown."""
    records = sorted(
        job.records("computer", "computers"), key=lambda one: str(one.get("last_seen") or ""), reverse=True
    )
    if not records:
        return Report([f"The tenant knows no computer {job.text('name')}."], [], problem="Nothing is known of it.")
    record, others = records[0], records[1:]
    detections = _detections(job)
    files = sorted(files_of(job, job.records("trajectory", "events")), key=disposition_first)
    applications = applications_of(job, "vulnerable")
    urgent = [one for one in detections if one.get("needs_person")]
    return Report(
        totals=[
            f"{name_of(record)}: {number_of(len(detections), 'detection')}, {len(urgent) or 'none'} of them"
            f" {'need' if len(urgent) != 1 else 'needs'} a person;"
            f" {number_of(len(files), 'file')} in the trajectory;"
            f" {number_of(len(applications), 'vulnerable application')}",
        ],
        sections=[
            Section("Needs a person", urgent, DETECTIONS),
            Section("Computer", _facts(job, record, others), FACTS),
            Section("Other detections", [one for one in detections if not one.get("needs_person")], DETECTIONS),
            Section("Files of the trajectory", files, FILES),
            Section("Vulnerable applications", applications, APPLICATIONS),
        ],
        remarks=[f"The trajectory: {job.trajectory()(record)}"],
        counts={"detections": len(detections), "need_person": len(urgent), "vulnerable": len(applications)},
    )


def triage_hash(job: Job) -> Report:
    """Return what is known of a file: lists, who saw it, detections, first and last time."""
    sha256 = job.text("name")
    detections = _detections(job)
    urgent = [one for one in detections if one.get("needs_person")]
    seen = job.records("seen", "computers")
    times = sorted(str(one.get("time")) for one in detections if one.get("time"))
    lists = _lists(job)
    blocked = sum(1 for one in lists if one["entry"] != "no entry")
    rows = [
        {
            "hostname": name_of(one),
            "event": "raised none" if one.get("silent") else "raised",
            "link": one.get("pivot_url"),
        }
        for one in sorted(seen, key=lambda one: not one.get("silent"))
    ]
    silent = sum(1 for one in seen if one.get("silent"))
    when = f", first {times[0][:19]}Z, last {times[-1][:19]}Z" if times else ""
    return Report(
        totals=[
            f"{sha256}: on {blocked or 'none'} of {number_of(len(lists), 'list')};"
            f" {number_of(len(seen), 'computer')} saw it, {silent or 'none'} of them raised no event;"
            f" {number_of(len(detections), 'detection')}{when}",
        ],
        sections=[
            Section("Needs a person", urgent, DETECTIONS),
            Section("Computers that saw it", rows, SAW),
            Section("Other detections", [one for one in detections if not one.get("needs_person")], DETECTIONS),
            Section("Lists", lists, LISTS),
        ],
        remarks=[f"The file: {job.file_trajectory(sha256)}"],
        counts={"lists": blocked, "seen": len(seen), "silent": silent, "detections": len(detections)},
    )


def _detections(job: Job) -> list[Row]:
    """Return the newest detections first, each with its link."""
    found = [
        {**one, "link": next((link for link in (one.get("pivot_urls") or {}).values() if link), None)}
        for one in job.records("found", "detections")
    ]
    return sorted(found, key=lambda one: str(one.get("time")), reverse=True)


def _facts(job: Job, record: Record, others: Sequence[Record]) -> list[Row]:
    policy = record.get("policy") or {}
    mode = next((one.get("file_mode") for one in job.records("policies", "policies")), None)
    isolation: Record = next(iter(job.records("isolation", "isolations")), {})
    told = {
        "system": record.get("operating_system"),
        "connector": record.get("connector_version"),
        "last seen": record.get("last_seen"),
        "addresses": [*(record.get("internal_ips") or []), record.get("external_ip")],
        "group": [one.get("name") for one in record.get("groups") or []],
        "policy": f"{policy.get('name')} ({mode or 'mode unknown'})",
        "isolation": _isolation(isolation),
        "faults": record.get("faults") or "none",
        "GUID": guid_of(record),
        "other records": [f"{guid_of(one)}, last seen {one.get('last_seen')}" for one in others] or "none",
    }
    return [{"what": what, "value": value} for what, value in told.items()]


def _isolation(isolation: Record) -> str:
    status = str(isolation.get("status") or "unknown").replace("_", " ")
    if status == "not isolated":
        return status if isolation.get("available") else f"{status}, not available"
    by, comment = isolation.get("isolated_by"), isolation.get("comment")
    return f"{status}{f' by {by}' if by else ''}{f': {comment}' if comment else ''}"


def _lists(job: Job) -> list[dict[str, Any]]:
    entries: dict[str, Record] = {
        str((result.get("file_list") or {}).get("guid")).lower(): next(iter(result.get("entries") or []), {})
        for result in job.loop("entries")
    }
    found = []
    for one in job.records("lists", "file_lists"):
        entry = entries.get(str(one.get("guid")).lower(), {})
        policies = list(dict.fromkeys(policy.get("name") for policy in one.get("policies") or []))
        found.append(
            {
                **one,
                "entry": "there" if entry.get("outcome") == THERE else "no entry",
                "policies": policies or "no policy",
            }
        )
    return sorted(found, key=lambda one: str(one["entry"]), reverse=True)
