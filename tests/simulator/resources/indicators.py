# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/indicators (api-contract 10)."""

from __future__ import annotations

from random import Random
from typing import Any

from flask import Blueprint, Response

from .. import catalogue
from ..cloud import cloud
from ..envelope import Problem, answer
from ..paging import paged
from ..parameters import Query, path_guid
from ..tenant import Tenant, make_guid

blueprint = Blueprint("indicators", __name__)


@blueprint.get("/v1/indicators")
def list_indicators() -> Response:
    """The indicators of compromise that the cloud looks for."""
    return paged(make_indicators(cloud().tenant), Query(), dict)


@blueprint.get("/v1/indicators/<guid>")
def show_indicator(guid: str) -> Response:
    """One of them."""
    Query(paged=False)
    wanted = path_guid(guid, "Indicator")
    for indicator in make_indicators(cloud().tenant):
        if indicator["guid"] == wanted:
            return answer(indicator)
    raise Problem(cloud().switches["not_found_status"], "Indicator not found")


def make_indicators(tenant: Tenant) -> list[dict[str, Any]]:
    """The same ones for the same seed; description and mitre are absent on some, as recorded."""
    random = Random(f"indicators {tenant.seed}")
    found = []
    for number, (name, description, tactics, techniques) in enumerate(catalogue.INDICATORS):
        indicator: dict[str, Any] = {"name": f"{name}.ioc", "guid": make_guid(random)}
        if description:
            indicator["description"] = description
        indicator["severity"] = ("Low", "Medium", "High", "Critical")[number % 4]
        if tactics:
            indicator["mitre"] = {
                "tactics": [_mitre("tactics", one) for one in tactics],
                "techniques": [_mitre("techniques", one) for one in techniques],
            }
        indicator["observed_compromises"] = random.choice((0, 0, 0, 1, 4))
        found.append(indicator)
    return found


def _mitre(kind: str, external_id: str) -> dict[str, str]:
    return {
        "external_id": external_id,
        "name": catalogue.MITRE[external_id],
        "mitre_url": f"https://attack.mitre.org/{kind}/{external_id}",
    }
