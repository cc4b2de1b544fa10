# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn results of the module tenant_config into a status, lines for people and records. Pure.

For the filter only. Texts are untrusted: the table escapes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column, lay_out

STATUSES = ("failed", "drift", "changed", "in_sync")
"""Of a tenant, and of all tenants: the first of these that any tenant has."""
KEPT = ("changes", "counts", "cannot", "notes", "unlisted", "before", "after", "problems")
FIRST = 5  # unlisted things of a section that are named

_DIFFERENCES = (
    Column("section", ("section",), "words", 3),
    Column("item", ("item",)),
    Column("outcome", ("outcome",), "words"),
    Column("detail", ("detail",), importance=2),
    Column("place", ("place",), importance=4),
)
_UNLISTED = (Column("section", ("section",), "words"), Column("number", ("number",)), Column("names", ("names",)))
_TENANTS = (
    Column("tenant", ("tenant",)),
    Column("status", ("status",), "words"),
    Column("differences", ("differences",)),
    Column("cannot be changed", ("unchangeable",)),
    Column("not in the tree", ("others",)),
    Column("message", ("message",), importance=2),
)


def record_of(tenant: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of one tenant. A result that is empty is of a tenant that failed before it was compared."""
    changes = result.get("changes") or []
    if result.get("failed") or not (result.get("calls") or "problems" in result):
        status = "failed"
    elif result.get("cannot") or (changes and not result["calls"].get("made")):
        status = "drift"
    else:
        status = "changed" if result.get("changed") else "in_sync"
    message = "" if status != "failed" else str(result.get("msg") or "the tenant was not compared")
    return {"tenant": tenant, "status": status, "message": message} | {
        key: result[key] for key in KEPT if key in result
    }


def overview(records: Sequence[Mapping[str, Any]], width: int) -> list[str]:
    """Return totals and a row for each tenant, those first that need a person."""
    counts = Counter(record["status"] for record in records)
    totals = ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in STATUSES if counts[status])
    rows = [
        {
            "tenant": record["tenant"],
            "status": record["status"],
            "differences": len(record.get("changes", ())),
            "unchangeable": len(record.get("cannot", ())),
            "others": _number_of_others(record),
            "message": record["message"].partition("\n")[0],
        }
        for record in sorted(records, key=lambda one: (STATUSES.index(one["status"]), one["tenant"]))
    ]
    return [f"{_counted(len(records), 'tenant')}: {totals or 'none'}", "", *lay_out(rows, _TENANTS, width=width)]


def details(record: Mapping[str, Any], shown: int, width: int) -> list[str]:
    """Return what there is to say of one tenant."""
    name = printable(record["tenant"], 100)
    changes, cannot, notes = (record.get(key) or [] for key in ("changes", "cannot", "notes"))
    if record["status"] == "failed":
        problems = record.get("problems") or [record["message"]]
        lines = [f"{name}: failed", *(printable(problem, 1000) for problem in problems)]
        if not changes:
            return lines
    else:
        lines = [
            f"{name}: {_counted(len(changes), 'difference')}{_outcomes(changes)}, {len(cannot)} that the API cannot"
            f" change, {_counted(_number_of_others(record), 'thing')} that the tree does not name"
        ]
    for title, findings in (("", changes), ("The API cannot change:", cannot), ("Notes:", notes)):
        if findings:
            lines += ["", *([title] if title else []), *lay_out(findings[:shown], _DIFFERENCES, width=width)]
            lines += [f"and {len(findings) - shown} more"] if len(findings) > shown else []
    rows = [
        {"section": section, "number": found["number"], "names": [*found["names"][:FIRST], *_more(found["number"])]}
        for section, found in (record.get("unlisted") or {}).items()
    ]
    if rows:
        lines += ["", "In the tenant and not in the tree:", *lay_out(rows, _UNLISTED, width=width)]
    return lines


def _outcomes(changes: Sequence[Mapping[str, Any]]) -> str:
    outcomes = Counter(change["outcome"].replace("_", " ") for change in changes)
    counted = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    return f" ({counted})" if counted else ""


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _number_of_others(record: Mapping[str, Any]) -> int:
    return sum(int(found["number"]) for found in (record.get("unlisted") or {}).values())


def _more(number: int) -> list[str]:
    return ["..."] if number > FIRST else []
