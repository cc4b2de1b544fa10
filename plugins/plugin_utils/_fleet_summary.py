# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a run over a fleet, from the facts of its hosts. Private to the collection.

The filter connector_fleet makes it, and the callback beside the playbooks, where Ansible ends a run early.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.fleet import (
    NOT_TRIED,
    UNINSTALL,
    sum_up,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import Column, lay_out, width_of_screen

MOST_ROWS = 50
FAULT_COLUMNS = (
    Column("hosts", ("count",)),
    Column("fault", ("id",)),
    Column("severity", ("severity",)),
    Column("text", ("text",), importance=2),
)
HOST_COLUMNS = (
    Column("host", ("host",)),
    Column("outcome", ("outcome",)),
    Column("before", ("version_before",), importance=4),
    Column("version", ("version",), importance=3),
    Column("faults", ("faults",), importance=3),
    Column("message", ("message",), importance=2),
)


def summary_of(
    hostvars: Mapping[str, Any],
    hosts: Sequence[str],
    job: str,
    *,
    check_mode: bool,
    begun: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the summary of what `job` did to `hosts`, with its `lines`. Raises ValueError for an unknown job.

    `begun` are the hosts that the run came to, where it did not come to its end. None: each host has said it itself.
    """
    known = {str(host): _known(hostvars[host], job) for host in hosts}
    for host, found in known.items():
        if begun is not None and host not in begun:
            found["state"] = NOT_TRIED
    summary = sum_up(job, known, check_mode=check_mode)
    return {**summary, "lines": lines_of(summary)}


def lines_of(summary: Mapping[str, Any]) -> list[str]:
    """Return what a person reads of a summary: totals, faults, hosts that need somebody, and what to do next."""
    width = width_of_screen()
    todo = summary["todo"]
    versions = ", ".join(f"{version}: {hosts}" for version, hosts in summary["versions"].items())
    more = len(todo) - MOST_ROWS
    return [
        summary["headline"],
        f"versions: {versions or 'none'}",
        "faults:",
        *lay_out(summary["faults"], FAULT_COLUMNS, width=width),
        "hosts that need somebody:",
        *lay_out(todo[:MOST_ROWS], HOST_COLUMNS, width=width),
        *([f"and {more} more, see connector_report"] if more > 0 else []),
        "next:",
        *(summary["next"] or ["nothing"]),
    ]


def _known(variables: Mapping[str, Any], job: str) -> dict[str, Any]:
    role = "connector_uninstall" if job == UNINSTALL else "connector_deploy"
    rollout = plain(variables.get("connector_rollout")) or {}
    return {
        "state": rollout.get("state"),
        "message": rollout.get("message"),
        "result": plain(variables.get(f"{role}_result")) if rollout.get("state") else None,
        "status": plain(variables.get("connector_status_result")),
        "wanted": _wanted_version(variables),
    }


def _wanted_version(variables: Mapping[str, Any]) -> object:
    """Return the version that the role planned for a host, or None."""
    planned = plain(variables.get("__connector_deploy_planned")) or {}
    return ((planned.get("plan") or {}).get("installer") or {}).get("version") or None
