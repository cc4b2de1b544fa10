# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tenant tells, in the order of time: seeded, with repetitions and bodies that are no events."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from chaos.load import DETECTED, FAILED, QUARANTINED, SCAN, START, guid


class OrderedLoad:
    """One event a second. `events` and `hostile` are everything that was made so far."""

    def __init__(self, seed: int, computers: int = 60, files: int = 40) -> None:
        self.events: list[dict[str, Any]] = []
        self.hostile: set[bytes] = set()
        self._random = Random(seed)
        self._computers = computers
        self._files = files
        self._open: list[dict[str, Any]] = []

    def batch(self, size: int) -> list[bytes]:
        """So many new events, one of 20 twice, and one body of 100 that is none."""
        made: list[bytes] = []
        for _number in range(size):
            body = json.dumps(self._next(), separators=(",", ":"), ensure_ascii=False).encode()
            made += [body, body] if self._random.random() < 0.05 else [body]
            if self._random.random() < 0.01:
                hostile = b'{"cut":%d' % len(self.events)
                self.hostile.add(hostile)
                made.append(hostile)
        return made

    def _next(self) -> dict[str, Any]:
        number = len(self.events)
        event = {
            "id": 2**63 - 500 + number,  # some above what a signed integer holds
            "timestamp": START + number,
            "timestamp_nanoseconds": 0,
            **self._kind(number),
        }
        self.events.append(event)
        return event

    def _kind(self, number: int) -> dict[str, Any]:
        chance = self._random.random()
        if self._open and chance < 0.3:
            outcome = self._random.choice([QUARANTINED, QUARANTINED, FAILED])
            return {"event_type_id": outcome, **self._open.pop(self._random.randrange(len(self._open)))}
        computer = guid(self._random.randrange(self._computers))
        if chance < 0.5:
            file = {"identity": {"sha256": f"{self._random.randrange(self._files):064x}"}} if chance < 0.4 else None
            return {"event_type_id": SCAN, "connector_guid": computer, "file": file, "filler": "x" * 700}
        detection = {
            "detection": "W32.Test",
            "detection_id": str(6_000_000_000_000_000_000 + number),
            "severity": "High",
            "connector_guid": computer,
            "computer": {"connector_guid": computer, "hostname": f"host-{computer[-2:]} наклейка"},
            "file": {"identity": {"sha256": f"{self._random.randrange(self._files):064x}"}},
        }
        self._open = [*self._open[-20:], detection]
        return {"event_type_id": DETECTED, **detection}
