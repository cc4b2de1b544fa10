# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one task of ours costs that changes nothing, beside `ansible.builtin.uri` with the GETs that it needs.

Directly in the process of Ansible, as a module of its own, and beside an action that does nothing (the floor).
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from simulator import Simulator

from .harness import Row, benchmark, compare, order
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


AS_MODULE = {"SECURE_ENDPOINT_DIRECT": "false"}
FLOOR = {"ANSIBLE_ACTION_PLUGINS": str(Path(__file__).parent / "action_plugins")}
DIRECT_TARGET, MODULE_TARGET = 0.15, 1.1  # of the time of `uri` without the latency
MANY = 200
FEW_RUNS = 5  # of a play of so many


@benchmark
def no_op_task(runs: int) -> Iterator[Row]:
    """Each module directly, against `uri` with the same GETs, both checking the certificate."""
    with Simulator(broker=False, rate_limit=10_000_000) as tenant:
        yield from floor(tenant, runs)
        for no_op in no_ops(tenant):
            make_so(tenant, no_op)
            yield from against_uri(tenant, no_op, runs, "directly", {})


@benchmark
def no_op_as_module(runs: int) -> Iterator[Row]:
    """Some of them as modules of their own, which is what they are on another host, with become, or under async."""
    with Simulator(broker=False, rate_limit=10_000_000) as tenant:
        for no_op in no_ops(tenant)[:4]:
            make_so(tenant, no_op)
            yield from against_uri(tenant, no_op, runs, "as a module", AS_MODULE)


@benchmark
def many_tasks(runs: int) -> Iterator[Row]:
    """A play of 200 tasks with one item each, from the start of ansible-playbook to its end; and its memory."""
    with Simulator(broker=False, rate_limit=10_000_000) as tenant:
        task = {"ampops.secure_endpoint.computer_info": {"hostnames": [MOVED[0]]}}
        other = uri_gets(tenant, (f"/v1/computers?hostname[]={MOVED[0]}&limit=500",))
        direct = whole_play(task, tenant.environment)
        for what, theirs, target in (
            ("uri", whole_play(other, tenant.environment), DIRECT_TARGET),
            ("as modules", whole_play(task, {**tenant.environment, **AS_MODULE}), None),
        ):
            found = []
            for first_is_ours in order(min(runs, FEW_RUNS)):
                pair = (direct(), theirs()) if first_is_ours else (theirs(), direct())
                found.append(pair if first_is_ours else pair[::-1])
            seconds = [(ours.seconds, others.seconds) for ours, others in found]
            memory = [(ours.megabytes, others.megabytes) for ours, others in found]
            yield compare(f"{MANY} tasks in a play, directly against {what}", seconds, target=target)
            yield compare(f"{MANY} tasks in a play, directly against {what}: memory", memory, target=None, unit="MB")


def make_so(tenant: Simulator, no_op: NoOp) -> None:
    """Run the task once, so that nothing is left to change."""
    with tempfile.TemporaryDirectory() as folder:
        run_tasks([{"name": "as it should be", **task_of(no_op)}], Path(folder), tenant.environment)


def task_of(no_op: NoOp) -> dict[str, Any]:
    return {f"ampops.secure_endpoint.{no_op.module}": no_op.options}


def floor(tenant: Simulator, runs: int) -> Iterator[Row]:
    pairs = alternating_tasks(
        {"floor": {}}, uri_gets(tenant, ("/v1/event_streams",)), runs, {**tenant.environment, **FLOOR}
    )
    yield compare("an action that does nothing against 1 uri, 0 ms", pairs, target=None)


def against_uri(tenant: Simulator, no_op: NoOp, runs: int, way: str, environment: dict[str, str]) -> Iterator[Row]:
    """The task against `uri`, at each latency; for the target, the latency of its requests counts in full."""
    requests = len(no_op.paths)
    for latency in LATENCIES:
        tenant.control.clear_faults()
        if latency:
            tenant.control.set_latency(latency)
        pairs = alternating_tasks(
            task_of(no_op), uri_gets(tenant, no_op.paths), runs, {**tenant.environment, **environment}
        )
        waiting = requests * latency
        others = statistics.median(other for _ours, other in pairs)
        target = MODULE_TARGET if environment else (DIRECT_TARGET * (others - waiting) + waiting) / others
        yield compare(
            f"{no_op.module} {way} against {requests} uri, {latency * 1000:.0f} ms", pairs, target=round(target, 3)
        )
    tenant.control.clear_faults()


class PlayCost(NamedTuple):
    seconds: float
    megabytes: float


def whole_play(task: dict[str, Any], environment: Mapping[str, str]) -> Callable[[], PlayCost]:
    """A call that runs a play of MANY such tasks; the memory is that of the largest process."""

    def run() -> PlayCost:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            megabytes = run_tasks([{"name": "one", **task}] * MANY, Path(folder), environment)
            return PlayCost(time.perf_counter() - start, megabytes)

    return run


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
