# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the service under load and lets everything go wrong that can; the oracle judges what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from simulator.broker import Message, Publisher, RabbitBroker
from simulator.tenant.event_streams import EventStream
from simulator.tls import Authority
from unit.stream.endpoints import Answer, Elasticsearch, Endpoint, Request
from unit.stream.processes import children
from unit.stream.proxy import Proxy

from .load import BUSINESS, Load, routing_key
from .oracle import Oracle

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
CHILD = Path(__file__).with_name("child.py")
WINDOW = 300
PASSWORD = "0123456789abcdef"
PATIENCE = 180
SLOW_SECONDS = 0.3
BACKLOG = 5000  # there is always more than a consumer fetches at once: it never runs out of load
HUGE = b'{"id":1,"text":"%s"}' % (b"x" * 20_000_000)


@dataclass
class Plan:
    """How long the storm lasts. `calm` leaves out what needs a broker of its own (its death), and 20 MB at once."""

    kills: int
    seed: int
    batch: int = 400
    calm: bool = False
    events_a_life: int = 3000  # at most on average, so that the load lasts as long as the kills


@dataclass
class Figures:
    """What happened, and what the oracle found wrong."""

    seed: int
    happened: Counter[str] = field(default_factory=Counter)
    published: int = 0
    events: int = 0
    hostile: int = 0
    redelivered: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


class Storm:
    """One stream behind a proxy, a file and an Elasticsearch as sinks."""

    def __init__(self, folder: Path, plan: Plan, rabbit: RabbitBroker, ca_path: Path) -> None:
        self.folder = folder
        self.plan = plan
        self.load = Load(plan.seed)
        self.figures = Figures(plan.seed)
        self.random = Random(plan.seed + 1)
        self.rabbit = rabbit
        self.publisher = Publisher(rabbit.node)
        self.stream = EventStream(plan.seed % 100_000 + 900_000, "chaos", f"{plan.seed}-chaos", PASSWORD)
        rabbit.add(self.stream, BUSINESS)
        self.ca_path = ca_path
        self.elastic = Elasticsearch()
        self.sink_mood = "well"
        self.clock_offset = 0
        self._publishing = threading.Event()
        self._lives = 0

    def run(self) -> Figures:
        began = time.monotonic()
        publishing = threading.Thread(target=self._publish)
        with Endpoint(self._answer) as endpoint, Proxy(*self.rabbit.address) as proxy:
            self._configure(endpoint, proxy)
            self._publishing.set()
            publishing.start()
            try:
                while self.figures.happened["kill -9"] < self.plan.kills and not self.figures.findings:
                    self._one_life(proxy)
            finally:
                self._publishing.clear()
                publishing.join()
            self._settle(proxy)
        self._judge()
        self.publisher.close()
        self.rabbit.remove(self.stream)
        self.figures.seconds = time.monotonic() - began
        return self.figures

    def _configure(self, endpoint: Endpoint, proxy: Proxy) -> None:
        self.config = self.folder / "config.json"
        stream = {
            "host": "127.0.0.1",
            "port": proxy.port,
            "queue_name": self.stream.queue_name,
            "user_name": self.stream.user_name,
            "password": PASSWORD,
            "ca_path": str(self.ca_path),
            "source": "soc",
            "heartbeat": 10,
        }
        sinks = [
            {
                "name": "file",
                "type": "json_lines",
                "path": str(self.folder / "events.jsonl"),
                "from": "oldest",
                "rotate_bytes": 2_000_000,
            },
            {"name": "es", "type": "http", "url": endpoint.url, "format": "elasticsearch", "from": "oldest"},
        ]
        # All that is out of order lies within the lateness, so that the incidents must be those of batch (R9).
        rules = ["same_computer", "same_hash", "same_hash_same_computer"]
        grouping = {"rules": rules, "window_seconds": WINDOW, "lateness_seconds": 24 * 3600}
        configured = {
            "streams": [stream],
            "state_dir": str(self.folder / "state"),
            "sinks": sinks,
            "grouping": grouping,
            "monitor": {"port": 0},
        }
        self.config.write_text(json.dumps(configured))

    def _answer(self, request: Request) -> Answer | None:
        mood = self.sink_mood
        if mood == "down":
            return Answer(503, headers={"Retry-After": "0"})
        if mood == "cut":
            return None
        if mood == "nonsense":
            return Answer(200, b"<html>maintenance</html>")
        if mood == "slow":
            time.sleep(SLOW_SECONDS)
        return self.elastic(request)

    def _publish(self) -> None:
        """Until told to stop: every body until it is confirmed, so some come twice."""
        if not self.plan.calm:
            self.load.hostile.add(HUGE)
            self._publish_until_confirmed([HUGE])
        while self._publishing.is_set():
            allowed = self.plan.events_a_life * self._lives
            if len(self.load.events) < allowed and self._waiting() < BACKLOG:
                self._publish_until_confirmed(self.load.batch(self.plan.batch))
            else:
                time.sleep(0.05)
        self._publish_until_confirmed(self.load.rest())

    def _waiting(self) -> int:
        """How many messages the queue has; enough of them, where the broker does not say."""
        try:
            return self.publisher.queue_length(self.stream.queue_name)["messages"]
        except Exception:  # noqa: BLE001 - whatever it is, the broker is away
            return BACKLOG

    def _publish_until_confirmed(self, bodies: list[bytes]) -> None:
        messages = [Message("", self.stream.queue_name, body, [routing_key(body)]) for body in bodies]
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.publisher.publish(messages)
                self.figures.published += len(messages)
                return
            except Exception as error:
                if time.monotonic() > until:
                    raise RuntimeError("the broker does not come back") from error
                time.sleep(0.2)

    def _start(self, command: str = "run", limit: int = 0) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, str(CHILD), MODULE_UTILS, self.config, command, str(self.clock_offset), str(limit)],
                stdout=log,
                stderr=log,
                env={key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            )

    def _one_life(self, proxy: Proxy) -> None:
        """The service lives for a while, something happens to the world, then it is killed."""
        self._lives += 1
        limit = self._file_limit() if self.random.random() < 0.1 else 0
        process = self._start(limit=limit)
        self._grow(process, self.random.uniform(0.0, 1.0))
        happening = self._happening(proxy)
        happening()
        self._grow(process, self.random.uniform(0.0, 0.4))
        if process.poll() is None:
            self._kill(process)
        elif limit:
            self.figures.happened["disk full"] += 1
        else:
            self.figures.findings.append(f"the service ended by itself with {process.returncode}; see the log")
        process.wait()
        proxy.flow()

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        """Now and then the process that receives; then the service has to end by itself, for systemd to start it."""
        self.figures.happened["kill -9"] += 1
        receiving = children(process.pid) if self.random.random() < 0.25 else []
        if not receiving:
            process.send_signal(signal.SIGKILL)
            return
        self.figures.happened["kill -9 of the receiving process"] += 1
        for one in receiving:
            os.kill(one, signal.SIGKILL)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.figures.findings.append("the service goes on without its receiving process")
            process.kill()

    def _grow(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Live until something was stored and then a moment longer: a kill before the first event proves nothing."""
        before = self._last_written()
        until = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < until and self._last_written() == before:
            time.sleep(0.02)
        deadline = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)

    def _last_written(self) -> int:
        log = self.folder / "state" / "events.sqlite-wal"
        try:
            return log.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _file_limit(self) -> int:
        """A size that one of its files reaches soon."""
        sizes = [path.stat().st_size for path in (self.folder / "state").glob("events.sqlite")]
        return max([100_000, *sizes]) + self.random.randrange(1, 400_000)

    def _happening(self, proxy: Proxy) -> Callable[[], None]:
        def told(name: str, action: Callable[[], object]) -> Callable[[], None]:
            def happen() -> None:
                self.figures.happened[name] += 1
                action()

            return happen

        def mood(name: str) -> Callable[[], None]:
            return told(f"sink {name}", lambda: setattr(self, "sink_mood", name))

        def jump() -> None:
            self.clock_offset = self.random.choice([0, 0, 3600, -3600, 86400, -86400])

        happenings = [
            told("connection cut", proxy.cut),
            told("network held", proxy.hold),
            told("network slow", lambda: proxy.slow(SLOW_SECONDS)),
            told("clock jump", jump),
            mood("down"),
            mood("cut"),
            mood("nonsense"),
            mood("slow"),
            mood("well"),
            mood("well"),
            told("nothing", lambda: None),
        ]
        if not self.plan.calm and self.random.random() < 0.03:
            word = self.random.choice(["kill", "stop"])
            return told(f"broker restarted ({word})", lambda: self._restart_broker(word))
        return self.random.choice(happenings)

    def _restart_broker(self, word: str) -> None:
        self.rabbit.node.command(word)
        self.rabbit.node.command("start")
        self.rabbit.node.wait_until_it_serves()

    def _settle(self, proxy: Proxy) -> None:
        """Fair weather: everything that is left comes in, then a last drain takes it for complete."""
        proxy.flow()
        self.sink_mood = "well"
        self.clock_offset = 0
        before = self._starts()
        process = self._start()
        wanted = {str(event["id"]) for event in self.load.events}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and process.poll() is None:
            if (
                self._starts() > before
                and self._is_empty()
                and {str(one["key"]).partition("-")[0] for one in list(self.elastic.documents.values())} >= wanted
            ):
                break
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        if process.wait() != 0:
            self.figures.findings.append(f"in fair weather the service ended with {process.returncode}; see the log")
        if self._start("flush").wait() != 0:
            self.figures.findings.append("the last drain failed; see the log")

    def _starts(self) -> int:
        """How often the service has said that it consumes; before that it knows no SIGTERM."""
        log = self.folder / "log"
        return log.read_bytes().count(b'"message": "started"') if log.exists() else 0

    def _is_empty(self) -> bool:
        return self.publisher.queue_length(self.stream.queue_name)["messages"] == 0

    def _judge(self) -> None:
        oracle = Oracle(self.load.events, self.load.hostile, "soc", WINDOW)
        findings = self.figures.findings
        findings += oracle.judge_file(sorted(self.folder.glob("events.jsonl*")))
        findings += oracle.judge_store(self.folder / "state" / "events.sqlite")
        findings += oracle.judge_dead_letters(self.folder / "state" / "dead_letters.jsonl")
        findings += oracle.judge_endpoint(self.elastic.documents)
        if not self._is_empty():
            findings.append("the queue is not empty")
        if PASSWORD in (self.folder / "log").read_text(errors="replace"):
            findings.append("the password is in the log")
        self.figures.events, self.figures.hostile = len(self.load.events), len(self.load.hostile)


def broker(folder: Path) -> tuple[RabbitBroker, Path]:
    """A node of its own, started."""
    authority = Authority(folder, "chaos")
    rabbit = RabbitBroker(folder / "node", authority.path, authority.issue())
    rabbit.start()
    return rabbit, authority.path


def report(figures: Figures) -> dict[str, Any]:
    return {
        "seed": figures.seed,
        "seconds": round(figures.seconds, 1),
        "published": figures.published,
        "events": figures.events,
        "hostile bodies": figures.hostile,
        "happened": dict(figures.happened),
        "findings": figures.findings,
    }
