# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/indicators (api-contract 10)."""

from __future__ import annotations

from flask import Blueprint, Response

from ..cloud import cloud
from ..tenant.indicators import make_indicators
from ..web.envelope import Problem, answer
from ..web.paging import paged
from ..web.parameters import Query, path_guid

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/v1/indicators")
def list_indicators() -> Response:
    """Answer with the indicators; no source says what show_compromise_status_counts adds (api-contract 15)."""
    return paged(make_indicators(cloud().tenant.seed), Query("show_compromise_status_counts"), dict)


@blueprint.get("/v1/indicators/<guid>")
def show_indicator(guid: str) -> Response:
    """One of them."""
    Query(paged=False)
    wanted = path_guid(guid, "Indicator")
    for indicator in make_indicators(cloud().tenant.seed):
        if indicator["guid"] == wanted:
            return answer(indicator)
    raise Problem(cloud().switches["not_found_status"], "Indicator not found")
