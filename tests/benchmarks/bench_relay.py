# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay with its workers against one worker without a relay, and what each of them costs.

The time from the start of the processes until the last event is in a store. BENCH_RELAY_EVENTS (20,000) is the length
of the preloaded queue. The relay's broker is one node of its own: two brokers and four processes share this machine, so
the ratio says what the way through a relay costs, not how workers scale; that is told by the CPU per 1,000 events.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from cluster.nodes import VHOST, Cluster
from simulator.broker import Message

from .bench_pipeline import Bench
from .harness import Row, alternate, benchmark, compare

EVENTS = int(os.environ.get("BENCH_RELAY_EVENTS", "20000"))
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PATIENCE = 300


class Ran:
    """One service in a process of its own."""

    def __init__(self, name: str, folder: Path, configured: dict[str, Any]) -> None:
        self.name = name
        self._store = folder / name / "state" / "events.sqlite"
        folder = folder / name
        folder.mkdir()
        common = {"state_dir": str(folder / "state"), "monitor": {"port": 0}}
        (folder / "config.json").write_text(json.dumps({**common, **configured}))
        command = [
            sys.executable,
            "-m",
            "module_utils._stream.service.cli",
            "run",
            "--config",
            str(folder / "config.json"),
        ]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, cwd=PLUGINS, stdout=log, stderr=log, env=environment)

    def stored(self) -> int:
        if not self._store.exists():
            return 0
        with closing(sqlite3.connect(f"{self._store.as_uri()}?mode=ro", uri=True)) as database:
            try:
                return int(database.execute("SELECT count(*) FROM event").fetchone()[0])
            except sqlite3.OperationalError:  # its tables are being made
                return 0

    def end(self) -> float:
        """Its CPU seconds for 1,000 of the events that it stored."""
        stored = self.stored()
        self._process.send_signal(signal.SIGTERM)
        _pid, _status, used = os.wait4(self._process.pid, 0)
        return (used.ru_utime + used.ru_stime) / max(stored, 1) * 1000


class RelayBench(Bench):
    """The cloud's broker as in bench_pipeline, and one node for the relay."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder, EVENTS)
        self.cluster = cluster
        self.hashed = sum(bool(json.loads(body)["file"]["identity"]["sha256"]) for _key, body in self.bodies)
        password = folder / "password"
        password.touch(mode=0o600)
        password.write_text(cluster.password)
        self.login = {
            "hosts": list(cluster.hosts),
            "vhost": VHOST,
            "ca_path": str(cluster.ca_path),
            "user_name": cluster.user,
            "password_path": str(password),
        }

    def single(self) -> float:
        """One worker without a relay."""
        return self._timed(
            lambda work: [Ran("single", work, {"streams": [self.settings], "sinks": [_file(work, "a")]})]
        )

    def relayed(self) -> float:
        """The relay, two workers of by_computer, one of by_hash."""
        return self._timed(self._start_relayed)

    def _start_relayed(self, work: Path) -> list[Ran]:
        sink = {"name": "cluster", "type": "relay", "from": "oldest", **self.login}
        relay = {"streams": [self.settings], "sinks": [sink], "grouping": {"rules": []}}
        ran = [Ran("relay", work, relay)]
        for number in (1, 2):
            partitions = {"exchange": "by_computer", "worker": number, "workers": 2, **self.login}
            ran.append(
                Ran(f"by_computer {number}", work, {"partitions": partitions, "sinks": [_file(work, str(number))]})
            )
        ran.append(Ran("by_hash", work, {"partitions": {"exchange": "by_hash", **self.login}, "sinks": []}))
        return ran

    def _timed(self, start: Callable[[Path], list[Ran]]) -> float:
        self.publisher.publish([Message("", self.stream.queue_name, body, [key]) for key, body in self.bodies])
        work = Path(tempfile.mkdtemp(dir=self.folder))
        began = time.perf_counter()
        ran = start(work)
        while not self._complete(ran):
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"the events do not arrive: {[(one.name, one.stored()) for one in ran]}")
            time.sleep(0.05)
        took = time.perf_counter() - began
        for one in ran:
            self.cpu.setdefault(one.name, []).append(one.end())
        shutil.rmtree(work)
        return took

    def _complete(self, ran: list[Ran]) -> bool:
        stored = {one.name: one.stored() for one in ran}
        if "single" in stored:
            return stored["single"] == EVENTS
        both = sum(count for name, count in stored.items() if name.startswith("by_computer"))
        return both == EVENTS and stored["by_hash"] == self.hashed

    def note(self, _mode: str = "") -> str:
        costs = ", ".join(f"{name} {statistics.median(costs):.3f}" for name, costs in sorted(self.cpu.items()))
        return f"{EVENTS} events on {os.cpu_count()} cores; CPU seconds per 1,000 events stored: {costs}"


def _file(work: Path, name: str) -> dict[str, Any]:
    return {"name": "file", "type": "json_lines", "path": str(work / f"{name}.jsonl"), "from": "oldest"}


@benchmark
def relay(runs: int) -> Iterator[Row]:
    """The same events in stores, detections and three groupings, with a relay in between and without."""
    folder = Path(tempfile.mkdtemp(prefix="bench-relay-"))
    with Cluster(folder / "nodes", 1) as cluster:
        bench = RelayBench(folder, cluster)
        try:
            declare(bench)
            pairs = alternate(bench.relayed, bench.single, max(3, min(runs, 5)))
            yield compare("relay with 2 + 1 workers against 1 worker", pairs, target=None, note=bench.note())
        finally:
            bench.close()
            shutil.rmtree(folder, ignore_errors=True)


def declare(bench: RelayBench) -> None:
    """By the command that users have."""
    config = bench.folder / "declare.json"
    partitions = {"exchange": "by_hash", **bench.login}
    config.write_text(json.dumps({"state_dir": str(bench.folder), "partitions": partitions}))
    command = [sys.executable, "-m", "module_utils._stream.service.cli", "relay-declare", "--config", str(config)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    subprocess.run(command, cwd=PLUGINS, check=True, env=environment, capture_output=True)
