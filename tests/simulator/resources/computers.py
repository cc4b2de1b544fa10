# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/computers: list, filters, one computer (api-contract 4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ..clock import zulu
from ..cloud import cloud
from ..envelope import Problem, answer, host_url
from ..paging import paged
from ..parameters import Query, path_guid
from ..records import Computer
from ..tenant import DAY

blueprint = Blueprint("computers", __name__)


@blueprint.get("/v1/computers")
def list_computers() -> Response:
    """Computers; different filters AND, repeats of one OR."""
    query = Query("hostname", "internal_ip", "external_ip", "group_guid", "last_seen_within", "last_seen_over")
    return paged(_matching(query), query, shown)


def _matching(query: Query) -> list[Computer]:
    here = cloud()
    found = list(here.tenant.computers.values())
    if query.many("hostname"):
        wanted = query.words("hostname", "hostname_filter")
        found = [one for one in found if wanted(one.hostname)]
    if groups := query.guids("group_guid"):
        found = [one for one in found if one.group_guid in groups]
    if internal := query.many("internal_ip"):
        found = [one for one in found if one.internal_ip in internal]
    if external := query.many("external_ip"):
        found = [one for one in found if one.external_ip in external]
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


def find(guid: str) -> Computer:
    """A computer by GUID. Raises the cloud's answer to an unknown one."""
    computer = cloud().tenant.computers.get(path_guid(guid, "Computer"))
    if computer is None:
        raise Problem(cloud().switches["not_found_status"], "Computer not found")
    return computer


def links(computer: Computer, query: str = "") -> dict[str, str]:
    """The three links of a computer; `query` is appended to the trajectory's."""
    host = host_url()
    return {
        "computer": f"{host}/v1/computers/{computer.guid}",
        "trajectory": f"{host}/v1/computers/{computer.guid}/trajectory{query}",
        "group": f"{host}/v1/groups/{computer.group_guid}",
    }


def named(computer: Computer, query: str = "") -> dict[str, Any]:
    """The short form of activity, vulnerabilities and the like; not every system has a processor id."""
    short: dict[str, Any] = {"connector_guid": computer.guid, "hostname": computer.hostname}
    if computer.processor_id is not None:
        short["windows_processor_id"] = computer.processor_id
    return {**short, "active": computer.active, "links": links(computer, query)}


def shown(computer: Computer) -> dict[str, Any]:
    """The whole computer object, as recorded in 2022."""
    tenant = cloud().tenant
    policy = tenant.policy_of(computer)
    whole = {
        **named(computer),
        "connector_version": computer.connector_version,
        "operating_system": computer.operating_system,
        "os_version": computer.os_version,
        "internal_ips": [f" {computer.internal_ip}" if computer.leading_space else computer.internal_ip],
        "external_ip": computer.external_ip,
        "group_guid": computer.group_guid,
        "install_date": zulu(computer.installed),
        "is_compromised": computer.compromised,
        "demo": computer.demo,
        "network_addresses": [{"mac": computer.mac, "ip": computer.internal_ip}],
        "policy": {"guid": policy.guid, "name": policy.name},
        "groups": [{"guid": computer.group_guid, "name": tenant.groups[computer.group_guid].name}],
        "last_seen": zulu(computer.last_seen),
        "faults": computer.faults,
        "isolation": {"available": computer.isolation_supported and policy.isolation, "status": "not_isolated"},
        "orbital": {"status": "enabled" if policy.mode == "protect" else "not_enabled"},
    }
    if computer.definitions is not None:
        whole["av_update_definitions"] = {
            **computer.definitions,
            "updated_at": zulu(computer.definitions["updated_at"]),
        }
    return whole
