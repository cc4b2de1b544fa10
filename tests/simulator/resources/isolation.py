# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/computers/{guid}/isolation (api-contract 5)."""

from __future__ import annotations

import secrets
import string
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g

from ..cloud import cloud
from ..tenant import isolation as state
from ..tenant.computers import Computer
from ..tenant.isolation import Isolation
from ..web.envelope import Problem, answer
from ..web.parameters import Body, Query
from . import computers

blueprint = Blueprint("isolation", __name__)
PATH = "/v1/computers/<guid>/isolation"


@blueprint.route(PATH, methods=["OPTIONS"])
def show_allowed(guid: str) -> Response:
    """204, and an Allow header that says what can be done now."""
    computer = computers.find(guid)
    here = cloud()
    isolation, available = here.look_at_isolation(computer), here.tenant.can_be_isolated(computer)
    if not available and here.switches["isolation_options_unavailable_status"] == HTTPStatus.METHOD_NOT_ALLOWED:
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "Isolation is not available for this computer")
    allow = state.allowed_methods(isolation, available=available)
    return Response(status=204, headers={"Allow": allow}, content_type="application/json")


@blueprint.get(PATH)
def show_isolation(guid: str) -> Response:
    """Answer with the state of now; after a stop it still has the last comment and unlock code."""
    Query(paged=False)
    computer = computers.find(guid)
    return answer(shown(computer, cloud().look_at_isolation(computer)))


@blueprint.put(PATH)
def start_isolation(guid: str) -> Response:
    """Ask the connector to isolate its computer."""
    here = cloud()
    computer = computers.find(guid)
    body = Body("comment", "unlock_code")
    comment, unlock_code = body.text("comment"), body.text("unlock_code")
    isolation = here.tenant.isolation_of(computer)
    if not here.tenant.can_be_isolated(computer):
        raise Problem(here.switches["isolation_unavailable_status"], "Isolation is not available for this computer")
    if isolation.status != state.NOT_ISOLATED:
        raise Problem(here.switches["isolation_conflict_status"], f"Computer is {isolation.status}")
    before = shown(computer, isolation)
    isolation.comment = comment
    isolation.unlock_code = unlock_code or _make_unlock_code()
    isolation.isolated_by = g.client.client_id
    isolation.ask(state.PENDING_START, here.clock.now(), here.isolation_pace)
    here.tenant.isolations[computer.guid] = isolation
    return _answered(computer, before, isolation, state.PENDING_START)


@blueprint.delete(PATH)
def stop_isolation(guid: str) -> Response:
    """Ask the connector to end the isolation."""
    here = cloud()
    computer = computers.find(guid)
    comment = Body("comment").text("comment")
    isolation = here.tenant.isolation_of(computer)
    if isolation.status != state.ISOLATED:
        raise Problem(here.switches["isolation_conflict_status"], f"Computer is {isolation.status}")
    before = shown(computer, isolation)
    isolation.comment = comment or isolation.comment
    isolation.ask(state.PENDING_STOP, here.clock.now(), here.isolation_pace)
    return _answered(computer, before, isolation, state.PENDING_STOP)


def _answered(computer: Computer, before: dict[str, Any], isolation: Isolation, status: str) -> Response:
    here = cloud()
    after = shown(computer, isolation)
    change = {"isolation_status": (before["status"], status)}
    here.audit("update", "Computer", computer.guid, g.client.client_id, **change)
    shows = {**after, "status": before["status"]} if here.switches["isolation_answer"] == "before" else after
    return answer(shows, here.switches["isolation_write_status"])


def _make_unlock_code() -> str:
    """Six lower-case letters, as recorded."""
    return "".join(secrets.choice(string.ascii_lowercase) for _letter in range(6))


def shown(computer: Computer, isolation: Isolation) -> dict[str, Any]:
    """Return the state; comment, code and who are absent until there has been an isolation."""
    whole: dict[str, Any] = {
        "available": cloud().tenant.can_be_isolated(computer),
        "status": isolation.status,
    }
    if isolation.unlock_code is not None:
        whole.update(unlock_code=isolation.unlock_code, comment=isolation.comment)
    if isolation.status != state.NOT_ISOLATED:
        whole["isolated_by"] = isolation.isolated_by
    return whole
