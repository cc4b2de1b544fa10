# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests do to the computers of a simulated tenant: events, isolation, enrolment."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..events import scenarios
from ..tenant.computers import Computer
from ..tenant.events import Event
from ..tenant.isolation import Pace
from . import enrolment
from .checks import check_computer, check_events, check_options


class TenantControl:
    """The levers that move computers. Unknown names raise ValueError."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def computer(self, which: str | None = None) -> Computer:
        """Return a computer by GUID or host name; without one the first."""
        computers = self._cloud.tenant.computers
        if which is None:
            return next(iter(computers.values()))
        if which in computers:
            return computers[which]
        named = [computer for computer in computers.values() if computer.hostname == which]
        if not named:
            raise ValueError(f"no computer {which!r}")
        return named[0]

    def publish(
        self,
        scenario: str = "detected_quarantined",
        *,
        computer: str | None = None,
        count: int = 1,
        at: float | None = None,
        stored: bool = True,
        **options: Any,
    ) -> list[Event]:
        """Play a scenario `count` times on one computer, now or at a time; return the events as kept."""
        check_options(options)
        here = self._cloud
        with here.lock:
            on = self.computer(computer)
            moment = here.clock.now() if at is None else at
            events = [
                event
                for _number in range(count)
                for event in scenarios.play(here.factory, scenario, on, moment, **options)
            ]
            here.emit(events, stored=stored)
            return events

    def outbreak(self, hosts: int, scenario: str = "detected_quarantined", **options: Any) -> list[Event]:
        """One hash on the first `hosts` computers at about the same time."""
        here = self._cloud
        with here.lock:
            moment = options.pop("at", None) or here.clock.now()
            check_options(options)
            options.setdefault("sha256", here.factory.random_sha256())
            events = []
            for number, computer in enumerate(list(here.tenant.computers.values())[:hosts]):
                events += scenarios.play(here.factory, scenario, computer, moment + number / 1000, **options)
            here.emit(events)
            return events

    def publish_events(self, events: list[Event]) -> None:
        """Raise ready-made events. Raises ValueError for what could not be served later, as `checks.py` says."""
        check_events(events)
        self._cloud.emit(events)

    def set_isolation_pace(self, seconds: float) -> None:
        """Set how many seconds of the cloud's clock a start or stop of isolation takes."""
        self._cloud.isolation_pace = Pace(seconds)

    def fail_isolation(self, computer: str) -> None:
        """Let a computer's next start or stop fail."""
        with self._cloud.lock:
            found = self.computer(computer)
            isolation = self._cloud.tenant.isolation_of(found)
            isolation.fail_next = True
            self._cloud.tenant.isolations[found.guid] = isolation

    def set_computer(self, computer: str, **changes: Any) -> Computer:
        """Change what no API can: online, active, last_seen, hostname, faults, undeletable, isolation_supported."""
        check_computer(changes)
        with self._cloud.lock:
            found = self.computer(computer)
            for name, value in changes.items():
                setattr(found, name, value)
            return found

    # test connectors

    def enrol(self, **connector: Any) -> dict[str, str]:
        """Register a test connector, as `enrolment.py` says; return its GUIDs."""
        with self._cloud.lock:
            return enrolment.enrol(self._cloud, **connector)

    def seen(self, connector_guid: str, **changes: Any) -> None:
        """Let a connector report: last_seen is now, and what it tells of itself (version, faults...)."""
        with self._cloud.lock:
            enrolment.report(self._cloud, self.computer(connector_guid), **changes)

    def uninstalled(self, connector_guid: str) -> None:
        """Let a connector say goodbye; its record stays, as in the real cloud, until somebody deletes it."""
        with self._cloud.lock:
            enrolment.goodbye(self._cloud, self.computer(connector_guid))
