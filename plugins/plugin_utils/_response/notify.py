# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of what was sent to people. Pure."""

from __future__ import annotations

from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import (
    Report,
    Section,
    counted,
    keys_of,
    number_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column

WORDS = {
    "sent": ("sent", "would be sent"),
    "updated": ("updated", "would be updated"),
    "sent_again": ("sent again", "would be sent again"),
    "waiting": ("waiting", "would wait"),
    "not_sent": ("not sent", "not sent"),
}
COLUMNS = (
    Column("target", ("target",)),
    Column("outcome", ("word",)),
    Column("message", ("headline",), importance=2),
)
REASONS = (*COLUMNS[:2], Column("why", ("detail",)), Column("message", ("headline",), line=2))


def notify(job: Job) -> Report:
    """Return what each target was told."""
    rows = [{**row, "word": WORDS[row["outcome"]][job.check]} for row in job.records("notify", "notifications")]
    result = job.results.get("notify")
    counts = {
        word[job.check]: (result.get("counts") or {}).get(outcome, 0) if isinstance(result, dict) else 0
        for outcome, word in WORDS.items()
    }
    nothing = "Nothing was sent" if job.message("notify") else "Nothing new to send"
    again = "A run before this one was cut off: what it was sending may have arrived twice."
    return Report(
        totals=[f"{number_of(sum(counts.values()), 'message')}: {counted(counts)}" if rows else nothing],
        sections=[
            Section("Not sent", [row for row in rows if row["outcome"] in ("not_sent", "waiting")], REASONS),
            Section("Messages", [row for row in rows if row["outcome"] not in ("not_sent", "waiting")], COLUMNS),
        ],
        remarks=[
            *([again] if any(row["outcome"] == "sent_again" for row in rows) else []),
            *(["Nothing was sent."] if job.check else []),
        ],
        counts=keys_of(counts),
        problem=job.message("notify"),
    )
