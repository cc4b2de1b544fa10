# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/computers: list, filters, one computer, moving and removing it (api-contract 4)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g

from ..clock import zulu
from ..cloud import Cloud, cloud
from ..tenant.computers import RISKS, Computer
from ..tenant.isolation import NOT_ISOLATED
from ..tenant.seeds import DAY
from ..web.envelope import Problem, answer, host_url
from ..web.paging import paged
from ..web.parameters import Body, Query, path_guid

blueprint = Blueprint("computers", __name__)
FILTERS = (
    *("hostname", "internal_ip", "external_ip", "group_guid", "last_seen_within", "last_seen_over"),
    *("processor_id", "risk_score", "kenna_risk_score"),  # api-contract 15
)


@blueprint.get("/v1/computers")
def list_computers() -> Response:
    """Answer with computers; different filters AND, repeats of one OR."""
    query = Query(*FILTERS)
    here = cloud()
    return paged(_matching(query), query, lambda computer: shown(computer, here))


def _matching(query: Query) -> Collection[Computer]:
    here = cloud()
    found: Collection[Computer] = here.tenant.computers.values()
    if query.many("hostname"):
        wanted = query.words("hostname", "hostname_filter")
        found = [one for one in found if wanted(one.hostname)]
    if groups := query.guids("group_guid"):
        found = [one for one in found if one.group_guid in groups]
    if internal := query.many("internal_ip"):
        found = [one for one in found if not set(internal).isdisjoint(one.internal_ips)]
    if external := query.many("external_ip"):
        found = [one for one in found if one.external_ip in external]
    if processors := query.many("processor_id"):
        found = [one for one in found if one.processor_id in processors]
    for name in ("risk_score", "kenna_risk_score"):
        if risks := query.choices(name, RISKS):
            found = [one for one in found if one.risk_score in risks]
    if (within := query.days("last_seen_within")) is not None:
        found = [one for one in found if one.last_seen >= here.clock.now() - within * DAY]
    if (over := query.days("last_seen_over")) is not None:
        found = [one for one in found if one.last_seen < here.clock.now() - over * DAY]
    return found


@blueprint.get("/v1/computers/<guid>")
def show_computer(guid: str) -> Response:
    """One computer, as the list shows it."""
    Query(paged=False)
    return answer(shown(find(guid)))


@blueprint.patch("/v1/computers/<guid>")
def move_computer(guid: str) -> Response:
    """Put a computer into another group: 202, and sometimes it shows only later."""
    here = cloud()
    computer = find(guid)
    (group_guid,) = Body("group_guid").required("group_guid")
    group = here.tenant.groups.get(group_guid.lower())
    if group is None:
        raise Problem(here.switches["bad_parameter_status"], f"group_guid: {group_guid} not found")
    here.audit("update", "Computer", computer.guid, g.client.client_id, group_guid=(computer.group_guid, group.guid))
    here.deferred.after(here.switches["group_patch_delay"], lambda: here.move(computer, group.guid))
    # recorded (api-contract 16): the answer shows the new group, also where reads do not yet, and has no last_seen
    moved = shown(replace(computer, group_guid=group.guid))
    del moved["last_seen"]
    return answer(moved, here.switches["computer_patch_status"])


@blueprint.delete("/v1/computers/<guid>")
def delete_computer(guid: str) -> Response:
    """Remove the record; `deleted: false` is how the cloud says that it did not."""
    here = cloud()
    known = here.tenant.computers.get(guid.lower())
    if known is None and here.switches["computer_delete_missing"] == "deleted_false":
        return answer({"deleted": False, "connector_guid": guid})
    computer = find(guid)
    if computer.undeletable:
        return answer({"deleted": False, "connector_guid": computer.guid})
    del here.tenant.computers[computer.guid]
    here.tenant.isolations.pop(computer.guid, None)
    here.audit("delete", "Computer", computer.guid, g.client.client_id, hostname=(computer.hostname, None))
    return answer({"deleted": True})


def find(guid: str) -> Computer:
    """Return a computer by GUID. Raises the cloud's answer to an unknown one."""
    computer = cloud().tenant.computers.get(path_guid(guid, "Computer"))
    if computer is None:
        raise Problem(cloud().switches["not_found_status"], "Computer not found")
    return computer


def links(computer: Computer, query: str = "") -> dict[str, str]:
    """Return the three links of a computer; `query` is appended to the trajectory's."""
    host = host_url()
    return {
        "computer": f"{host}/v1/computers/{computer.guid}",
        "trajectory": f"{host}/v1/computers/{computer.guid}/trajectory{query}",
        "group": f"{host}/v1/groups/{computer.group_guid}",
    }


def named(computer: Computer, query: str = "") -> dict[str, Any]:
    """Return the short form of activity, vulnerabilities and the like; not every system has a processor id."""
    short: dict[str, Any] = {"connector_guid": computer.guid, "hostname": computer.hostname}
    if computer.processor_id is not None:
        short["windows_processor_id"] = computer.processor_id
    return {**short, "active": computer.active, "links": links(computer, query)}


def _internal_ips(computer: Computer) -> list[str]:
    """Return the addresses as recorded (api-contract 4): every one but the first begins with a space."""
    first, *others = computer.internal_ips or [""]
    return [first, *(f" {ip}" for ip in others)]


def shown(computer: Computer, here: Cloud | None = None) -> dict[str, Any]:
    """Return the whole computer object, as recorded in 2022; whoever shows hundreds says of which cloud."""
    here = here or cloud()
    tenant = here.tenant
    policy = tenant.policy_of(computer)
    isolated = computer.guid in tenant.isolations
    whole = {
        **named(computer),
        "connector_version": computer.connector_version,
        "operating_system": computer.operating_system,
        "os_version": computer.os_version,
        "internal_ips": _internal_ips(computer),
        "external_ip": computer.external_ip,
        "group_guid": computer.group_guid,
        "install_date": zulu(computer.installed),
        "is_compromised": computer.compromised,
        "demo": computer.demo,
        "network_addresses": [{"mac": mac, "ip": ip} for mac, ip in computer.addresses],
        "policy": {"guid": policy.guid, "name": policy.name},
        "groups": [{"guid": computer.group_guid, "name": tenant.groups[computer.group_guid].name}],
        "last_seen": zulu(computer.last_seen),
        "faults": computer.faults,
        "isolation": {
            "available": computer.isolation_supported and policy.isolation,
            "status": here.look_at_isolation(computer).status if isolated else NOT_ISOLATED,
        },
        "orbital": {"status": "enabled" if policy.mode == "protect" else "not_enabled"},
    }
    if computer.hardware_id is not None:
        whole["mac_hardware_id"] = computer.hardware_id
    if computer.csc_id is not None:
        whole["csc_id"] = computer.csc_id
    if computer.risk_score is not None:
        as_number = here.switches["computer_risk_score"] == "number"
        whole["risk_score"] = 25 * (1 + RISKS.index(computer.risk_score)) if as_number else computer.risk_score
    if computer.firewall is not None:
        whole["host_firewall"] = {"status": computer.firewall}
    if computer.definitions is not None:
        whole["av_update_definitions"] = {
            **computer.definitions,
            "updated_at": zulu(computer.definitions["updated_at"]),
        }
    return whole
