# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of `contain` and `contain_undo`. Pure, but for a look at where the record lies (R22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._job_container import ephemeral_reason
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response import computers
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Row,
    Section,
    counted,
    keys_of,
    names_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import (
    Job,
    Record,
    guid_of,
    message_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

BLOCKED = ("added", "present", "description_differs")
HASHES = (
    Column("file", ("sha256",)),
    Column("blocked", ("blocked",)),
    Column("seen by", ("seen",), importance=2),
    Column("silent", ("silent",), importance=2),
)
ENTRIES = (
    Column("file", ("sha256",)),
    Column("list", ("list",)),
    Column("outcome", ("outcome",)),
    Column("why", ("why",)),
)
MOST_LINES = 20  # of one cause


def contain(job: Job) -> Report:
    """Return what became of the files and of the computers that saw them."""
    seen = _seen(job.records("seen", "computers"))
    too_many = job.text("too_many")
    found = [_with_event(record, seen) for record in computers.isolation_of(job)]
    rows = computers.rows_of(
        found,
        computers.ISOLATED,
        check=job.check or bool(too_many),
        link=lambda record: (seen.get(guid_of(record)) or {}).get("pivot_url"),
    )
    counts = computers.counts_of(rows)
    silent = sum(1 for one in seen.values() if one["silent"])
    hashes, lists = _hash_rows(job), job.lists_in_use()
    problems = [
        too_many,
        *_list_problems(job),
        computers.failure(found, computers.BAD, "isolated"),
    ]
    problem = " ".join(filter(None, problems))
    return Report(
        totals=[
            f"{number_of(len(hashes), 'file')} {_blocked(job, len(lists))}",
            f"{number_of(len(seen), 'computer')} saw {'it' if len(hashes) == 1 else 'them'}"
            + (f", {silent or 'none'} of them raised no event: {counted(counts)}" if seen else ""),
        ],
        sections=[
            Section("Needs a person", [row for row in rows if row["bad"]], computers.COLUMNS),
            Section("Computers", [row for row in rows if not row["bad"]], computers.COLUMNS),
            Section("Files", hashes, HASHES),
        ],
        remarks=[*_where(lists), *_partial(job), *_how_to_undo(job, bool(too_many))],
        counts={"files": len(hashes), "lists": len(lists), "seen": len(seen), "silent": silent, **keys_of(counts)},
        problem=problem,
    )


def contain_undo(job: Job) -> Report:
    """Return what was taken back and what was left."""
    found = list(job.records("isolation", "computers"))
    rows = computers.rows_of(found, computers.RELEASED, check=job.check, link=job.trajectory())
    entries = _undone_entries(job)
    left = [row for row in entries if row["bad"]]
    kept = [row for row in rows if row["outcome"] in computers.RELEASED["left"]]
    entry_counts = Counter(str(row["outcome"]) for row in entries)
    counts = computers.counts_of(rows)
    problems = [
        *_list_problems(job),
        computers.failure(found, computers.BAD, "released"),
        "" if found else job.message("isolation"),
    ]
    return Report(
        totals=[
            f"Run {job.text('run_id')}",
            f"Entries: {counted(entry_counts)}",
            f"Computers: {counted(counts)}",
        ],
        sections=[
            Section("Needs a person", [row for row in rows if row["bad"]], computers.COLUMNS),
            Section("Left, because somebody has made it their own since", kept, computers.COLUMNS),
            Section("Computers", [row for row in rows if not row["bad"] and row not in kept], computers.COLUMNS),
            Section("Entries that were left", left, ENTRIES),
        ],
        counts={**keys_of(entry_counts), **keys_of(counts)},
        problem=" ".join(filter(None, problems)),
    )


def _seen(records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Return who saw any of the files: silent where one of them raised no event."""
    seen: dict[str, dict[str, Any]] = {}
    for record in records:
        one = seen.setdefault(guid_of(record), {"pivot_url": record.get("pivot_url"), "silent": False})
        one["silent"] = one["silent"] or bool(record.get("silent"))
    return seen


def _with_event(record: Record, seen: Mapping[str, Mapping[str, Any]]) -> Record:
    one = seen.get(guid_of(record))
    return {**record, "event": None if one is None else "raised none" if one["silent"] else "raised"}


def _hash_rows(job: Job) -> list[Row]:
    """Return a row for each file: on how many lists it is blocked, and who saw it."""
    blocked: Counter[str] = Counter()
    for result in job.loop("entries"):
        for entry in result.get("entries") or []:
            blocked[str(entry.get("item"))] += entry.get("outcome") in BLOCKED
    saw = {str(one.get("observable")): one for one in job.records("seen", "observables")}
    lists = len(job.lists_in_use())
    return [
        {
            "sha256": sha256,
            "blocked": f"{'would be ' if job.check else ''}on {blocked[sha256]} of {number_of(lists, 'list')}",
            "seen": saw.get(sha256, {}).get("seen", 0),
            "silent": saw.get(sha256, {}).get("silent", 0),
            "link": job.file_trajectory(sha256),
        }
        for sha256 in job.texts("hashes")
    ]


def _blocked(job: Job, lists: int) -> str:
    counts: Counter[str] = Counter()
    for result in job.loop("entries"):
        counts.update(result.get("counts") or {})
    told = {
        "would be added" if job.check else "added": counts.pop("added", 0),
        "there before": counts.pop("present", 0) + counts.pop("description_differs", 0),
        **{outcome.replace("_", " "): count for outcome, count in sorted(counts.items())},
    }
    return f"on {number_of(lists, 'list')} that policies use: {counted(told)}"


def _list_problems(job: Job) -> list[str]:
    """Return what kept entries from being changed, each cause once."""
    problems = [message for message in map(message_of, job.loop("entries")) if message]
    if job.loop("entries") or job.text("too_many") or "lists" not in job.results:
        return problems
    return ["No list of this type is used by a policy, so nothing is blocked."]


def _where(lists: Sequence[Record]) -> list[str]:
    return [f"List {one.get('name')}: used by the policies {_policies(one)}" for one in lists[:MOST_LINES]]


def _policies(file_list: Record) -> str:
    """Return the names of policies; those of several products often share one."""
    return names_of(dict.fromkeys(str(policy.get("name")) for policy in file_list.get("policies") or []))


def _partial(job: Job) -> list[str]:
    """Return why computers may be missing; each reason once, for the many files that share it."""
    reasons: Counter[str] = Counter()
    for one in job.records("seen", "observables"):
        reasons.update(map(str, one.get("partial") or []))
    return [f"May be incomplete ({number_of(count, 'file')}): {reason}" for reason, count in reasons.most_common()]


def _how_to_undo(job: Job, refused: bool) -> list[str]:
    if job.check or refused:
        return ["Nothing was changed."]
    lost = ephemeral_reason(job.text("record"))
    return [
        *([f"The record will be lost ({lost}). Set contain_record_dir to a folder that lasts."] if lost else []),
        f"Run {job.text('run_id')}, recorded in {job.text('record')}",
        f"To undo it: ansible-playbook ampops.secure_endpoint.contain_undo -e contain_undo_run_id={job.text('run_id')}",
    ]


def _undone_entries(job: Job) -> list[Row]:
    """Return a row for each entry; one that differs is left."""
    rows: list[Row] = []
    for result in job.loop("entries"):
        name = (result.get("file_list") or {}).get("name")
        for entry in result.get("entries") or []:
            outcome = str(entry.get("outcome"))
            bad = outcome not in ("removed", "absent")
            rows.append(
                {
                    "sha256": entry.get("item"),
                    "list": name,
                    "outcome": {"description_differs": "left", "absent": "not there"}.get(outcome)
                    or ("would be removed" if outcome == "removed" and job.check else outcome.replace("_", " ")),
                    "why": entry.get("detail"),
                    "bad": bad,
                }
            )
    return rows
