# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/groups (api-contract 10)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from flask import Blueprint, Response

from ..cloud import cloud
from ..envelope import Problem, answer, host_url
from ..paging import paged
from ..parameters import Query, path_guid
from ..records import Group
from . import policies

blueprint = Blueprint("groups", __name__)


@blueprint.get("/v1/groups")
def list_groups() -> Response:
    """Groups by name."""
    query = Query("name")
    wanted = query.words("name", "name_filter")
    found = [group for group in cloud().tenant.groups.values() if wanted(group.name)]
    return paged(found, query, listed)


@blueprint.get("/v1/groups/<guid>")
def show_group(guid: str) -> Response:
    """One group with its policies."""
    Query(paged=False)
    return answer(shown(find(guid)))


def find(guid: str) -> Group:
    """A group by GUID. Raises the cloud's answer to an unknown one."""
    group = cloud().tenant.groups.get(path_guid(guid, "Group"))
    if group is None:
        raise Problem(cloud().switches["not_found_status"], "Group not found")
    return group


def listed(group: Group) -> dict[str, Any]:
    """A group as lists show it; `ancestry` only where there is one, nearest first."""
    above = cloud().tenant.ancestry(group)
    item: dict[str, Any] = {
        "name": group.name,
        "description": group.description,
        "guid": group.guid,
        "source": group.source,
    }
    if above:
        item["ancestry"] = [{"guid": one.guid, "name": one.name} for one in above]
    return {**item, "links": {"group": f"{host_url()}/v1/groups/{group.guid}"}}


def shown(group: Group) -> dict[str, Any]:
    """A group with its counts, children and policies."""
    tenant = cloud().tenant
    children = tenant.children(group.guid)
    whole: dict[str, Any] = {
        **listed(group),
        "creator": group.creator,
        "created_at": datetime.fromtimestamp(group.created, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
        "computers_count": len(tenant.members(group.guid)),
        "descendant_computers_count": sum(len(tenant.members(one.guid)) for one in tenant.descendants(group.guid)),
    }
    if children:
        whole["child_groups"] = [{"name": one.name, "guid": one.guid} for one in children]
    used = (tenant.policies[guid] for guid in group.policies.values())
    whole["policies"] = [{**policies.shown(policy), "inherited": False} for policy in used]
    return whole
