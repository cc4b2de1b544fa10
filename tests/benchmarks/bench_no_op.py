# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task of ours costs that changes nothing: as much as the bare GETs that it needs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from simulator import Simulator

from .harness import Row, benchmark, compare
from .plays import alternating_tasks, run_tasks

LATENCIES = (0.0, 0.08)
HASHES = [f"{number:064x}" for number in range(20)]
MOVED = ["PC-0000", "LTSC-0001", "NB-0002"]


class NoOp(NamedTuple):
    """A task that finds everything as it should be, and the requests that tell so."""

    module: str
    options: dict[str, Any]
    paths: tuple[str, ...]


def no_ops(tenant: Simulator) -> list[NoOp]:
    """The modules beside the reads that each of them needs."""
    here = tenant.cloud.tenant
    custom = next(one.guid for one in here.file_lists.values() if one.name == "Simple Custom Detection List")
    servers = next(one.guid for one in here.groups.values() if one.name == "Servers")
    names = "&".join(f"hostname[]={host}" for host in MOVED)
    entries = {"file_list": "Simple Custom Detection List", "file_list_type": "simple_custom_detections"}
    return [
        NoOp("event_stream_info", {}, ("/v1/event_streams",)),
        NoOp("computer_info", {"limit": 50}, ("/v1/computers?limit=50",)),
        NoOp("policy_info", {}, ("/v1/policies?limit=500",)),
        NoOp(
            "file_list_entry",
            {**entries, "entries": HASHES},
            ("/v1/file_lists/simple_custom_detections?limit=500", f"/v1/file_lists/{custom}/files?limit=500"),
        ),
        NoOp("group", {"name": "Servers", "parent": ""}, ("/v1/groups?limit=500", f"/v1/groups/{servers}")),
        NoOp(
            "computer_group",
            {"computers": MOVED, "group": "Domain Controller"},
            ("/v1/groups?limit=500", f"/v1/computers?{names}&limit=500"),
        ),
        *_reads(tenant),
    ]


def _reads(tenant: Simulator) -> list[NoOp]:
    """Isolation, and what is only read, of one computer or one page; not one of those that are moved."""
    there = tenant.cloud.tenant
    free = [one for one in there.computers.values() if one.online and one.hostname not in MOVED]
    guid = next(one.guid for one in free if there.can_be_isolated(one))
    nobody_saw = "0" * 64
    return [
        NoOp("isolation", {"computers": [guid]}, (f"/v1/computers/{guid}",)),
        NoOp("isolation_info", {"computers": [guid]}, (f"/v1/computers/{guid}", f"/v1/computers/{guid}/isolation")),
        NoOp("event_info", {"limit": 50}, ("/v1/events?limit=50",)),
        NoOp("computer_activity_info", {"q": nobody_saw}, (f"/v1/computers/activity?q={nobody_saw}&limit=500",)),
        NoOp("computer_trajectory_info", {"computer": guid}, (f"/v1/computers/{guid}/trajectory?limit=500",)),
        NoOp("hunt_info", {"observables": [nobody_saw]}, (f"/v1/computers/activity?q={nobody_saw}&limit=500",)),
        NoOp("vulnerability_info", {"limit": 50}, ("/v1/vulnerabilities?limit=50",)),
        NoOp("indicator_info", {}, ("/v1/indicators?limit=500",)),
        NoOp("audit_log_info", {"limit": 50}, ("/v1/audit_logs?limit=50",)),
    ]


@benchmark
def no_op_task(runs: int) -> Iterator[Row]:
    """Each against `ansible.builtin.uri` with the same GETs, both checking the certificate."""
    with Simulator(broker=False, rate_limit=10_000_000) as tenant:
        for no_op in no_ops(tenant):
            ours = {f"ampops.secure_endpoint.{no_op.module}": no_op.options}
            with tempfile.TemporaryDirectory() as folder:
                run_tasks([{"name": "as it should be", **ours}], Path(folder), tenant.environment)
            for latency in LATENCIES:
                tenant.control.clear_faults()
                if latency:
                    tenant.control.set_latency(latency)
                pairs = alternating_tasks(ours, uri_gets(tenant, no_op.paths), runs, tenant.environment)
                what = f"{no_op.module} that changes nothing against {len(no_op.paths)} uri, {latency * 1000:.0f} ms"
                yield compare(what, pairs, target=1.1)
            tenant.control.clear_faults()


def uri_gets(tenant: Simulator, paths: tuple[str, ...]) -> dict[str, Any]:
    """One task with as many GETs; a loop only where there are several."""
    urls = [f"https://{tenant.api_host}{path}" for path in paths]
    get = {
        "url": urls[0] if len(urls) == 1 else "{{ item }}",
        "url_username": tenant.client_id,
        "url_password": tenant.api_key,
        "force_basic_auth": True,
        "ca_path": tenant.ca_path,
        "return_content": True,
    }
    return {"ansible.builtin.uri": get, **({} if len(urls) == 1 else {"loop": urls})}
