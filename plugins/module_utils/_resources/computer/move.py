# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move computers to a group, and with it to other policies (R26). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import ApiError, Exchange, LostAnswer, RateLimited, Unavailable
from .read import PATH, Computer, read_computer
from .resolve import resolve_computers

# Seconds before each look at what was accepted: the answer to a PATCH, 202, shows what is to be (api-contract 4, 16).
LOOKS = (0, 0.5, 1.0, 2.0, 4.0, 8.0)


class Move(NamedTuple):
    """What became of one computer: moved, failed or not_tried."""

    computer: Computer
    outcome: str
    error: ApiError | None = None


def move_computers(client: Client, computers: Sequence[Computer], group_guid: str) -> list[Move]:
    """Move computers to one group; see `move_each`."""
    return move_each(client, [(computer, group_guid) for computer in computers], bulk=len(computers) > 1)


def move_each(client: Client, wanted: Sequence[tuple[Computer, str]], *, bulk: bool) -> list[Move]:
    """Move each computer to the group of that GUID, and look until all are seen there, within bounds (R26).

    `bulk`: they are some of many writes.
    """
    attempts = for_each(wanted, lambda one: _move(client, *one, bulk=bulk), workers=client.options.concurrency)
    is_limited = any(isinstance(attempt.error, RateLimited) for attempt in attempts)
    accepted = {attempt.item[0].guid: attempt.value for attempt in attempts if attempt.value}
    unseen = _unseen(client, accepted, () if is_limited else LOOKS)
    moves = []
    for attempt in attempts:
        computer, _group_guid = attempt.item
        unconfirmed = unseen.get(computer.guid)
        error = attempt.error or (unconfirmed and _unconfirmed(unconfirmed.exchange))
        outcome = "failed" if error else "moved" if attempt.tried else "not_tried"
        moves.append(Move(computer, outcome, error or None))
    return moves


class _Accepted(NamedTuple):
    """A move that the cloud accepted; `shown`: its answer shows the new group."""

    exchange: Exchange
    group_guid: str
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
    return _Accepted(answer.exchange, group_guid, shown == group_guid)


def _unseen(client: Client, accepted: Mapping[str, _Accepted], looks: Sequence[float]) -> dict[str, _Accepted]:
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
        for computer in seen.values():
            if computer.group_guid == unseen[computer.guid].group_guid:
                del unseen[computer.guid]
    return {guid: move for guid, move in unseen.items() if looked or not move.shown}


def _unconfirmed(exchange: Exchange) -> ApiError:
    return Unavailable(
        exchange, f"the cloud accepted the move, but the group did not show in {len(LOOKS)} looks", "Try again later"
    )
