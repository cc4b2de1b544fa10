# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v1/vulnerabilities, their computers, and those of one computer (api-contract 4 and 10)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ..clock import offset_date
from ..cloud import cloud
from ..tenant.computers import Computer
from ..tenant.vulnerabilities import Vulnerability
from ..web.envelope import Problem, page
from ..web.paging import paged
from ..web.parameters import Query
from . import computers

blueprint = Blueprint("vulnerabilities", __name__)
SHOWN_COMPUTERS = 1000  # an item holds the first of them only


@blueprint.get("/v1/vulnerabilities")
def list_vulnerabilities() -> Response:
    """Vulnerable applications of the organisation, with the first 1000 computers of each."""
    query = Query("group_guid", "start_time", "end_time")
    matching = [(one, _seen(one, query)) for one in cloud().vulnerabilities]
    return paged([pair for pair in matching if pair[1]], query, _shown)


@blueprint.get("/v1/vulnerabilities/<sha256>/computers")
def list_vulnerable_computers(sha256: str) -> Response:
    """Every computer that one vulnerable program ran on."""
    query = Query("group_guid", "start_time", "end_time")
    found = [one for one in cloud().vulnerabilities if one.sha256.lower() == sha256.lower()]
    if not found:
        raise Problem(cloud().switches["not_found_status"], "Vulnerability not found")
    return paged([computer for computer, _at in _seen(found[0], query)], query, _with_group)


@blueprint.get("/v1/computers/<guid>/vulnerabilities")
def list_vulnerabilities_of_computer(guid: str) -> Response:
    """Answer with the computer, and the vulnerable applications that ran on it."""
    query = Query("start_time", "end_time")
    computer = computers.find(guid)
    found = [
        (one, one.seen[computer.guid])
        for one in cloud().vulnerabilities
        if computer.guid in one.seen and _within(one.seen[computer.guid], query)
    ]
    shown = [_application(one, at) for one, at in found[query.offset : query.offset + query.limit]]
    whole = {**_with_group(computer), "vulnerabilities": shown}
    return page(whole, total=len(found), count=len(shown), offset=query.offset, limit=query.limit)


def _within(at: float, query: Query) -> bool:
    start, end = query.time("start_time"), query.time("end_time")
    return (start is None or at >= start) and (end is None or at < end)


def _seen(one: Vulnerability, query: Query) -> list[tuple[Computer, float]]:
    """Return the computers that are still there, in the groups and the time asked for."""
    known, groups = cloud().tenant.computers, query.guids("group_guid")
    return [
        (known[guid], at)
        for guid, at in one.seen.items()
        if guid in known and _within(at, query) and (not groups or known[guid].group_guid in groups)
    ]


def _application(one: Vulnerability, latest: float) -> dict[str, Any]:
    return {
        "application": one.application,
        "version": one.version,
        "file": {"filename": one.filename, "identity": {"sha256": one.sha256}},
        "cves": [
            {"id": cve, "link": f"https://web.nvd.nist.gov/view/vuln/detail?vulnId={cve}", "cvss": score}
            for cve, score in one.cves
        ],
        "latest_timestamp": int(latest),
        "latest_date": offset_date(latest),
    }


def _shown(pair: tuple[Vulnerability, list[tuple[Computer, float]]]) -> dict[str, Any]:
    one, seen = pair
    groups = cloud().tenant.groups
    used = dict.fromkeys(computer.group_guid for computer, _at in seen)
    return {
        **_application(one, max(at for _computer, at in seen)),
        "groups": [{"name": groups[guid].name, "description": groups[guid].description, "guid": guid} for guid in used],
        "computers_total_count": len(seen),
        "computers": [computers.named(computer) for computer, _at in seen[:SHOWN_COMPUTERS]],
    }


def _with_group(computer: Computer) -> dict[str, Any]:
    return {**computers.named(computer), "group_guid": computer.group_guid}
