# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `computer_group`: computers as members of a group (R26). This file is private to the collection.

This folder holds what needs both computers and groups. `group` may use `computer`, and not the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._api.client import Client
from ..._api.errors import ApiError, BadRequest, NotFound, Refused
from ..._common.text import printable, quoted
from .._shared.bulk import ItemResult, announce, bulk_result, partly_done
from .._shared.names import Named
from .._shared.tenant import Tenant
from ..computer.move import Move, move_computers
from ..computer.read import Computer
from ..computer.resolve import resolve_computers
from ..group.read import PATH as GROUPS
from ..group.read import read_group, resolve_groups

SHOWN = 200  # computers of a diff


def reconcile(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `computer_group`. Raises Refused before anything is moved, PartlyDone where some computers were not."""
    client = tenant.client
    group = _group(client, options["group"])
    named = resolve_computers(client, options["computers"]).found
    computers = list({computer.guid: computer for computer in named.values()}.values())
    elsewhere = [computer for computer in computers if computer.group_guid != group.id]
    if not group.name and computers:
        group = _read_group(client, group.id) if elsewhere else Named(group.id, _group_name(computers[0]))
    announce(tenant, len(elsewhere))
    moves = [Move(one, "moved") for one in elsewhere]
    if not tenant.check_mode:
        moves = move_computers(client, elsewhere, group.id)
    result = _report(tenant, group, named, moves)
    errors = [move.error for move in moves if move.error]
    if errors:
        raise partly_done(
            errors, result["counts"].get("not_tried", 0), "computers", result, why=_why(client, group, errors)
        )
    return result


def _why(client: Client, group: Named, errors: Sequence[ApiError]) -> str:
    """Return why computers were not found or not moved, if it is that the group is gone."""
    if any(isinstance(error, (NotFound, BadRequest)) for error in errors):
        try:
            client.get(f"{GROUPS}/{group.id}")
        except NotFound:
            return f"The group {quoted(group.name)} ({group.id}) was deleted in the meantime."
        except ApiError:
            pass
    return ""


def _group(client: Client, wanted: str) -> Named:
    """Return the group; without its name if only the GUID was given, so that nothing has to be read yet."""
    resolved = resolve_groups(client, [wanted])
    (guid,) = resolved.guids
    return Named(guid, resolved.names.get(guid, ""))


def _read_group(client: Client, guid: str) -> Named:
    record = read_group(client, guid)
    if record is None:
        raise Refused(f"The tenant has no group {guid}. Nothing was changed.")
    return Named(guid, record.get("name") or "")


def _report(tenant: Tenant, group: Named, named: Mapping[str, Computer], moves: Sequence[Move]) -> dict[str, Any]:
    """Return the result. `computers` holds each computer once, under the item that named it first."""
    made = {move.computer.guid: move for move in moves}
    results: dict[str, ItemResult] = {}
    for item, computer in named.items():
        move = made.get(computer.guid)
        more = {"connector_guid": computer.guid, "hostname": computer.hostname}
        outcome, detail = (move.outcome, str(move.error) if move.error else None) if move else ("already", None)
        results.setdefault(computer.guid, ItemResult(item, outcome, detail, more))
    moved = [move.computer for move in moves if move.outcome == "moved"]
    before = [_shown(computer, computer.group_guid) for computer in moved[:SHOWN]]
    after = [_shown(computer, group.id) for computer in moved[:SHOWN]]
    more_lines = {"not_shown": f"{len(moved) - SHOWN} further computers"} if len(moved) > SHOWN else {}
    return {
        "changed": bool(moved),
        "check_mode": tenant.check_mode,
        "before": {"computers": before},
        "after": {"computers": after},
        "diff": {
            "before": {"computers": [_line(one, _group_name(one)) for one in moved[:SHOWN]], **more_lines},
            "after": {"computers": [_line(one, group.name) for one in moved[:SHOWN]], **more_lines},
        },
        "calls": {"planned": len(moves), "made": tenant.client.writes_made},
        "group": {"guid": group.id, "name": group.name},
        **bulk_result("computers", results.values()),
    }


def _shown(computer: Computer, group_guid: str) -> dict[str, str]:
    return {"connector_guid": computer.guid, "hostname": computer.hostname, "group_guid": group_guid}


def _line(computer: Computer, group: str) -> str:
    return f"{printable(computer.hostname, 100)} ({computer.guid}): {printable(group, 100)}"


def _group_name(computer: Computer) -> str:
    """Return the name of its group if the record has it, else the GUID."""
    groups = computer.record.get("groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict) and str(group.get("guid")).lower() == computer.group_guid:
            return str(group.get("name"))
    return computer.group_guid
