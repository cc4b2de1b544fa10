# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET /v1/app_trajectory/queries (api-contract 15): the connections of an iOS bundle, device by device."""

from __future__ import annotations

from random import Random
from typing import Any

from flask import Blueprint, Response

from ..clock import offset_date
from ..cloud import cloud
from ..tenant.computers import Computer
from ..web.envelope import Problem, unpaged
from ..web.parameters import Query
from . import computers

blueprint = Blueprint("app_trajectory", __name__)
IOS_BUNDLES = ("com.example.mail", "com.example.notes")


@blueprint.get("/v1/app_trajectory/queries")
def list_app_trajectory() -> Response:
    """Answer with connections by bundle id; the answer has no pages: its metadata is links.self and nothing else."""
    query = Query("ios_bid", paged=False)
    bundle = query.one("ios_bid")
    if bundle is None:
        raise Problem(cloud().switches["bad_parameter_status"], "ios_bid is missing")
    devices = [one for one in cloud().tenant.computers.values() if one.product == "ios"]
    return unpaged([_shown(one, bundle) for one in devices if bundle in IOS_BUNDLES], results=False)


def _shown(device: Computer, bundle: str) -> dict[str, Any]:
    random = Random(f"{device.guid} {bundle}")
    at = device.last_seen - random.randint(60, 3600)
    return {
        "connector_guid": device.guid,
        "bundle_id": bundle,
        "group_guids": [device.group_guid],
        "links": computers.links(device),
        "cdhash": random.randbytes(20).hex(),
        "timestamp": int(at),
        "timestamp_nanoseconds": 0,
        "date": offset_date(at),
        "query_type": 1,
        "network_info": {
            "dirty_url": "https://mail.example/sync",
            "remote_ip": "203.0.113.66",
            "remote_port": 443,
            "local_ip": device.internal_ip,
            "local_port": random.randint(49152, 65000),
            "direction": "outgoing",
            "protocol": "TCP",
        },
        "ver": "1.0",
    }
