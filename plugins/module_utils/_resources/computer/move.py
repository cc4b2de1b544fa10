# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move computers to a group, and with it to other policies (R26). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import (
    ApiError,
    BadRequest,
    Exchange,
    LostAnswer,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from ..._common.text import printable, quoted
from .._shared.bulk import (
    ItemResult,
    announce,
    bulk_result,
    partly_done,
)
from .._shared.names import Named
from .._shared.tenant import Tenant
from ..group.read import (
    PATH as GROUPS,
)
from ..group.read import (
    read_group,
    resolve_groups,
)
from .read import PATH, Computer, read_computer
from .resolve import resolve_computers

SHOWN = 200  # computers of a diff
# Seconds before each look at what was accepted: the answer to a PATCH, 202, shows what is to be (api-contract 4, 16).
LOOKS = (0, 0.5, 1.0, 2.0, 4.0, 8.0)


class Move(NamedTuple):
    """What became of one computer: moved, failed or not_tried."""

    computer: Computer
    outcome: str
    error: ApiError | None = None


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


def move_computers(
    client: Client, computers: Sequence[Computer], group_guid: str, *, bulk: bool | None = None
) -> list[Move]:
    """Move computers and look until each is seen in the group, within bounds (R26).

    `bulk`: they are some of many writes.
    """
    bulk = len(computers) > 1 if bulk is None else bulk
    attempts = for_each(
        computers, lambda one: _move(client, one, group_guid, bulk=bulk), workers=client.options.concurrency
    )
    is_limited = any(isinstance(attempt.error, RateLimited) for attempt in attempts)
    accepted = {attempt.item.guid: attempt.value for attempt in attempts if attempt.value}
    unseen = _unseen(client, accepted, group_guid, () if is_limited else LOOKS)
    moves = []
    for attempt in attempts:
        unconfirmed = unseen.get(attempt.item.guid)
        error = attempt.error or (unconfirmed and _unconfirmed(unconfirmed.exchange))
        outcome = "failed" if error else "moved" if attempt.tried else "not_tried"
        moves.append(Move(attempt.item, outcome, error or None))
    return moves


class _Accepted(NamedTuple):
    """A move that the cloud accepted; `shown`: its answer shows the new group."""

    exchange: Exchange
    shown: bool


def _move(client: Client, computer: Computer, group_guid: str, *, bulk: bool) -> _Accepted | None:
    """Move one; None where it was seen in the group. The same PATCH twice does no harm."""
    path = f"{PATH}/{computer.guid}"
    try:
        answer = client.patch(path, {"group_guid": group_guid}, bulk=bulk)
    except LostAnswer:
        there = read_computer(client, computer.guid, bulk=bulk)
        if there is not None and there.group_guid == group_guid:
            return None
        answer = client.patch(path, {"group_guid": group_guid}, bulk=bulk)
    shown = Computer.parse(answer.data).group_guid if isinstance(answer.data, dict) else ""
    return _Accepted(answer.exchange, shown == group_guid)


def _unseen(
    client: Client, accepted: Mapping[str, _Accepted], group_guid: str, looks: Sequence[float]
) -> dict[str, _Accepted]:
    """Look until the moves show, and return those that never did. Without any look, an answer that shows one counts."""
    unseen, looked = dict(accepted), False
    for pause in looks:
        if not unseen:
            break
        if pause:
            client.pause(pause)
        try:
            seen = resolve_computers(client, unseen, missing_ok=True).found
        except RateLimited:
            break
        except ApiError:  # a look that failed has seen nothing; the next one may
            continue
        looked = True
        for guid in [computer.guid for computer in seen.values() if computer.group_guid == group_guid]:
            del unseen[guid]
    return {guid: move for guid, move in unseen.items() if looked or not move.shown}


def _unconfirmed(exchange: Exchange) -> ApiError:
    return Unavailable(
        exchange, f"the cloud accepted the move, but the group did not show in {len(LOOKS)} looks", "Try again later"
    )


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
