# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of `block_verify`: in which groups files are really blocked. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Row,
    Section,
    counted,
    keys_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job, Record, message_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

THERE = "removed"  # in check mode of a removal
ENFORCED = "enforced"
COLUMNS = (
    Column("group", ("group",)),
    Column("product", ("product",), importance=2),
    Column("policy", ("policy",), importance=2),
    Column("state", ("state",)),
    Column("lists", ("lists",), importance=3),
)


def verify(job: Job) -> Report:
    """Return for each group and product whether its policy blocks all of the files."""
    files, kind = set(job.texts("hashes")), job.text("list_type")
    on_list = {
        str((result.get("file_list") or {}).get("guid")).lower(): {
            str(entry.get("item")) for entry in result.get("entries") or [] if entry.get("outcome") == THERE
        }
        for result in job.loop("entries")
    }
    rows = [row for policy in job.records("policies", "policies") for row in _rows_of(policy, files, kind, on_list)]
    rows.sort(key=lambda row: (str(row["group"]).casefold(), str(row["product"])))
    counts = Counter(str(row["state"]) for row in rows)
    problems = list(filter(None, map(message_of, job.loop("entries"))))
    return Report(
        totals=[
            f"{number_of(len(files), 'file')} in {number_of(len({row['group'] for row in rows}), 'group')},"
            f" by group and product: {counted(counts)}"
        ],
        sections=[
            Section("Needs a person", [row for row in rows if row["state"] != ENFORCED], COLUMNS),
            Section("Enforced", [row for row in rows if row["state"] == ENFORCED], COLUMNS),
        ],
        counts=keys_of(counts),
        problem=" ".join(problems),
    )


def _rows_of(policy: Record, files: set[str], kind: str, on_list: Mapping[str, set[str]]) -> list[Row]:
    """Return a row for each group that uses a policy; a policy that no group uses protects nobody."""
    lists = [one for one in policy.get("file_lists") or [] if one.get("type") == kind]
    blocked = {sha256 for one in lists for sha256 in on_list.get(str(one.get("guid")).lower(), ())}
    state = _state(len(lists), len(files - blocked), len(files), policy.get("file_mode"))
    return [
        {
            "group": group.get("name") or group.get("guid"),
            "product": policy.get("product"),
            "policy": policy.get("name"),
            "state": state,
            "lists": [one.get("name") for one in lists],
        }
        for group in policy.get("used_in_groups") or []
    ]


def _state(lists: int, missing: int, files: int, mode: object) -> str:
    if not lists:
        return "no list"
    if missing:
        return "not blocked" if missing == files else f"{missing} of {files} not blocked"
    if mode == "audit":
        return "audit only"
    return ENFORCED if mode == "quarantine" else "mode unknown"
