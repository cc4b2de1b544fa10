# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the computers of one task, as the module returns it. Pure. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._api.errors import SecureEndpointError
from ..._common.ids import is_guid
from ..._common.text import printable, quoted
from .._shared.bulk import ItemResult, bulk_result
from .states import Endpoint, Goal

SHOWN = 200  # computers of a diff


class Incomplete(SecureEndpointError):
    """Some computers are not where they should be; the result says which and why."""

    kind = "incomplete"


def result_of(
    endpoints: Sequence[Endpoint], unknown: Sequence[str], goal: Goal, *, check_mode: bool, calls_made: int
) -> dict[str, Any]:
    """Return the result of the module. `unknown` are the texts that name no computer of the tenant."""
    changed = [endpoint for endpoint in endpoints if _has_changed(endpoint)]
    shown = changed[:SHOWN]
    more_lines = {"not_shown": f"{len(changed) - SHOWN} further computers"} if len(changed) > SHOWN else {}
    reached = {one.computer.guid: goal.reached if check_mode else one.status for one in shown}
    return {
        "changed": bool(changed),
        "check_mode": check_mode,
        "before": {"computers": [_shown(one, one.was) for one in shown]},
        "after": {"computers": [_shown(one, reached[one.computer.guid]) for one in shown]},
        "diff": {
            "before": {"computers": [_line(one, one.was) for one in shown], **more_lines},
            "after": {"computers": [_line(one, reached[one.computer.guid]) for one in shown], **more_lines},
        },
        "calls": {"planned": sum(one.planned for one in endpoints), "made": calls_made},
        **bulk_result("computers", [*map(_result, endpoints), *map(_unknown, unknown)]),
    }


def _has_changed(endpoint: Endpoint) -> bool:
    return endpoint.sent or endpoint.outcome == "changed"


def _result(endpoint: Endpoint) -> ItemResult:
    more: dict[str, Any] = {
        "connector_guid": endpoint.computer.guid,
        "hostname": endpoint.computer.hostname,
        "status": endpoint.status,
    }
    if endpoint.unlock_code:
        more["unlock_code"] = endpoint.unlock_code
    return ItemResult(endpoint.item, endpoint.outcome or "not_tried", endpoint.detail, more)


def _unknown(item: str) -> ItemResult:
    more = {"connector_guid": item.lower() if is_guid(item) else None, "hostname": None, "status": None}
    return ItemResult(item, "unknown", "the tenant has no such computer", more)


def fail_on(outcomes: Sequence[str], endpoints: Sequence[Endpoint], result: Mapping[str, Any]) -> None:
    """Raise Incomplete if there are outcomes that fail the task."""
    failing = {*outcomes, *(["not_tried"] if "failed" in outcomes else [])}
    bad = [endpoint for endpoint in endpoints if endpoint.outcome in failing]
    if not bad:
        return
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(result["counts"].items()))
    first = bad[0]
    raise Incomplete(
        f"{len(bad)} of {len(endpoints)} computers are not as wanted ({counts}); `computers` of the result shows which."
        f" The first: {quoted(first.item)}, {(first.outcome or '').replace('_', ' ')}: {first.detail}.",
        result,
    )


def _shown(endpoint: Endpoint, status: str | None) -> dict[str, Any]:
    return {
        "connector_guid": endpoint.computer.guid,
        "hostname": endpoint.computer.hostname,
        "isolation": status,
    }


def _line(endpoint: Endpoint, status: str | None) -> str:
    return f"{printable(endpoint.computer.hostname, 100)} ({endpoint.computer.guid}): {printable(status or '', 40)}"
