# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A relay and workers on a cluster of three nodes, while nodes and workers die, return and join; then the judge.

`kept`: nothing is away for longer than the take-over time. `moved`: workers die for good and join under load.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pika
from chaos.load import BUSINESS, routing_key
from simulator.broker import Message, Publisher, RabbitBroker
from simulator.tenant.event_streams import EventStream

from .judge import Judge, incidents_in, keys_in
from .load import OrderedLoad
from .nodes import VHOST, Cluster

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
FINISH = Path(__file__).with_name("finish.py")
WINDOW, LATENESS = 300, 300  # a retry can bring the events of one batch, 100 seconds, out of order
PATIENCE = 240
PACE_SECONDS = 0.3  # between two batches, so that a load lasts as long as what happens under it
NEVER = 20 * 24 * 3600  # events of 2019 must not meet the clock


@dataclass
class Figures:
    """What happened, and what the judge found wrong."""

    happened: Counter[str] = field(default_factory=Counter)
    events: int = 0
    published: int = 0
    in_two_stores: int = 0
    incidents: int = 0
    flagged: int = 0
    seconds: float = 0.0
    findings: list[str] = field(default_factory=list)


class Service:
    """A relay or a worker: a process, its folder, its configuration."""

    def __init__(self, folder: Path, configured: dict[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.configured = {"state_dir": str(folder / "state"), "monitor": {"port": 0}, "sinks": [], **configured}
        self.config = folder / "config.json"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **partitions: Any) -> None:
        """Run it, with other settings of `partitions` if any are given."""
        if partitions:
            self.configured["partitions"] = {**self.configured["partitions"], **partitions}
        self.config.write_text(json.dumps(self.configured))
        self._process = self._popen(
            [sys.executable, "-m", "module_utils._stream.service.cli", "run", "--config", str(self.config)]
        )

    def _popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ANSIBLE"))}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=MODULE_UTILS.parent, stdout=log, stderr=log, env=environment)

    def command(self, *words: str) -> int:
        """Another command of the service, to its end."""
        self.config.write_text(json.dumps(self.configured))
        head = [sys.executable, "-m", "module_utils._stream.service.cli", words[0], "--config", str(self.config)]
        return self._popen([*head, *words[1:]]).wait(PATIENCE)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """Ends it in good order; its exit code, 0 if it does not run."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(number)
        return process.wait(PATIENCE)

    def finish(self) -> int:
        """See finish.py."""
        return self._popen([sys.executable, str(FINISH), str(MODULE_UTILS), str(self.config)]).wait(PATIENCE)


class Rehearsal:
    """`cloud` holds the tenant's stream; the cluster must be empty of other rehearsals."""

    def __init__(self, folder: Path, cluster: Cluster, cloud: RabbitBroker, cloud_ca: Path, seed: int) -> None:
        self.folder = folder
        self.cluster = cluster
        self.cloud = cloud
        self.load = OrderedLoad(seed)
        self.figures = Figures()
        self._publisher = Publisher(cloud.node)
        self._stream = EventStream(
            500_000 + secrets.randbelow(400_000), "cluster", f"{seed}-cluster", secrets.token_hex(8)
        )
        cloud.add(self._stream, BUSINESS)
        self._passwords = {name: self._password(name) for name in ("declarer", "relay", "worker")}
        self._make_users()
        self.relay = Service(folder / "relay", self._relay(cloud_ca))
        self.computers = [self._worker("by_computer", number) for number in (1, 2, 3)]
        self.hashes = [self._worker("by_hash", number) for number in (1, 2)]
        self.took: list[Service] = []

    # Set-up: three users, each with what it needs and nothing else

    def _password(self, name: str) -> Path:
        path = self.folder / f"{name}.password"
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(12))
        return path

    def _make_users(self) -> None:
        admin = self.cluster.admin(2)
        rights = {
            "declarer": (".*", ".*", ".*"),
            "relay": ("^$", "^by_(computer|hash)$", "^$"),
            "worker": ("^$", "^$", "^by_(computer|hash)[.][0-9]{2}$"),
        }
        permissions = [
            {"user": name, "vhost": VHOST, "configure": configure, "write": write, "read": read}
            for name, (configure, write, read) in rights.items()
        ]
        users = [admin.user(name, path.read_text()) for name, path in self._passwords.items()]
        admin.import_definitions({"users": users, "permissions": permissions})

    def _login(self, name: str) -> dict[str, Any]:
        return {
            "hosts": list(self.cluster.hosts),
            "vhost": VHOST,
            "ca_path": str(self.cluster.ca_path),
            "user_name": name,
            "password_path": str(self._passwords[name]),
        }

    def _relay(self, cloud_ca: Path) -> dict[str, Any]:
        host, port = self.cloud.address
        stream = {
            "host": host,
            "port": port,
            "queue_name": self._stream.queue_name,
            "user_name": self._stream.user_name,
            "password": self._stream.password,
            "ca_path": str(cloud_ca),
            "source": "soc",
        }
        sink = {"name": "cluster", "type": "relay", "from": "oldest", "batch_records": 100, **self._login("relay")}
        return {"streams": [stream], "sinks": [sink], "grouping": {"rules": []}}

    def _worker(self, exchange: str, number: int) -> Service:
        sink = {"name": "out", "type": "json_lines", "kinds": ["incident"], "from": "oldest"}
        folder = self.folder / f"{exchange}-{number}"
        times = {"window_seconds": WINDOW, "lateness_seconds": LATENESS, "idle_after_seconds": NEVER}
        rules = ["same_hash"] if exchange == "by_hash" else ["same_computer", "same_hash_same_computer"]
        grouping = {**times, "rules": rules}
        partitions = {"exchange": exchange, "worker": number, **self._login("worker")}
        return Service(
            folder, {"partitions": partitions, "sinks": [{**sink, "path": f"{folder}/out"}], "grouping": grouping}
        )

    def declare(self) -> None:
        """Twice: the second time finds it complete."""
        login = ("--user-name", "declarer", "--password-path", str(self._passwords["declarer"]))
        for _time in range(2):
            if self.relay.command("relay-declare", *login) != 0:
                raise RuntimeError(f"relay-declare failed: {self._log_of(self.relay)}")
        if self.relay.command("relay-declare") == 0:
            self.figures.findings.append("the relay's user, who may only publish, could declare")

    # Under load

    def publish(self, size: int) -> None:
        messages = [Message("", self._stream.queue_name, body, [routing_key(body)]) for body in self.load.batch(size)]
        self._publisher.publish(messages)
        self.figures.published += len(messages)

    @contextmanager
    def under_load(self, batches: int, size: int = 30) -> Iterator[None]:
        """Publish in another thread while something happens: until it is over, and so many batches at least."""
        failed: list[BaseException] = []
        over = threading.Event()

        def work() -> None:
            number = 0
            try:
                while number < batches or not over.is_set():
                    self.publish(size)
                    number += 1
                    over.wait(PACE_SECONDS)
            except BaseException as error:  # noqa: BLE001 - raised again below
                failed.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failed:
            raise failed[0]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait, for minutes if need be."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain until {what}; the logs are in {self.folder}")
            time.sleep(0.1)

    def stored(self, *services: Service) -> int:
        """How many events are in the stores of some services."""
        return len(keys_in([one.folder for one in services]))

    def grows(self, *services: Service) -> None:
        """Wait until a store has more than now: whatever happens next happens under load."""
        before = self.stored(*services)
        self.until(lambda: self.stored(*services) > before, "a store grows")

    def settle(self) -> None:
        """Everything that was confirmed is in the stores."""
        judge = self._judge()

        def all_there() -> bool:
            computers = keys_in([one.folder for one in self.computers])
            return computers.keys() >= judge.events.keys() and (
                keys_in([one.folder for one in self.hashes]).keys() >= judge.with_hash()
            )

        self.until(all_there, "every event is in a store")

    def kill_node(self, number: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        """kill -9, then back again, until no queue depends on any one node: the next kill would take its majority."""
        node = self.cluster.nodes[number]
        node.command("kill")
        self.figures.happened["node killed"] += 1
        meanwhile()
        node.command("start")
        node.wait_until_it_serves()
        self.until(self.cluster.can_spare_any_node, "every queue has all its nodes")

    def kill_worker(self, worker: Service) -> None:
        worker.kill()
        self.figures.happened["worker killed"] += 1

    # The two rehearsals

    def kept(self, rounds: int, batches: int = 6) -> None:
        """Nodes, workers and the relay die and return at once."""
        first, second = self.computers[:2]
        self.relay.start()
        for number, worker in enumerate((first, second), 1):
            worker.start(worker=number, workers=2, takeover_seconds=3600)
        self.hashes[0].start(worker=1, workers=1)
        for number in range(rounds):
            with self.under_load(batches):
                self.grows(first, second)
                self.kill_node(number % 3, lambda: self.grows(first, second))
            with self.under_load(batches):
                for worker in (first, second, self.hashes[0]):
                    self.grows(worker)
                    self.kill_worker(worker)
                    worker.start()
                self.relay.kill()
                self.figures.happened["relay killed"] += 1
                self.relay.start()
        self._end("kept")

    def moved(self, rounds: int, batches: int = 6) -> None:
        """A worker dies and others take its partitions; a worker more joins; nodes die in between."""
        first, second, third = self.computers
        self.relay.start()
        for number in range(rounds):
            first.start(worker=1, workers=2, takeover_seconds=5)
            second.start(worker=2, workers=2, takeover_seconds=5)
            self.hashes[0].start(worker=1, workers=2, takeover_seconds=5)
            with self.under_load(batches):
                self.grows(second)
                self.kill_worker(second)
                self.figures.happened["worker gone"] += 1
            self.settle()  # the first has all partitions of both exchanges now
            with self.under_load(batches):
                third.start(worker=3, workers=3, takeover_seconds=5)
                self.hashes[1].start(worker=2, workers=2, takeover_seconds=5)
                self.figures.happened["worker added"] += 2
                self.grows(first)
                first.stop()
                first.start(workers=3)
                second.start(workers=3)
                self.kill_node((number + 1) % 3)
            with self.under_load(batches):
                self.grows(third)
                self.grows(self.hashes[1])
            self.settle()
            for worker in (*self.computers, *self.hashes):
                self._stopped(worker)
        self._end("moved")

    def _stopped(self, service: Service) -> None:
        if (code := service.stop()) != 0:
            self.figures.findings.append(f"{service.folder.name} ended with {code}: {self._log_of(service)}")

    def _end(self, judgement: str) -> None:
        self.settle()
        for service in (self.relay, *self.computers, *self.hashes):
            self._stopped(service)
        ran = [one for one in (*self.computers, *self.hashes) if (one.folder / "state").exists()]
        for worker in ran:
            if worker.finish() != 0:
                self.figures.findings.append(f"{worker.folder.name} could not be finished: {self._log_of(worker)}")
        computers = [one.folder for one in self.computers if one in ran]
        hashes = [one.folder for one in self.hashes if one in ran]
        judge, figures = self._judge(), self.figures
        if judgement == "kept":
            figures.findings += judge.kept(computers, hashes, LATENESS)
        else:
            figures.findings += judge.moved(computers, hashes)
        figures.findings += judge.judge_dead_letters(self.relay.folder / "state" / "dead_letters.jsonl")
        figures.findings += self._left_in_queues()
        figures.findings += self._secrets_told()
        figures.events = len(self.load.events)
        figures.in_two_stores = sum(count > 1 for count in keys_in(computers).values())
        incidents = incidents_in([*computers, *hashes])
        figures.incidents, figures.flagged = len(incidents), sum(one.flagged for one in incidents)

    def _judge(self) -> Judge:
        return Judge(self.load.events, self.load.hostile, "soc", WINDOW)

    def _left_in_queues(self) -> Iterator[str]:
        from ssl import create_default_context

        node = self.cluster.nodes[0]
        context = create_default_context(cafile=str(self.cluster.ca_path))
        login = pika.PlainCredentials(self.cluster.user, self.cluster.password)
        tls = pika.SSLOptions(context, "127.0.0.1")
        parameters = pika.ConnectionParameters("127.0.0.1", node.tls_port, VHOST, login, ssl_options=tls)
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        names = [f"{exchange}.{number:02d}" for exchange in ("by_computer", "by_hash") for number in range(16)]
        try:
            self.until(
                lambda: not any(channel.queue_declare(name, passive=True).method.message_count for name in names),
                "the queues are empty",
            )
        except RuntimeError as error:
            yield str(error)
        connection.close()

    def _secrets_told(self) -> Iterator[str]:
        words = [path.read_text() for path in self._passwords.values()] + [self._stream.password]
        for service in (self.relay, *self.computers, *self.hashes):
            if any(word in self._log_of(service, None) for word in words):
                yield f"a password is in the log of {service.folder.name}"

    @staticmethod
    def _log_of(service: Service, last: int | None = 2000) -> str:
        log = service.folder / "log"
        text = log.read_text(errors="replace") if log.exists() else ""
        return text if last is None else text[-last:]

    def close(self) -> None:
        for service in (self.relay, *self.computers, *self.hashes):
            service.kill()
        self._publisher.close()
        self.cloud.remove(self._stream)
