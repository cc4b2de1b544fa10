# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/app_trajectory/queries (api-contract 10): the devices that have an iOS bundle."""

from __future__ import annotations

from flask import Blueprint, Response

from ..cloud import cloud
from ..web.envelope import Problem
from ..web.paging import paged
from ..web.parameters import Query
from . import computers

blueprint = Blueprint("app_trajectory", __name__)
IOS_BUNDLES = ("com.example.mail", "com.example.notes")


@blueprint.get("/v1/app_trajectory/queries")
def list_app_trajectory() -> Response:
    """Devices by bundle id; what an item looks like is unknown, so it is as short as elsewhere."""
    query = Query("ios_bid")
    bundle = query.one("ios_bid")
    if bundle is None:
        raise Problem(cloud().switches["bad_parameter_status"], "ios_bid is missing")
    devices = [one for one in cloud().tenant.computers.values() if one.product == "ios"]
    return paged(devices if bundle in IOS_BUNDLES else [], query, computers.named)
