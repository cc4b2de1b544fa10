# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/event_types (api-contract 6): unpaged, results.total only."""

from __future__ import annotations

from _events.event_types import EVENT_TYPES
from flask import Blueprint, Response

from ..web.envelope import unpaged
from ..web.parameters import Query

blueprint = Blueprint("event_types", __name__)


@blueprint.get("/v1/event_types")
def list_event_types() -> Response:
    """Every type with id, name and description."""
    Query(paged=False)
    types = sorted((one for one in EVENT_TYPES.values() if one.name != str(one.id)), key=lambda one: one.id)
    return unpaged([{"id": one.id, "name": one.name, "description": f"{one.name}."} for one in types])
