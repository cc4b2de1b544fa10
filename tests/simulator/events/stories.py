# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scenario is: a function that tells a small story in events; and what the events of one detection share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..tenant.computers import Computer
from ..tenant.events import Event
from .factory import EventFactory

Scenario = Callable[[EventFactory, Computer, float, dict[str, Any]], list[Event]]
SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    """Register a scenario under its function's name."""
    SCENARIOS[function.__name__] = function
    return function


class Detection:
    """What the events of one detection share: its id, file, name, severity and user."""

    def __init__(self, factory: EventFactory, computer: Computer, at: float, options: dict[str, Any]) -> None:
        self._factory = factory
        self._computer = computer
        self.at = at
        self.id = str(factory.next_id(at))
        self.name = options.get("detection") or factory.detection_name()
        self.severity = options.get("severity") or factory.severity()
        self.user = options.get("user") or factory.user()
        self.file = factory.file(computer, options.get("sha256"), options.get("file_name"))
        self.only_hash = {"disposition": "Malicious", "identity": {"sha256": self.file["identity"]["sha256"]}}

    def full(self, type_id: int, after: float = 0.0, **more: Any) -> Event:
        """Make an event with everything: name, user, whole file."""
        return self._event(type_id, after, detection=self.name, user=self.user, file=self.file, **more)

    def bare(self, type_id: int, after: float = 0.0, **more: Any) -> Event:
        """Make an event as quarantines are: the hash and nothing else of the file, no user, no name."""
        return self._event(type_id, after, file=self.only_hash, **more)

    def _event(self, type_id: int, after: float, **more: Any) -> Event:
        return self._factory.event(
            type_id, self._computer, self.at + after, detection_id=self.id, severity=self.severity, **more
        )
