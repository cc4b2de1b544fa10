# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole consumer against bare ones, on a real RabbitMQ over TLS: same queue length, bodies, prefetch and TLS.

BENCH_EVENTS (200,000) is the length of the preloaded queue. Six events of ten tell of detections, in pairs that share
an id; the others are informational. About 1.3 kB each. The target of a ratio of times is one over that of the rates.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from simulator.broker import RabbitBroker
from simulator.publisher import Message, Publisher
from simulator.records import EventStream
from simulator.tls import Authority

from .harness import Row, alternate, benchmark, compare

EVENTS = int(os.environ.get("BENCH_EVENTS", "200000"))
PREFETCH = 4000
BUSINESS = "11111111-2222-4333-8444-555555555555"
DETECTED, QUARANTINED, SCAN = 1090519054, 553648143, 554696714
TESTS = Path(__file__).resolve().parents[1]


class Bench:
    """A broker, one stream, and how to fill and drain it."""

    def __init__(self, folder: Path) -> None:
        (folder / "broker").mkdir()
        authority = Authority(folder / "broker", "bench")
        self.folder = folder
        self.rabbit = RabbitBroker(folder / "broker" / "node", authority.path, authority.issue())
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
        self.bodies = list(bodies(EVENTS))
        self.cpu: dict[str, list[float]] = {}

    def drain(self, mode: str) -> Callable[[], float]:
        """Fill the queue, drain it in a new process, return the seconds."""

        def timed() -> float:
            self.publisher.publish([Message("", self.stream.queue_name, body, [key]) for key, body in self.bodies])
            work = Path(tempfile.mkdtemp(dir=self.folder))
            order = {"stream": self.settings, "count": EVENTS, "folder": str(work)}
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.consumers", mode, json.dumps(order)],
                cwd=TESTS,
                check=True,
                capture_output=True,
                text=True,
            )
            shutil.rmtree(work)
            told: dict[str, float] = json.loads(done.stdout)
            self.cpu.setdefault(mode, []).append(told["cpu_seconds"] / EVENTS * 1000)
            return told["seconds"]

        return timed

    def note(self, mode: str) -> str:
        ours, other = (statistics.median(self.cpu[name]) for name in ("pipeline", mode))
        return f"{EVENTS} events; CPU seconds per 1,000 events {ours:.3f} against {other:.3f}"

    def close(self) -> None:
        self.publisher.close()
        self.rabbit.node.command("kill")
        self.rabbit.stop()


@benchmark
def pipeline(runs: int) -> Iterator[Row]:
    """Parse, store once, correlate, three groupings, JSON Lines, acknowledge; against consumers that do far less."""
    folder = Path(tempfile.mkdtemp(prefix="bench-pipeline-"))
    bench = Bench(folder)
    try:
        for other, what, target in (
            ("bare", "pipeline against a consumer that only acknowledges every 500", 1 / 0.7),
            ("naive", "pipeline against a consumer that parses and acknowledges each", 1 / 1.3),
        ):
            pairs = alternate(bench.drain("pipeline"), bench.drain(other), max(7, min(runs, 9)))
            yield compare(what, pairs, target=round(target, 3), note=bench.note(other))
    finally:
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


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
