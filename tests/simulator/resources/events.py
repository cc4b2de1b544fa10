# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/events (api-contract 6): every v1 filter, newest first; there is no end_date."""

from __future__ import annotations

from flask import Blueprint, Response

from ..cloud import cloud
from ..events.factory import with_links
from ..tenant.events import Event, connector_of, sha256_of
from ..web.envelope import host_url
from ..web.paging import paged
from ..web.parameters import Query

blueprint = Blueprint("events", __name__)


@blueprint.get("/v1/events")
def list_events() -> Response:
    """Events; different filters AND, repeats of one OR."""
    query = Query("detection_sha256", "application_sha256", "connector_guid", "group_guid", "event_type", "start_date")
    host = host_url()
    return paged(_matching(query), query, lambda event: with_links(event, host))


def _matching(query: Query) -> list[Event]:
    found = cloud().tenant.events[::-1]
    if types := set(query.numbers("event_type")):
        found = [event for event in found if event["event_type_id"] in types]
    if connectors := query.guids("connector_guid"):
        found = [event for event in found if connector_of(event) in connectors]
    if groups := query.guids("group_guid"):
        found = [event for event in found if groups.intersection(event.get("group_guids", []))]
    if (start := query.time("start_date")) is not None:
        found = [event for event in found if event["timestamp"] >= start]
    if (sha256 := query.one("detection_sha256")) is not None:
        found = [event for event in found if sha256_of(event) == sha256.lower()]
    if (application := query.one("application_sha256")) is not None:
        found = [event for event in found if _application_sha256(event) == application.lower()]
    return found


def _application_sha256(event: Event) -> str | None:
    """Return the hash of the program that handled the file or opened the connection, lower case."""
    about = event.get("file") or event.get("network_info") or {}
    return sha256_of({"file": about.get("parent")})
