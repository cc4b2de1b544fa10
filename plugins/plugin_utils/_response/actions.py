# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of single actions: isolate, release, move, block and unblock. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response import computers
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Row,
    Section,
    counted,
    keys_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import (
    Job,
    Record,
    guid_of,
    message_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

FILES = (
    Column("file", ("sha256",)),
    Column("list", ("list",), importance=2),
    Column("outcome", ("outcome",)),
    Column("why", ("why",), importance=3),
)
SETTLED = ("added", "removed", "present", "absent", "description_updated", "description_differs")
ENTRIES = {
    "added": ("blocked", "would be blocked"),
    "present": ("blocked before", "blocked already"),
    "description_differs": ("blocked before", "blocked already"),
    "removed": ("unblocked", "would be unblocked"),
    "absent": ("not blocked", "not blocked"),
}


def isolate(job: Job) -> Report:
    """Return who saw a file and was isolated."""
    links = {guid_of(one): one.get("pivot_url") for one in job.records("seen", "computers")}
    found, too_many = computers.isolation_of(job), job.text("too_many")
    failing = job.texts("fail_on") or computers.ISOLATION_FAILURES
    return _of_computers(
        found,
        computers.ISOLATED,
        check=job.check or bool(too_many),
        link=lambda record: links.get(guid_of(record)),
        total=f"{number_of(len(links), 'computer')} saw the file",
        problem=" ".join(filter(None, [too_many, computers.failure(found, failing, "isolated")])),
        remarks=["Nothing was changed."] if too_many or job.check else [],
    )


def release(job: Job) -> Report:
    """Return who was released."""
    found = job.records("isolation", "computers")
    problem = computers.failure(found, computers.BAD, "released") or job.message("isolation")
    total = number_of(len(found), "computer")
    return _of_computers(
        found, computers.RELEASED, check=job.check, link=job.trajectory(), total=total, problem=problem
    )


def move(job: Job) -> Report:
    """Return who was moved to a group."""
    found = job.records("move", "computers")
    problem = computers.failure(found, computers.BAD, "moved") or job.message("move")
    total = f"{number_of(len(found), 'computer')} to the group {job.text('group')}"
    return _of_computers(found, computers.MOVED, check=job.check, link=job.trajectory(), total=total, problem=problem)


def _of_computers(
    found: Sequence[Record],
    words: Mapping[str, tuple[str, str]],
    *,
    check: bool,
    link: Callable[[Record], str | None],
    total: str,
    problem: str,
    remarks: Sequence[str] = (),
) -> Report:
    rows = computers.rows_of(found, words, check=check, link=link)
    counts = computers.counts_of(rows)
    return Report(
        totals=[f"{total}: {counted(counts)}" if found else total],
        sections=[
            Section("Needs a person", [row for row in rows if row["bad"]], computers.COLUMNS),
            Section("Computers", [row for row in rows if not row["bad"]], computers.COLUMNS),
        ],
        remarks=remarks,
        counts=keys_of(counts),
        problem=problem,
    )


def block(job: Job) -> Report:
    """Return what became of files on one list or on several, blocked or unblocked."""
    results = job.loop("entries") or [job.results.get("entries") or {}]
    rows = [row for result in results for row in _entry_rows(job, result)]
    counts = Counter(str(row["outcome"]) for row in rows)
    problems = list(filter(None, map(message_of, results)))
    lists = [result["file_list"] for result in results if isinstance(result.get("file_list"), dict)]
    if "lists" in job.results and not job.lists_in_use():
        problems.append("No list of this type is used by a policy, so nothing is blocked. Nothing was changed.")
    unused = [
        f"The list {one.get('name')} is used by no policy and has no effect."
        for one in lists
        if not one.get("policies")
    ]
    names = ", ".join(printable(one.get("name"), 100) for one in lists)
    files = len({str(row["sha256"]) for row in rows})
    return Report(
        totals=[f"{number_of(files, 'file')} on {number_of(len(lists), 'list')} ({names}): {counted(counts)}"],
        sections=[
            Section("Needs a person", [row for row in rows if row["bad"]], FILES),
            Section("Files", [row for row in rows if not row["bad"]], FILES),
        ],
        remarks=[f"The list {name} is used by no policy and has no effect." for name in unused],
        counts={"files": files, "lists": len(lists), **keys_of(counts)},
        problem=" ".join(problems),
    )


def _entry_rows(job: Job, result: Record) -> list[Row]:
    name = (result.get("file_list") or {}).get("name")
    return [
        {
            "sha256": entry.get("item"),
            "list": name,
            "outcome": computers.word(ENTRIES, str(entry.get("outcome")), check=job.check),
            "why": entry.get("detail"),
            "bad": entry.get("outcome") not in SETTLED,
            "link": job.file_trajectory(str(entry.get("item"))),
        }
        for entry in result.get("entries") or []
    ]
