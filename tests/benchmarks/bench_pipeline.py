# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the task event_stream_drain against bare consumers on a real RabbitMQ over TLS: same queue and bodies.

Everybody is timed as a user has it: the task from its start to its result, the others from the start of their process
to its end. The broker runs as its package starts it, with a scheduler for each processor, or with BENCH_SCHEDULERS.

BENCH_EVENTS (200,000) is the length of the preloaded queue. Six events of ten tell of detections, in pairs that share
an id; the others are informational. About 1.3 kB each. The target of a ratio of times is one over that of the rates.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from simulator.broker import Message, Publisher, RabbitBroker
from simulator.tenant.event_streams import EventStream
from simulator.tls import Authority

from .consumers import ACK_MARK, BATCH_MARK
from .harness import Row, alternate, benchmark, compare, seconds
from .plays import task_seconds

EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
TASK_EVENTS = int(os.environ.get("BENCH_TASK_EVENTS", "60000"))
SCHEDULERS = int(os.environ.get("BENCH_SCHEDULERS", "0")) or None
PREFETCH = 4000
RATE, LATENCY_SECONDS = 500, 20
TRACED = 10_000
BUSINESS = "11111111-2222-4333-8444-555555555555"
DETECTED, QUARANTINED, SCAN = 1090519054, 553648143, 554696714
TESTS = Path(__file__).resolve().parents[1]


class Bench:
    """A broker, one stream, and how to fill and drain it."""

    def __init__(self, folder: Path, events: int = EVENTS, schedulers: int | None = SCHEDULERS) -> None:
        (folder / "broker").mkdir()
        authority = Authority(folder / "broker", "bench")
        self.folder = folder
        node = folder / "broker" / "node"
        self.rabbit = RabbitBroker(node, authority.path, authority.issue(), schedulers=schedulers)
        self.rabbit.start()
        self.publisher = Publisher(self.rabbit.node)
        self.stream = EventStream(1, "bench", "1-bench", "0123456789abcdef")
        self.rabbit.add(self.stream, BUSINESS)
        host, port = self.rabbit.address
        self.settings = {
            "host": host,
            "port": port,
            "queue_name": self.stream.queue_name,
            "user_name": self.stream.user_name,
            "password": self.stream.password,
            "ca_path": str(authority.path),
            "prefetch": PREFETCH,
        }
        self.bodies = list(bodies(events))
        self.events = events
        self.cpu: dict[str, list[float]] = defaultdict(list)

    def fill(self, bodies: list[tuple[str, bytes]]) -> None:
        """Returns when the broker has all of them on disk."""
        self.publisher.publish([Message("", self.stream.queue_name, body, [key]) for key, body in bodies])

    def consume(self, mode: str, count: int, *before: str) -> None:
        """Take `count` events in a new process (which `before` may wrap)."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        with self.consuming(mode, count, work, *before) as process:
            process.communicate()
        shutil.rmtree(work)
        if process.returncode:
            raise RuntimeError(f"the consumer {mode} ended with {process.returncode}")

    def consuming(self, mode: str, count: int, work: Path, *before: str) -> subprocess.Popen[str]:
        order = {"stream": self.settings, "count": count, "folder": str(work)}
        command = [*before, sys.executable, "-m", "benchmarks.consumers", mode, json.dumps(order)]
        return subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)

    def drain(self, mode: str) -> float:
        """Fill the queue, drain it by one of benchmarks.consumers, return the seconds of its process."""
        return self._measured(mode, seconds(partial(self.consume, mode, self.events)))

    def drain_by_task(self, **more: Any) -> float:
        """Fill the queue, let a task drain it as a user runs it, return the seconds of the task with its start.

        `more` are options beyond those that the task needs.
        """
        return self._measured("task", lambda: self._task(**more))

    def _measured(self, mode: str, drain: Callable[[], float]) -> float:
        """Fill the queue, drain it, keep the CPU of all processes of that, return the seconds."""
        self.fill(self.bodies)
        before = _cpu_of_children()
        taken = drain()
        self.cpu[mode].append((_cpu_of_children() - before) / self.events * 1000)
        return taken

    def _task(self, **more: Any) -> float:
        work = Path(tempfile.mkdtemp(dir=self.folder))
        streams = [{key: value for key, value in self.settings.items() if key != "prefetch"}]
        options = {"streams": streams, "state_dir": str(work / "state"), "output_path": str(work / "events.jsonl")}
        task = {"name": "drain", "ampops.secure_endpoint.event_stream_drain": {**options, **more}}
        ((_name, taken),) = task_seconds([task], {})
        with (work / "events.jsonl").open("rb") as file:
            assert sum(1 for _line in file) == self.events
        shutil.rmtree(work)
        return taken

    def close(self) -> None:
        self.publisher.close()
        self.rabbit.node.command("kill")
        self.rabbit.stop()


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@benchmark
def pipeline(runs: int) -> Iterator[Row]:
    """Parse, store once, correlate, group, JSON Lines, acknowledge, report; against consumers that do far less."""
    folder = Path(tempfile.mkdtemp(prefix="bench-pipeline-"))
    bench = Bench(folder)
    try:
        rounds = drain_in_turns(bench, max(7, min(runs, 9)))
        for other, what, target in (
            ("bare", "the task against a consumer that only acknowledges every 500", 1 / 0.7),
            ("naive", "the task against a consumer that parses and acknowledges each", 1 / 1.3),
        ):
            pairs = [(took["task"], took[other]) for took in rounds]
            rate = EVENTS / statistics.median(ours for ours, _other in pairs)
            note = f"{EVENTS} events, ours {rate:,.0f} a second"
            yield compare(what, pairs, target=round(target, 3), note=note)
            cpu = list(zip(bench.cpu["task"], bench.cpu[other], strict=True))
            yield compare(f"CPU seconds of 1,000 events, ansible-playbook with the task and {other}", cpu, target=None)
        yield latency(bench)
        if shutil.which("strace"):
            yield synced(bench)
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


@benchmark
def drain_task(runs: int) -> Iterator[Row]:
    """Measure the task with a shorter queue, where its start counts more, against who parses and acknowledges each.

    Three events of ten begin a detection; the task returns 100 detections and incidents, and writes all to a file. A
    second row has it return 1,000 of each; a third one has a broker that keeps to one processor, for everybody.
    """
    for what, schedulers, options, count, target in (
        ("the task event_stream_drain", SCHEDULERS, {}, max(3, min(runs, 7)), round(1 / 1.15, 3)),
        ("the same with a result of 3 MB (limit: 1000)", SCHEDULERS, {"limit": 1000}, 3, None),
        ("the same, RabbitMQ with one scheduler", 1, {}, 3, None),
    ):
        folder = Path(tempfile.mkdtemp(prefix="bench-drain-task-"))
        bench = Bench(folder, TASK_EVENTS, schedulers)
        try:
            pairs = alternate(partial(bench.drain_by_task, **options), partial(bench.drain, "naive"), count)
        finally:
            bench.close()
            shutil.rmtree(folder, ignore_errors=True)
        rate = TASK_EVENTS / statistics.median(ours for ours, _other in pairs)
        yield compare(what, pairs, target=target, note=f"{TASK_EVENTS} events, ours {rate:,.0f} a second")


def drain_in_turns(bench: Bench, rounds: int) -> list[dict[str, float]]:
    """The seconds of each consumer in each round; who goes first changes, and a round before warms everything."""
    drains: dict[str, Callable[[], float]] = {"task": bench.drain_by_task}
    drains |= {mode: partial(bench.drain, mode) for mode in ("bare", "naive")}
    modes = list(drains)
    found = []
    for number in range(rounds + 1):
        start = number % len(modes)
        found.append({mode: drains[mode]() for mode in modes[start:] + modes[:start]})
    for seen in bench.cpu.values():
        del seen[0]
    return found[1:]


def latency(bench: Bench) -> Row:
    """From before an event is published until the store's transaction with it is durable, at a steady rate."""
    count = LATENCY_SECONDS * RATE
    work = Path(tempfile.mkdtemp(dir=bench.folder))
    step = RATE // 50
    with bench.consuming("latency", count, work) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it consumes
        began = time.monotonic()
        for start in range(0, count, step):
            time.sleep(max(0.0, began + start / RATE - time.monotonic()))
            bench.fill([_stamped(key, body) for key, body in bench.bodies[start : start + step]])
        told = json.loads(process.stdout.read())
    shutil.rmtree(work)
    milliseconds = sorted(told["milliseconds"])
    assert len(milliseconds) == count, len(milliseconds)
    middle, late = statistics.median(milliseconds), milliseconds[count * 99 // 100]
    note = f"{RATE} events a second for {LATENCY_SECONDS} s, median {middle:.1f} ms, worst {milliseconds[-1]:.1f} ms"
    return Row("p99 from publishing to durable", late, late, 1.0, (1.0, 1.0), None, "ms", note)


def _stamped(key: str, body: bytes) -> tuple[str, bytes]:
    return key, body[:-1] + b',"published_ns":%d}' % time.time_ns()


def synced(bench: Bench) -> Row:
    """Under strace: nothing is acknowledged before the store's log was synced within its transaction."""
    bench.fill(bench.bodies[:TRACED])
    trace = bench.folder / "trace"
    calls = "trace=fsync,fdatasync,access,faccessat,faccessat2"
    bench.consume("traced", TRACED, "strace", "-f", "-y", "-qq", "-e", calls, "-o", str(trace))
    batch, durable, acks, early = "", set(), 0, 0
    under_way: dict[str, bool] = {}  # by thread: is it the log that it syncs?
    for line in trace.read_text(errors="replace").splitlines():
        thread, _space, call = line.partition(" ")
        mark = re.search(rf"({BATCH_MARK}|{ACK_MARK})(\d+)", call)
        if mark and mark[1] == BATCH_MARK:
            batch = mark[2]
        elif mark:
            acks += 1
            early += mark[2] not in durable
        elif "sync(" in call and "unfinished" in call:
            under_way[thread] = "-wal>" in call
        elif ("sync(" in call and "-wal>" in call) or ("sync resumed" in call and under_way.pop(thread)):
            durable.add(batch)
    assert acks, "no acknowledgement was seen"
    note = f"{acks} acknowledgements of {TRACED} events, one transaction each"
    return Row(
        "acknowledgements sent before their fdatasync (strace)", early, acks, early / acks, (0, 0), 0, "acks", note
    )


def bodies(count: int) -> Iterator[tuple[str, bytes]]:
    """Routing key and body of each event, the same in every run."""
    random = Random(20261124)
    for number in range(count):
        told = number % 10 < 6
        pair = number // 2
        computer = f"00000000-0000-4000-8000-{pair * 7 % 20_000:012x}"
        kind = (DETECTED if number % 2 == 0 else QUARANTINED) if told else SCAN
        event = _event(number, kind, computer, random)
        if told:
            event |= {"detection": "W32.DFC.MalParent", "detection_id": str(6_159_258_594_551_267_000 + pair)}
            event["file"]["identity"]["sha256"] = f"{pair % 5_000:064x}"
        yield f"{BUSINESS}.{computer}.{kind}", json.dumps(event, separators=(",", ":")).encode()


def _event(number: int, kind: int, computer: str, random: Random) -> dict[str, Any]:
    """The shape of a recorded event with values of our own (api-contract.md sections 6 and 8)."""
    link = "https://api.amp.cisco.com/v1"
    return {
        "id": 1_700_000_000_000_000_000 + number * 1_000_003,
        "timestamp": 1_700_000_000 + number // 20,
        "timestamp_nanoseconds": random.randrange(10**9),
        "date": "2023-11-14T22:13:20+00:00",
        "event_type": "An Event",
        "event_type_id": kind,
        "connector_guid": computer,
        "group_guids": ["6c3c2005-4c74-4ba7-8dbb-c4d5b6bafe03"],
        "severity": "Medium",
        "computer": {
            "connector_guid": computer,
            "hostname": f"workstation-{computer[-6:]}",
            "external_ip": "198.51.100.7",
            "user": "someone@SOMEWHERE",
            "active": True,
            "network_addresses": [
                {"ip": "192.0.2.9", "mac": "02:00:5e:10:00:00"},
                {"ip": "192.0.2.130", "mac": "02:00:5e:10:00:01"},
            ],
            "links": {
                "computer": f"{link}/computers/{computer}",
                "trajectory": f"{link}/computers/{computer}/trajectory",
                "group": f"{link}/groups/6c3c2005-4c74-4ba7-8dbb-c4d5b6bafe03",
            },
        },
        "file": {
            "disposition": "Malicious",
            "file_name": "invoice.exe",
            "file_path": "\\\\?\\C:\\Users\\someone\\Downloads\\invoice.exe",
            "identity": {"sha256": "", "sha1": "0" * 40, "md5": "0" * 32},
            "parent": {
                "process_id": 4120,
                "disposition": "Clean",
                "file_name": "explorer.exe",
                "identity": {"sha256": "1" * 64},
            },
        },
    }
