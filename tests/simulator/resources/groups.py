# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/groups: reading, making, changing, moving and removing them (api-contract 10)."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from typing import Any

from flask import Blueprint, Response, g

from ..cloud import cloud
from ..tenant.groups import Group
from ..tenant.policies import DEFAULT_POLICY, policies_named
from ..tenant.seeds import new_guid
from ..web.envelope import Problem, answer, host_url
from ..web.paging import paged
from ..web.parameters import Body, Query, path_guid
from . import policies

blueprint = Blueprint("groups", __name__)
PRODUCTS = ("windows", "mac", "android", "linux")
OTHER_PRODUCTS = ("ios", "network")


@blueprint.get("/v1/groups")
def list_groups() -> Response:
    """Answer with groups by name."""
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
    """Return a group by GUID. Raises the cloud's answer to an unknown one."""
    group = cloud().tenant.groups.get(path_guid(guid, "Group"))
    if group is None:
        raise Problem(cloud().switches["not_found_status"], "Group not found")
    return group


def listed(group: Group) -> dict[str, Any]:
    """Return a group as lists show it; `ancestry` only where there is one, nearest first."""
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
    """Return a group with its counts, children and policies."""
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


@blueprint.post("/v1/groups")
def create_group() -> Response:
    """Create a root group with the default policies."""
    here = cloud()
    body = Body("name", "description", "email")  # Cisco's LDAP tool sends an e-mail address (api-contract 14)
    name, description = body.required("name", "description")
    body.text("email")  # a text or nothing; what the cloud does with it is in no source
    taken = any(group.name == name for group in here.tenant.groups.values())
    if taken and here.switches["group_unique_names"]:
        raise Problem(here.switches["group_name_status"], "Name has already been taken")
    group = Group(
        guid=new_guid(),
        name=name,
        description=description,
        source="Created via API",
        created=here.clock.now(),
        policies=policies_named(here.tenant.policies, DEFAULT_POLICY),
    )
    here.tenant.groups[group.guid] = group
    here.audit("create", "Group", group.guid, g.client.client_id, name=(None, name))
    return answer(shown(group), here.switches["group_create_status"])


@blueprint.patch("/v1/groups/<guid>")
def change_group(guid: str) -> Response:
    """Other policies; one field a product. Name and description cannot be changed."""
    here = cloud()
    group = find(guid)
    products = PRODUCTS + (OTHER_PRODUCTS if here.switches["group_patch_other_products"] else ())
    body = Body(*(f"{product}_policy_guid" for product in products))
    chosen = {product: body.text(f"{product}_policy_guid") for product in products}
    wanted = {product: policy.lower() for product, policy in chosen.items() if policy is not None}
    known = here.tenant.policies
    bad = [
        f"{product}_policy_guid: {policy} not found"
        for product, policy in wanted.items()
        if policy not in known or known[policy].product != product
    ]
    if bad:
        raise Problem(here.switches["bad_parameter_status"], *bad)
    changes = {product: (group.policies[product], policy) for product, policy in wanted.items()}
    here.audit("update", "Group", group.guid, g.client.client_id, **changes)
    here.deferred.after(here.switches["group_patch_delay"], partial(group.policies.update, wanted))
    return answer(shown(group), here.switches["group_patch_status"])


@blueprint.patch("/v1/groups/<guid>/parent")
def move_group(guid: str) -> Response:
    """Another parent; without one the group becomes a root."""
    here = cloud()
    group = find(guid)
    # none at all and the empty text are the same: a root (api-contract 14)
    parent_guid = Body("parent_group_guid").text("parent_group_guid") or None
    parent = here.tenant.groups.get((parent_guid or "").lower())
    if parent_guid is not None and parent is None:
        raise Problem(here.switches["bad_parameter_status"], f"parent_group_guid: {parent_guid} not found")
    if parent is not None and group in (parent, *here.tenant.ancestry(parent)):
        raise Problem(here.switches["bad_parameter_status"], "parent_group_guid: a group cannot be below itself")
    new = parent.guid if parent is not None else None
    here.audit("update", "Group", group.guid, g.client.client_id, parent_group_guid=(group.parent, new))
    here.deferred.after(here.switches["group_patch_delay"], partial(setattr, group, "parent", new))
    return answer(shown(group), here.switches["group_patch_status"])


@blueprint.delete("/v1/groups/<guid>")
def delete_group(guid: str) -> Response:
    """Remove a group; what becomes of one that is not empty is unknown, so a switch."""
    here = cloud()
    group = find(guid)
    members, children = here.tenant.members(group.guid), here.tenant.children(group.guid)
    if members or children:
        if here.switches["group_delete_full"] == "refuse":
            raise Problem(here.switches["group_delete_full_status"], "Group has computers or child groups")
        _move_up(group)
    del here.tenant.groups[group.guid]
    here.audit("delete", "Group", group.guid, g.client.client_id, name=(group.name, None))
    return answer({"deleted": True, "group_guid": group.guid})


def _move_up(group: Group) -> None:
    """Move computers and children to the parent, those of a root to the tenant's first group, children become roots."""
    here = cloud()
    refuge = group.parent or next(guid for guid in here.tenant.groups if guid != group.guid)
    for child in here.tenant.children(group.guid):
        child.parent = group.parent
    for computer in here.tenant.members(group.guid):
        here.move(computer, refuge)
