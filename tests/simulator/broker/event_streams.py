# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event streams on a broker: users, queues, bindings and what may be done with them (api-contract 7 and 8).

A stream's queue is bound so that the topic exchange gives it an event once, whatever its filters: by the routing key
`<business>.<connector>.<type>` where it wants all groups, by the CC key `<business>.<connector>.<type>.<group>` where
it wants some. (A queue that several keys of one message lead to gets it once all the same.)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from ..tenant.event_streams import EventStream
from ..tenant.events import Event
from .publisher import Message, Publisher
from .rabbit_admin import RabbitAdmin
from .rabbit_node import RabbitNode

EXCHANGE = "events_api_stream"
TEN_DAYS = 10 * 24 * 3600 * 1000  # milliseconds

Streamed = tuple[str, list[str], Event]


class StreamBroker(Protocol):
    """What the resources need of a broker."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the TLS listener."""

    def revive(self) -> None:
        """Run again after a test has stopped or killed it."""

    def add(self, stream: EventStream, business_guid: str) -> None:
        """Make user, queue, bindings and permissions."""

    def rebind(self, stream: EventStream, business_guid: str, types: list[int], groups: list[str]) -> None:
        """Let the queue get other events; what is in it stays."""

    def remove(self, stream: EventStream) -> None:
        """Take everything away and close the stream's connections."""

    def publish(self, streamed: list[Streamed]) -> None:
        """Give events to every queue that wants them; returns once the broker has them on disk."""


def binding_keys(business_guid: str, types: list[int], groups: list[str]) -> set[str]:
    """Return the binding keys of a stream's filters; an empty list means all."""
    kinds = [str(one) for one in types] or ["*"]
    if not groups:
        return {f"{business_guid}.*.{kind}" for kind in kinds}
    return {f"{business_guid}.*.{kind}.{group}" for kind in kinds for group in groups}


class NoBroker:
    """For tests of the API alone: streams exist, and nothing listens where their credentials point."""

    def __init__(self, port: int) -> None:
        self.address = ("127.0.0.1", port)
        self.published: list[Streamed] = []

    def revive(self) -> None:
        """Do nothing: it never stops."""

    def add(self, stream: EventStream, business_guid: str) -> None:
        """Do nothing: there is no queue to make."""

    def rebind(self, stream: EventStream, business_guid: str, types: list[int], groups: list[str]) -> None:
        """Nothing to bind."""

    def remove(self, stream: EventStream) -> None:
        """Nothing to take away."""

    def publish(self, streamed: list[Streamed]) -> None:
        """Keep them for whoever looks."""
        self.published += streamed


class RabbitBroker:
    """A RabbitMQ node of the simulator's own."""

    def __init__(
        self, folder: Path, ca_path: Path, certificate: tuple[Path, Path], *, schedulers: int | None = 1
    ) -> None:
        """`schedulers` as in RabbitNode."""
        self.node = RabbitNode(folder, ca_path, certificate, schedulers=schedulers)
        self.admin = RabbitAdmin(self.node)
        self._publisher = Publisher(self.node)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the TLS listener."""
        return "127.0.0.1", self.node.tls_port

    def start(self) -> None:
        """Start the node and wait until it serves; raises RuntimeError with the end of its log where it does not."""
        self.node.start({"exchanges": [_exchange()]})

    def stop(self) -> None:
        """Stop the node for good and remove its folder."""
        self._publisher.close()
        self.node.close()

    def revive(self) -> None:
        """Start the node unless it runs."""
        self.node.command("start")
        self.node.wait_until_it_serves()

    def add(self, stream: EventStream, business_guid: str) -> None:
        """One import makes user, permissions, queue and bindings; the password is stored as a hash only."""
        keys = binding_keys(business_guid, stream.event_types, stream.group_guids)
        self.admin.import_definitions(
            {
                "users": [self.admin.user(stream.user_name, stream.password)],
                "permissions": [
                    {
                        "user": stream.user_name,
                        "vhost": "/",
                        "configure": "^$",
                        "write": "^$",
                        "read": f"^{stream.queue_name}$",
                    }
                ],
                "queues": [
                    {
                        "name": stream.queue_name,
                        "vhost": "/",
                        "durable": True,
                        "auto_delete": False,
                        "arguments": {"x-message-ttl": TEN_DAYS},
                    }
                ],
                "bindings": [_binding(stream.queue_name, key) for key in sorted(keys)],
            }
        )

    def rebind(self, stream: EventStream, business_guid: str, types: list[int], groups: list[str]) -> None:
        """Add what is new before taking away what is old: no event is missed in between."""
        old = binding_keys(business_guid, stream.event_types, stream.group_guids)
        new = binding_keys(business_guid, types, groups)
        if new - old:
            self.admin.import_definitions({"bindings": [_binding(stream.queue_name, key) for key in sorted(new - old)]})
        self.admin.unbind(EXCHANGE, stream.queue_name, old - new)

    def remove(self, stream: EventStream) -> None:
        """Remove the user first, so that nobody gets in again; then its connections and the queue."""
        self.admin.delete_user(stream.user_name)
        self.admin.delete_queue(stream.queue_name)

    def publish(self, streamed: list[Streamed]) -> None:
        """Publish with confirms, as recorded: octet-stream, persistent, priority 0, CC header."""
        self._publisher.publish(
            [
                Message(EXCHANGE, key, json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode(), cc)
                for key, cc, event in streamed
            ]
        )

    def publish_raw(self, body: bytes, routing_key: str, cc: list[str], exchange: str = EXCHANGE) -> None:
        """Publish any bytes at all."""
        self._publisher.publish([Message(exchange, routing_key, body, cc)])

    def queue_length(self, queue: str) -> dict[str, int]:
        """Messages ready and consumers of a queue, as a passive declare tells."""
        return self._publisher.queue_length(queue)


def _exchange() -> dict[str, Any]:
    return {
        "name": EXCHANGE,
        "vhost": "/",
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _binding(queue: str, key: str) -> dict[str, Any]:
    return {
        "source": EXCHANGE,
        "vhost": "/",
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }
