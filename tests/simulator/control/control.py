# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do to a simulated cloud, in process (`sim.control`) and over HTTP (`control_app.py`)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from ..broker.event_streams import RabbitBroker
from ..cloud import Cloud
from ..faults.faults import Fault
from ..tenant.event_streams import EventStream
from ..web.https_server import HttpServer
from .computers import TenantControl


class Control(TenantControl):
    """Every lever of one simulator. Unknown names raise ValueError with what there is."""

    def __init__(self, cloud: Cloud, serve: Callable[[str], HttpServer]) -> None:
        super().__init__(cloud)
        self._serve = serve
        self._listeners: list[HttpServer] = []

    # requests, limits, faults, switches, time

    def requests(self) -> list[dict[str, Any]]:
        """Return the ordered log of {method, path, query, body, status}."""
        return self._cloud.log.entries()

    def clear_requests(self) -> None:
        """Begin the log again."""
        self._cloud.log.clear()

    def add_fault(self, kind: str, **options: Any) -> Fault:
        """Set a fault, as `faults.py` says."""
        return self._cloud.faults.add(kind, **options)

    def add_hook(self, call: Callable[[], object], **where: Any) -> Fault:
        """Call a function before matching requests are looked at (in process only)."""
        return self._cloud.faults.add_hook(call, **where)

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults and how often each has hit."""
        return self._cloud.faults.as_list()

    def clear_faults(self) -> None:
        """Good days again."""
        self._cloud.faults.clear()

    def set_latency(self, seconds: float) -> Fault:
        """Delay every request, such as 0.08."""
        return self._cloud.faults.add("delay", count=None, seconds=seconds)

    def switches(self) -> dict[str, Any]:
        """Every switch with its value."""
        return self._cloud.switches.as_dict()

    def set_switches(self, **values: Any) -> None:
        """Set switches, as `switches.py` says."""
        for name, value in values.items():
            self._cloud.switches.set(name, value)

    def set_rate_limit(
        self, limit: int | None = None, remaining: int | None = None, reset: float | None = None
    ) -> None:
        """Change the hourly limit, what is left of the hour, and the seconds until it ends."""
        self._cloud.rate_limit.set(limit=limit, remaining=remaining, reset=reset)

    def advance_clock(self, seconds: float) -> None:
        """Let the cloud's time pass at once."""
        self._cloud.clock.advance(seconds)
        self._cloud.settle()

    def reset(self) -> None:
        """Restore the tenant as its seed makes it, without anything that tests set."""
        self._cloud.reset()

    # the broker

    def publish_raw(self, body: bytes, *, stream_id: int | None = None, routing_key: str | None = None) -> None:
        """Send any bytes to one stream's queue, or by a routing key (default: a threat on the first computer)."""
        broker = self._rabbit()
        if stream_id is not None:
            broker.publish_raw(body, self.stream(stream_id).queue_name, [], exchange="")
            return
        key = f"{self._cloud.tenant.business_guid}.{self.computer().guid}.1090519054"
        broker.publish_raw(body, routing_key or key, [])

    def _rabbit(self) -> RabbitBroker:
        if not isinstance(self._cloud.broker, RabbitBroker):
            raise ValueError("this simulator runs without a broker")
        return self._cloud.broker

    def stream(self, stream_id: int) -> EventStream:
        """Return a stream by id."""
        stream = self._cloud.tenant.event_streams.get(stream_id)
        if stream is None:
            raise ValueError(f"no event stream {stream_id}")
        return stream

    def streams(self) -> list[dict[str, Any]]:
        """Every stream with its user and queue names."""
        return [
            {"id": one.id, "name": one.name, "user_name": one.user_name, "queue_name": one.queue_name}
            for one in self._cloud.tenant.event_streams.values()
        ]

    def queue_length(self, stream_id: int) -> dict[str, int]:
        """Return what waits in a stream's queue: {messages, consumers}; unacknowledged ones are not among them."""
        return self._rabbit().queue_length(self.stream(stream_id).queue_name)

    def purge_queue(self, stream_id: int) -> None:
        """Empty a stream's queue, as another consumer would."""
        self._rabbit().admin.purge_queue(self.stream(stream_id).queue_name)

    def delete_queue(self, stream_id: int) -> None:
        """Remove a stream's queue and leave its user."""
        self._rabbit().admin.delete_queue(self.stream(stream_id).queue_name)

    def change_password(self, stream_id: int) -> None:
        """Make a stream's saved password wrong."""
        self._rabbit().admin.set_password(self.stream(stream_id).user_name, secrets.token_hex(20))

    def close_connections(self, stream_id: int) -> None:
        """Throw a stream's consumers out; they may come back."""
        self._rabbit().admin.close_connections(self.stream(stream_id).user_name)

    def broker(self, word: str) -> None:
        """`stop`, `kill` (kill -9) or `start` the broker; queues and persistent messages survive."""
        if word not in ("stop", "kill", "start"):
            raise ValueError("broker takes stop, kill or start")
        if word == "start":
            self._rabbit().revive()
        else:
            self._rabbit().node.command(word)

    # further listeners

    def listen(self, certificate: str) -> str:
        """Serve the API on one more port with a bad certificate; return host:port.

        `certificate` is expired, wrong_host or other_ca.
        """
        server = self._serve(certificate)
        self._listeners.append(server)
        return server.start()

    def close(self) -> None:
        """Stop the further listeners."""
        while self._listeners:
            self._listeners.pop().stop()
