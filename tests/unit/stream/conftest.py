# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real RabbitMQ over TLS for the tests that need one, with one stream of its own for each test."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import StreamSettings
from simulator.broker import SERVER, Message, Publisher, RabbitBroker
from simulator.tenant.event_streams import EventStream
from simulator.tls import Authority

from .deliveries import BUSINESS, PASSWORD, ROUTING_KEY

numbers = itertools.count(1)


class TestBroker:
    """The node, and what tests do to it."""

    __test__ = False

    def __init__(self, broker: RabbitBroker, ca_path: Path) -> None:
        self.rabbit = broker
        self.ca_path = ca_path
        self.publisher = Publisher(broker.node)

    def stream(self, **more: Any) -> Stream:
        number = next(numbers)
        record = EventStream(number, f"stream {number}", f"{number}-0123456789abcdef0123", PASSWORD)
        self.rabbit.add(record, BUSINESS)
        host, port = self.rabbit.address
        given = {"host": host, "port": port, "ca_path": str(self.ca_path), "source": "soc", **more}
        return Stream(
            self,
            record,
            StreamSettings(
                queue_name=record.queue_name, user_name=record.user_name, password=PASSWORD, heartbeat=30, **given
            ),
        )

    def restart(self, word: str = "stop") -> None:
        self.rabbit.node.command(word)
        self.rabbit.node.command("start")
        self.rabbit.node.wait_until_it_serves()


class Stream:
    """A queue that only this test uses."""

    def __init__(self, broker: TestBroker, record: EventStream, settings: StreamSettings) -> None:
        self.broker = broker
        self.record = record
        self.settings = settings

    def publish(self, bodies: list[bytes], key: str = ROUTING_KEY) -> None:
        """Into this queue only; returns when the broker has all of them on disk."""
        self.broker.publisher.publish([Message("", self.record.queue_name, body, [key]) for body in bodies])

    def length(self) -> int:
        return self.broker.publisher.queue_length(self.record.queue_name)["messages"]

    def consumers(self) -> int:
        return self.broker.publisher.queue_length(self.record.queue_name)["consumers"]

    def remove(self) -> None:
        self.broker.rabbit.remove(self.record)


@pytest.fixture(scope="session")
def broker_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    if not SERVER.exists():
        pytest.skip(f"{SERVER} is missing: install the package rabbitmq-server")
    folder = tmp_path_factory.mktemp("broker")
    authority = Authority(folder, "broker")
    rabbit = RabbitBroker(folder / "node", authority.path, authority.issue())
    rabbit.start()
    broker = TestBroker(rabbit, authority.path)
    yield broker
    broker.publisher.close()
    rabbit.node.command("kill")  # nothing of it is needed any more
    rabbit.stop()


@pytest.fixture
def stream(broker_session: TestBroker) -> Iterator[Stream]:
    made = broker_session.stream()
    yield made
    made.remove()


@pytest.fixture
def broker(broker_session: TestBroker) -> TestBroker:
    return broker_session


@pytest.fixture
def wait_for() -> Callable[[Callable[[], object], str], None]:
    """Wait until a condition holds; a minute is long enough on any machine."""

    def wait(condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)

    return wait
