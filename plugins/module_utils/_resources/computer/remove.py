# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the records of computers, by name or by age (R26). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import Attempt, for_each
from ..._api.errors import (
    ApiError,
    BadRequest,
    LostAnswer,
    NotFound,
    Refused,
)
from ..._common.text import printable
from .._shared.bulk import (
    ItemResult,
    announce,
    bulk_result,
    partly_done,
)
from .._shared.tenant import Tenant
from .read import PATH, Computer, ComputerFilter, read_computer, read_computers
from .resolve import resolve_computers

SHOWN = 200  # computers of a diff
NAMED = 10  # computers of a refusal


def remove(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `computer`. Raises Refused before anything is removed, PartlyDone if some could not be removed."""
    client = tenant.client
    found, missing = _targets(client, options)
    targets = {computer.guid: (item, computer) for item, computer in reversed(found)}
    doomed = [targets[guid] for guid in dict.fromkeys(computer.guid for _item, computer in found)]
    _check_bound(doomed, options["max_removals"])
    announce(tenant, len(doomed))
    results = [ItemResult(item, "absent") for item in missing]
    errors: list[ApiError] = []
    if tenant.check_mode:
        results += [_result(item, computer, "removed") for item, computer in doomed]
    else:
        bulk = len(doomed) > 1
        attempts = for_each(
            doomed, lambda target: _delete(client, target[1], bulk=bulk), workers=client.options.concurrency
        )
        results += [_outcome(attempt) for attempt in attempts]
        errors = [attempt.error for attempt in attempts if attempt.error]
    result = _report(tenant, doomed, results)
    if errors:
        raise partly_done(errors, result["counts"].get("not_tried", 0), "computers", result)
    return result


def _targets(client: Client, options: Mapping[str, Any]) -> tuple[list[tuple[str, Computer]], Sequence[str]]:
    """Return the computers to remove, each with how it was named, and the names of those that do not exist."""
    if options["computers"] is not None:
        resolved = resolve_computers(client, options["computers"], missing_ok=True)
        return list(resolved.found.items()), resolved.missing
    days, most = options["last_seen_over"], options["max_removals"]
    if most is None:
        raise Refused("last_seen_over needs max_removals: how many records may go at most.")
    if days < 1:
        raise Refused("last_seen_over must be at least 1 day.")
    listing = read_computers(client, ComputerFilter(last_seen_over=days))
    if not listing.complete:
        raise Refused(f"{listing.warning}. Nothing is removed on the strength of that; try again.")
    before = datetime.now(timezone.utc) - timedelta(days=days)
    # Looked at again here: a filter that the cloud ignored would remove the whole tenant.
    stale = [one for one in map(Computer.parse, listing.records) if one.last_seen and one.last_seen < before]
    stale.sort(key=lambda computer: (str(computer.record.get("last_seen")), computer.guid))
    return [(computer.guid, computer) for computer in stale], ()


def _check_bound(doomed: Sequence[tuple[str, Computer]], most: int | None) -> None:
    if most is not None and len(doomed) > most:
        named = ", ".join(
            f"{printable(computer.hostname, 100)} {computer.guid} ({computer.described()})"
            for _item, computer in doomed[:NAMED]
        )
        raise Refused(
            f"{len(doomed)} computers would be removed, more than max_removals ({most}) allows: {named}"
            f"{' and more' if len(doomed) > NAMED else ''}. Nothing was changed."
        )


def _delete(client: Client, computer: Computer, *, bulk: bool) -> str:
    """Remove one record. One that is not there any more is what was wanted; but a 404 may also mean that the API client
    may not write, so that is looked at."""
    lost = False
    while True:
        try:
            answer = client.delete(f"{PATH}/{computer.guid}", bulk=bulk)
        except LostAnswer:
            if read_computer(client, computer.guid, bulk=bulk) is not None:
                if lost:
                    raise
                lost = True
                continue
        except (NotFound, BadRequest):
            if read_computer(client, computer.guid, bulk=bulk) is not None:
                raise
            return "removed" if lost else "absent"
        else:
            if isinstance(answer.data, dict) and answer.data.get("deleted") is False:
                if read_computer(client, computer.guid, bulk=bulk) is not None:
                    raise BadRequest(answer.exchange, "the cloud did not delete the computer (deleted: false)")
                return "removed" if lost else "absent"
        return "removed"


def _outcome(attempt: Attempt[tuple[str, Computer], str]) -> ItemResult:
    item, computer = attempt.item
    if attempt.error:
        return _result(item, computer, "failed", str(attempt.error))
    detail = "somebody else removed it in the meantime" if attempt.value == "absent" else None
    return _result(item, computer, attempt.value or "not_tried", detail)


def _result(item: str, computer: Computer, outcome: str, detail: str | None = None) -> ItemResult:
    return ItemResult(item, outcome, detail, {"connector_guid": computer.guid, "hostname": computer.hostname})


def _report(tenant: Tenant, doomed: Sequence[tuple[str, Computer]], results: Sequence[ItemResult]) -> dict[str, Any]:
    removed = {result.more["connector_guid"] for result in results if result.outcome == "removed"}
    gone = [computer for _item, computer in doomed if computer.guid in removed]
    before = {"computers": [_shown(computer) for computer in gone[:SHOWN]]}
    lines: dict[str, Any] = {
        "computers": [
            f"{printable(computer.hostname, 100)} {computer.guid} ({computer.described()})" for computer in gone[:SHOWN]
        ]
    }
    if len(gone) > SHOWN:
        lines["not_shown"] = f"{len(gone) - SHOWN} further computers"
    return {
        "changed": bool(gone),
        "check_mode": tenant.check_mode,
        "before": before,
        "after": {"computers": []},
        "diff": {"before": lines, "after": {"computers": []}},
        "calls": {"planned": len(doomed), "made": tenant.client.writes_made},
        **bulk_result("computers", results),
    }


def _shown(computer: Computer) -> dict[str, Any]:
    return {
        "connector_guid": computer.guid,
        "hostname": computer.hostname,
        "last_seen": computer.record.get("last_seen"),
        "operating_system": computer.record.get("operating_system"),
        "group_guid": computer.record.get("group_guid"),
    }
