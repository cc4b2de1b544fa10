# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delete a group, after its computers and child groups are moved to another one (R26).

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..._api.client import Client
from ..._api.errors import (
    ApiError,
    BadRequest,
    Exchange,
    LostAnswer,
    NotFound,
    Refused,
    Unavailable,
)
from ..._common.ids import is_guid
from ..._common.text import printable, quoted
from .._shared.bulk import announce, partly_done
from .._shared.names import Named
from .._shared.plan import (
    Call,
    Plan,
    changing_result,
)
from .._shared.tenant import Tenant
from ..computer.move import move_computers
from ..computer.read import (
    PATH as COMPUTERS,
)
from ..computer.read import (
    Computer,
    ComputerFilter,
    read_computers,
)
from .plan import Group, check_parent
from .read import PATH
from .reconcile import LOOKS, Known, write

SHOWN = 200  # computers of a diff


def remove(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `group` with state absent. Raises Refused before anything is changed."""
    client = tenant.client
    name, refuge_text = options["name"].strip(), (options["move_computers_to"] or "").strip()
    known = Known.read(client, {name, refuge_text})
    group = known.whole(known.guid_of(name)) if is_guid(name) or known.has(name) else None
    if group is None:
        return changing_result(Plan(None, None), made=0)
    refuge = _refuge(known, group, refuge_text)
    computers = _members(client, group) if refuge and group.computers else []
    todo = _plan(group, refuge, computers)
    announce(tenant, len(todo.calls))
    if not tenant.check_mode:
        try:
            _apply(known, group, refuge, computers, todo)
        except ApiError as error:
            error.result |= {**changing_result(todo, made=client.writes_made), "after": todo.before}
            error.result["changed"] = bool(client.writes_made) and bool(computers or group.children)
            raise
    return changing_result(todo, made=client.writes_made)


def _refuge(known: Known, group: Group, text: str) -> Named | None:
    """Return the group that computers and child groups move to; None if the group has none. Raises Refused."""
    if group.computers < 0:
        raise Refused(f"The cloud does not say how many computers {_called(group)} has. Nothing was changed.")
    if not (group.computers or group.children):
        return None
    if not text:
        held = [f"{group.computers} computers"] if group.computers else []
        held += [f"the child groups {', '.join(printable(child.name, 60) for child in group.children)}"] * bool(
            group.children
        )
        raise Refused(
            f"{_called(group)} still has {' and '.join(held)}. Say with move_computers_to which group they go to."
            " Nothing was changed."
        )
    refuge, above = known.existing(text)
    check_parent(group, refuge, above)
    return refuge


def _members(client: Client, group: Group) -> list[Computer]:
    """Return the computers directly in the group. Raises Refused if not all of them can be read."""
    listing = read_computers(client, ComputerFilter(group_guids={group.guid}))
    if not listing.complete or len(listing.records) < group.computers:
        raise Refused(
            f"{_called(group)} has {group.computers} computers, of which {len(listing.records)} could be read. Nothing"
            " was changed; try again."
        )
    return [Computer.parse(record) for record in listing.records]


def _plan(group: Group, refuge: Named | None, computers: Sequence[Computer]) -> Plan:
    calls: list[Call] = []
    before, lines = group.state(), group.lines()
    if refuge:
        calls += [Call("PATCH", f"{COMPUTERS}/{one.guid}", {"group_guid": refuge.id}) for one in computers]
        calls += _child_moves(group, refuge)
        before["computers"] = [{"connector_guid": one.guid, "hostname": one.hostname} for one in computers[:SHOWN]]
        before["child_groups"] = [{"guid": child.id, "name": child.name} for child in group.children]
        lines[f"moved to {printable(refuge.name, 100)}"] = [
            *(f"computer {printable(one.hostname, 100)} ({one.guid})" for one in computers[:SHOWN]),
            *(f"group {printable(child.name, 100)} ({child.id})" for child in group.children),
        ]
    calls.append(Call("DELETE", f"{PATH}/{group.guid}"))
    return Plan(before, None, tuple(calls), lines, None)


def _child_moves(group: Group, refuge: Named) -> list[Call]:
    return [Call("PATCH", f"{PATH}/{child.id}/parent", {"parent_group_guid": refuge.id}) for child in group.children]


def _apply(known: Known, group: Group, refuge: Named | None, computers: Sequence[Computer], todo: Plan) -> None:
    """Empty the group, check that it is empty, and delete it."""
    client = known.client
    if refuge:
        moves = move_computers(client, computers, refuge.id)
        errors = [move.error for move in moves if move.error]
        if errors:
            untried = sum(move.outcome == "not_tried" for move in moves)
            result = {**changing_result(todo, made=client.writes_made), "after": todo.before}
            result["changed"] = any(move.outcome == "moved" for move in moves)
            raise partly_done(errors, untried, "computers", result)
        for call in _child_moves(group, refuge):
            write(client, call)
        _wait(known, group)
    delete(client, group.guid)


def _wait(known: Known, group: Group) -> None:
    for pause in LOOKS:
        if pause:
            known.client.pause(pause)
        now = known.whole(group.guid)
        if now is None or not (now.computers or now.children):
            return
    raise Unavailable(
        Exchange("GET", f"{PATH}/{group.guid}", known.client.options.api_host),
        f"computers and child groups were moved, but the group did not show as empty in {len(LOOKS)} looks, so it was"
        " not deleted",
        "Try again later",
    )


def delete(client: Client, guid: str) -> None:
    """Delete a group that is empty. A 404 may mean that it is gone, which is fine, or that writing is forbidden."""
    path = f"{PATH}/{guid}"
    lost = False
    while True:
        try:
            answer = client.delete(path)
        except LostAnswer:
            if not _is_there(client, path):
                return
            if lost:
                raise
            lost = True
            continue
        except NotFound:
            if _is_there(client, path):
                raise
            return
        if isinstance(answer.data, dict) and answer.data.get("deleted") is False and _is_there(client, path):
            raise BadRequest(answer.exchange, "the cloud did not delete the group (deleted: false)")
        return


def _is_there(client: Client, path: str) -> bool:
    try:
        client.get(path)
    except NotFound:
        return False
    return True


def _called(group: Group) -> str:
    return f"The group {quoted(group.name)} ({group.guid})"
