# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishing with confirms, many at a time, over the same TLS listener that consumers use."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pika
from pika.adapters.select_connection import SelectConnection

from .rabbit_node import RabbitNode

CONFIRM_SECONDS = 60
CHUNK = 2000  # messages given to the socket at a time


@dataclass(frozen=True)
class Message:
    """One message; `cc` are the further routing keys of its CC header."""

    exchange: str
    routing_key: str
    body: bytes
    cc: list[str] = field(default_factory=list)


class Publisher:
    """A connection that is made when it is first needed, and made anew after it broke. Any thread may publish."""

    def __init__(self, node: RabbitNode) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._line: _Line | None = None

    def publish(self, messages: list[Message]) -> None:
        """Return once the broker has confirmed every message. Raises RuntimeError where it did not."""
        with self._lock:
            for start in range(0, len(messages), CHUNK):
                if self._line is None or self._line.broken:
                    self._line = _Line(self._node)
                self._line.send(messages[start : start + CHUNK])

    def queue_length(self, queue: str) -> dict[str, int]:
        """Messages ready and consumers of a queue. Raises RuntimeError where there is no such queue."""
        with self._lock:
            if self._line is None or self._line.broken:
                self._line = _Line(self._node)
            return self._line.queue_length(queue)

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None


class _Line:
    """One connection and channel with an I/O thread of its own; one batch is under way at a time."""

    def __init__(self, node: RabbitNode) -> None:
        context = ssl.create_default_context(cafile=str(node.ca_path))
        parameters = pika.ConnectionParameters(
            host="127.0.0.1",
            port=node.tls_port,
            virtual_host="/",
            credentials=pika.PlainCredentials(node.admin_user, node.admin_password),
            ssl_options=pika.SSLOptions(context, "127.0.0.1"),
            heartbeat=0,
        )
        self._done = threading.Event()
        self._problem: str | None = None
        self._sent = 0
        self._unconfirmed: set[int] = set()
        self._channel: Any = None
        self._connection = SelectConnection(
            parameters,
            on_open_callback=lambda connection: connection.channel(on_open_callback=self._opened),
            on_open_error_callback=lambda _connection, error: self._fail(error),
            on_close_callback=lambda _connection, error: self._fail(error),
        )
        self._thread = threading.Thread(target=self._run, name="simulator publisher", daemon=True)
        self._thread.start()
        self._wait("connect")

    @property
    def broken(self) -> bool:
        """Whether this connection is of no more use."""
        return self._problem is not None

    def send(self, messages: list[Message]) -> None:
        """Publish a batch and wait for its confirms."""
        self._call(lambda: self._publish(messages))
        self._wait("publish")

    def queue_length(self, queue: str) -> dict[str, int]:
        """Ask by a passive declare."""
        found: dict[str, int] = {}

        def tell(frame: Any) -> None:
            found.update(messages=frame.method.message_count, consumers=frame.method.consumer_count)
            self._done.set()

        self._call(lambda: self._channel.queue_declare(queue, passive=True, callback=tell))
        self._wait("look at a queue")
        return found

    def close(self) -> None:
        """Close the connection and end the thread."""
        if self._connection.is_open:
            self._call(self._connection.close)
        self._thread.join()

    def _call(self, function: Callable[[], object]) -> None:
        self._done.clear()
        self._connection.ioloop.add_callback_threadsafe(function)

    def _wait(self, what: str) -> None:
        if not self._done.wait(CONFIRM_SECONDS):
            self._problem = "no answer in time"
        if self._problem is not None:
            raise RuntimeError(f"the simulator could not {what}: {self._problem}")

    # what follows runs in the I/O thread

    def _run(self) -> None:
        self._connection.ioloop.start()
        self._connection.ioloop.close()

    def _opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(lambda _channel, error: self._fail(error))
        channel.confirm_delivery(self._on_confirm, callback=lambda _frame: self._done.set())

    def _publish(self, messages: list[Message]) -> None:
        for message in messages:
            properties = pika.BasicProperties(
                content_type="application/octet-stream",
                delivery_mode=2,
                priority=0,
                headers={"CC": list(message.cc)} if message.cc else None,
            )
            self._channel.basic_publish(message.exchange, message.routing_key, message.body, properties)
            self._sent += 1
            self._unconfirmed.add(self._sent)

    def _on_confirm(self, frame: Any) -> None:
        if isinstance(frame.method, pika.spec.Basic.Nack):
            self._fail("the broker refused a message")
            return
        tag = frame.method.delivery_tag
        if frame.method.multiple:
            self._unconfirmed = {one for one in self._unconfirmed if one > tag}
        else:
            self._unconfirmed.discard(tag)
        if not self._unconfirmed:
            self._done.set()

    def _fail(self, error: object) -> None:
        if self._problem is None:
            self._problem = str(error) or type(error).__name__
        self._done.set()
        if self._connection.is_open:
            self._connection.close()
        elif self._connection.is_closed:
            self._connection.ioloop.stop()
