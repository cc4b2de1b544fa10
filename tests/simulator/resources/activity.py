# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activity and trajectory of computers (api-contract 4)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from ..cloud import cloud
from ..events.factory import with_links
from ..tenant import sightings
from ..tenant.computers import Computer
from ..tenant.events import Event, user_of
from ..web.envelope import Problem, answer, host_url
from ..web.paging import paged
from ..web.parameters import Query
from . import computers

blueprint = Blueprint("activity", __name__)
TRAJECTORY = 500  # at most so many events in a trajectory


@blueprint.get("/v1/computers/activity")
def list_activity() -> Response:
    """Answer with the computers that saw an address, a SHA-256, a file name or a part of a URL."""
    query = Query("q")
    wanted = _required(query)
    suffix = f"?q={quote(wanted, safe='')}"
    return paged(sightings.who_saw(cloud(), wanted), query, lambda one: computers.named(one, suffix))


@blueprint.get("/v1/computers/user_activity")
def list_user_activity() -> Response:
    """Answer with the computers that a user was active on."""
    here = cloud()
    query = Query("q")
    wanted = _required(query).casefold()
    entries = ((guid, event) for guid, event in sightings.entries(here) if _is_user(event, wanted))
    return paged(sightings.search(here, entries, here.switches["activity_entries"]), query, computers.named)


@blueprint.get("/v1/computers/<guid>/trajectory")
def show_trajectory(guid: str) -> Response:
    """Answer with what happened on a computer, newest first, and the computer."""
    computer = computers.find(guid)
    query = Query("q", "start_time", "end_time")
    wanted = query.one("q")
    users = cloud().switches["user_trajectory"] == "gone"  # a note says that q then finds users, too (api-contract 14)
    return _answered(
        computer,
        query,
        lambda event: (
            wanted is None or sightings.matches(event, wanted) or (users and _is_user(event, wanted.casefold()))
        ),
    )


@blueprint.get("/v1/computers/<guid>/user_trajectory")
def show_user_trajectory(guid: str) -> Response:
    """Answer with the same of one user, or of everybody: q is optional (api-contract 14)."""
    if cloud().switches["user_trajectory"] == "gone":
        raise NotFound
    computer = computers.find(guid)
    query = Query("q", "start_time", "end_time")
    wanted = (query.one("q") or "").casefold()
    return _answered(computer, query, lambda event: _is_user(event, wanted) if wanted else user_of(event) is not None)


def _is_user(event: Event, wanted: str) -> bool:
    return (user_of(event) or "").casefold() == wanted


def _required(query: Query) -> str:
    wanted = query.one("q")
    if wanted is None:
        raise Problem(cloud().switches["bad_parameter_status"], "q is missing")
    return wanted


def _answered(computer: Computer, query: Query, wanted: Any) -> Response:
    start, end = query.time("start_time"), query.time("end_time")
    found = [
        event
        for event in sightings.seen_by(cloud(), computer.guid)
        if wanted(event)
        and (start is None or event["timestamp"] >= start)
        and (end is None or event["timestamp"] < end)
    ][:TRAJECTORY]
    shown = [_shown(event) for event in found[query.offset : query.offset + query.limit]]
    return answer({"computer": computers.shown(computer), "events": shown})


def _shown(event: Event) -> dict[str, Any]:
    """Return an entry; the id of an event is a string here, and its computer stands beside the list."""
    if "event_type_id" not in event:
        return {name: value for name, value in event.items() if name != "user"}
    linked = with_links(event, host_url())
    whole = {name: value for name, value in linked.items() if name != "computer"}
    return {**whole, "id": str(event["id"])} if "id" in event else whole
