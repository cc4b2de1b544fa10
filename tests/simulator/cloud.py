# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of one simulated cloud, tied together; every resource reaches them through `cloud()`."""

from __future__ import annotations

import logging
import threading
from typing import Any, cast

from flask import current_app

from .broker.event_streams import StreamBroker
from .clock import Clock, zulu
from .events import history, scenarios
from .events.factory import EventFactory, with_links
from .faults.faults import Faults
from .switches import Switches
from .tenant import sightings
from .tenant.computers import Computer
from .tenant.deferred import Deferred
from .tenant.events import Event, connector_of
from .tenant.file_lists import FileList
from .tenant.isolation import Isolation, Pace
from .tenant.tenant import Tenant, make_tenant
from .tenant.vulnerabilities import Vulnerability, make_vulnerabilities
from .web.rate_limit import RateLimit
from .web.request_log import RequestLog

LOG = logging.getLogger("simulator")
CONVICTION_SCENARIOS = {"simple_custom_detections": "recall", "application_blocking": "execution_blocked"}
CONVICTIONS = 50  # at most so many computers tell about one hash


class Cloud:
    """One tenant with its clock, switches, faults, limits, log and broker. Changes are made under `lock`."""

    def __init__(
        self, *, seed: int, computers: int, events: int, rate_limit: int, isolation: float, broker: StreamBroker
    ) -> None:
        self.lock = threading.RLock()
        self.clock = Clock()
        self.switches = Switches()
        self.faults = Faults()
        self.rate_limit = RateLimit(self.clock, rate_limit)
        self.log = RequestLog()
        self.broker = broker
        self.deferred = Deferred()
        self._isolation = isolation
        self.isolation_pace = Pace(isolation)
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
        self._sightings: dict[str, list[Event]] | None = None
        self._hash_index: dict[str, dict[str, None]] | None = None
        self._vulnerabilities: list[Vulnerability] | None = None
        self.tenant.audit_logs = history.write_audit_logs(self.tenant, now)

    def reset(self) -> None:
        """Restore the tenant as its seed makes it: no faults, default switches, empty log, fresh hour, no streams."""
        with self.lock:
            self.broker.revive()
            for stream in self.tenant.event_streams.values():
                self.broker.remove(stream)
            self.clock.reset()
            self.switches.reset()
            self.faults.clear()
            self.rate_limit.reset()
            self.deferred.clear()
            self.isolation_pace = Pace(self._isolation)
            self._generate()
            self.log.clear()

    @property
    def sightings(self) -> dict[str, list[Event]]:
        """What computers saw without an event; made when it is first asked for."""
        if self._sightings is None:
            self._sightings = sightings.make_sightings(self)
        return self._sightings

    @property
    def hash_index(self) -> dict[str, dict[str, None]]:
        """The computers that have a file, by its lower-case SHA-256."""
        if self._hash_index is None:
            self._hash_index = {}
            sightings.index_hashes(sightings.entries(self), self._hash_index)
        return self._hash_index

    @property
    def vulnerabilities(self) -> list[Vulnerability]:
        """Vulnerable applications; made when they are first asked for."""
        if self._vulnerabilities is None:
            self._vulnerabilities = make_vulnerabilities(self.tenant, self.clock.now())
        return self._vulnerabilities

    @property
    def url(self) -> str:
        """Where the API is served."""
        return f"https://{self.host}"

    def emit(self, events: list[Event], *, stored: bool = True, streamed: bool = True) -> None:
        """Let the tenant raise events: into /v1/events, and to every stream that wants them."""
        with self.lock:
            if stored:
                self.tenant.events.extend(events)
                if self._hash_index is not None:
                    sightings.index_hashes([(connector_of(event), event) for event in events], self._hash_index)
            if streamed and events:
                shape = self.switches["stream_event_shape"]
                shown = [with_links(event, self.url) for event in events]
                self.broker.publish([as_streamed(self.tenant.business_guid, event, shape) for event in shown])

    def audit(self, event: str, kind: str, guid: str, user: str, **changes: tuple[Any, Any]) -> None:
        """Note who did what: `changes` are pairs of old and new by attribute."""
        self.tenant.audit_logs.append(
            {
                "event": event,
                "audit_log_type": kind,
                "audit_log_id": guid,
                "audit_log_user": user,
                "created_at": zulu(self.clock.now()),
                "old_attributes": {name: old for name, (old, _new) in changes.items()},
                "new_attributes": {name: new for name, (_old, new) in changes.items()},
            }
        )

    def play(self, scenario: str, computer: Computer, **options: Any) -> None:
        """Let something happen on a computer now."""
        try:
            self.emit(scenarios.play(self.factory, scenario, computer, self.clock.now(), **options))
        except RuntimeError as error:  # a broker that is down on purpose does not take the API along
            LOG.warning("an event was not streamed: %s", error)

    def move(self, computer: Computer, group_guid: str) -> None:
        """Give a computer another group; it fetches that group's policy."""
        computer.group_guid = group_guid
        if computer.guid in self.tenant.computers:
            self.play("policy_update", computer)

    def look_at_isolation(self, computer: Computer) -> Isolation:
        """Return the isolation as a reader sees it; what became of it in the meantime is told in events."""
        isolation = self.tenant.isolation_of(computer)
        outcome = isolation.settle(self.clock.now(), online=computer.online)
        if outcome is not None:
            since = isolation.since or self.clock.now()
            lasted = int(self.clock.now() - since)
            self.play(f"isolation_{outcome}", computer, user=isolation.isolated_by, duration=lasted)
        return isolation

    def settle(self) -> None:
        """Let every connector obey that should have by now, whether or not anybody looks."""
        with self.lock:
            for guid, isolation in list(self.tenant.isolations.items()):
                if isolation.pending and guid in self.tenant.computers:
                    self.look_at_isolation(self.tenant.computers[guid])

    def convict(self, file_list: FileList, sha256: str) -> None:
        """Let connectors act on a hash that got into a list: those that have the file and whose policy uses it."""
        scenario = CONVICTION_SCENARIOS.get(file_list.type)
        if scenario is None:
            return
        known = self.tenant.computers
        have = [known[guid] for guid in self.hash_index.get(sha256, ()) if guid in known]
        for computer in have[:CONVICTIONS]:
            if file_list.guid in self.tenant.policy_of(computer).file_lists:
                self.play(scenario, computer, sha256=sha256)


def as_streamed(business_guid: str, event: Event, shape: str) -> tuple[str, list[str], Event]:
    """Routing key, CC header and body of one event, as recorded (api-contract 8)."""
    guid = event["computer"]["connector_guid"]
    key = f"{business_guid}.{guid}.{event['event_type_id']}"
    body = event
    if shape == "2017":
        body = {name: value for name, value in event.items() if name not in ("connector_guid", "severity")}
    return key, [f"{key}.{group}" for group in event.get("group_guids", [])], body


def cloud() -> Cloud:
    """Return the cloud that answers the present request."""
    return cast(Cloud, current_app.extensions["cloud"])
