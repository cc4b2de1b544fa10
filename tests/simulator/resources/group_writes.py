# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making, changing, moving and removing groups (api-contract 10); reading them is groups.py."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, g

from ..cloud import cloud
from ..envelope import Problem, answer
from ..parameters import Body
from ..records import Group
from ..tenant import DEFAULT_POLICY, new_guid, policies_named
from .groups import find, shown

blueprint = Blueprint("group_writes", __name__)
PRODUCTS = ("windows", "mac", "android", "linux")
OTHER_PRODUCTS = ("ios", "network")


@blueprint.post("/v1/groups")
def create_group() -> Response:
    """A root group with the default policies."""
    here = cloud()
    body = Body("name", "description")
    name, description = body.required("name", "description")
    taken = any(group.name == name for group in here.tenant.groups.values())
    if taken and here.switches["group_unique_names"]:
        raise Problem(here.switches["group_name_status"], "Name has already been taken")
    group = Group(
        guid=new_guid(),
        name=name,
        description=description,
        source="Created via API",
        created=here.clock.now(),
        policies=policies_named(here.tenant, DEFAULT_POLICY),
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
    parent_guid = Body("parent_group_guid").text("parent_group_guid")
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
    """Computers and children go to the parent; those of a root to the tenant's first group, children become roots."""
    here = cloud()
    refuge = group.parent or next(guid for guid in here.tenant.groups if guid != group.guid)
    for child in here.tenant.children(group.guid):
        child.parent = group.parent
    for computer in here.tenant.members(group.guid):
        here.move(computer, refuge)
