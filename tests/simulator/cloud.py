# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of one simulated cloud, tied together; every resource reaches them through `cloud()`."""

from __future__ import annotations

import threading
from typing import cast

from flask import current_app

from . import history
from .broker import StreamBroker
from .clock import Clock
from .event_factory import EventFactory, with_links
from .faults import Faults
from .rate_limit import RateLimit
from .records import Event
from .request_log import RequestLog
from .switches import Switches
from .tenant import Tenant, make_tenant


class Cloud:
    """One tenant with its clock, switches, faults, limits, log and broker. Changes are made under `lock`."""

    def __init__(self, *, seed: int, computers: int, events: int, rate_limit: int, broker: StreamBroker) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.switches = Switches()
        self.faults = Faults()
        self.rate_limit = RateLimit(self.clock, rate_limit)
        self.log = RequestLog()
        self.broker = broker
        self.host = ""  # host:port, known once the server listens
        self._seed = (seed, computers, events)
        self.tenant: Tenant
        self.factory: EventFactory
        self._generate()

    def _generate(self) -> None:
        seed, computers, events = self._seed
        now = self.clock.now()
        self.tenant = make_tenant(seed, computers, now)
        self.factory = EventFactory(self.tenant)
        self.tenant.events = history.write(self.tenant, self.factory, events, now)

    def reset(self) -> None:
        """The tenant as its seed makes it; no faults, default switches, an empty log, a fresh hour, no streams."""
        with self.lock:
            for stream in self.tenant.event_streams.values():
                self.broker.remove(stream)
            self.clock.reset()
            self.switches.reset()
            self.faults.clear()
            self.rate_limit.reset()
            self._generate()
            self.log.clear()

    @property
    def url(self) -> str:
        """Where the API is served."""
        return f"https://{self.host}"

    def emit(self, events: list[Event], *, stored: bool = True, streamed: bool = True) -> None:
        """Let the tenant raise events: into /v1/events, and to every stream that wants them."""
        with self.lock:
            if stored:
                self.tenant.events.extend(events)
            if streamed and events:
                shape = self.switches["stream_event_shape"]
                shown = [with_links(event, self.url) for event in events]
                self.broker.publish([as_streamed(self.tenant.business_guid, event, shape) for event in shown])


def as_streamed(business_guid: str, event: Event, shape: str) -> tuple[str, list[str], Event]:
    """Routing key, CC header and body of one event, as recorded (api-contract 8)."""
    guid = event["computer"]["connector_guid"]
    key = f"{business_guid}.{guid}.{event['event_type_id']}"
    body = event
    if shape == "2017":
        body = {name: value for name, value in event.items() if name not in ("connector_guid", "severity")}
    return key, [f"{key}.{group}" for group in event.get("group_guids", [])], body


def cloud() -> Cloud:
    """The cloud that answers the present request."""
    return cast(Cloud, current_app.extensions["cloud"])
