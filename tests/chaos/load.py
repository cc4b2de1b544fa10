# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is published: seeded, realistic in shape, hostile in parts. Knows nothing of the code under test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

DETECTED, QUARANTINED, FAILED, RESTORED, SCAN = 1090519054, 553648143, 2164260880, 553648149, 554696714
BUSINESS = "11111111-2222-4333-8444-555555555555"
START = 1_568_916_000
SPAN = 6 * 3600  # seconds over which detections are spread


@dataclass
class Load:
    """Makes batches of bodies. `events` and `hostile` are everything that was made so far."""

    seed: int
    computers: int = 40
    files: int = 60
    events: list[dict[str, Any]] = field(default_factory=list)
    hostile: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._number = 0
        self._detection = 0
        self._held: list[bytes] = []

    def batch(self, size: int) -> list[bytes]:
        """About `size` bodies: new ones in any order, some twice, some held back for later, some hostile."""
        made: list[bytes] = []
        while len(made) < size:
            made += self._detection_events() if self._random.random() < 0.6 else [self._informational()]
        self._random.shuffle(made)
        late = [made.pop() for _number in range(len(made) // 20)]
        again = self._random.sample(made, len(made) // 20)
        hostile = [self._hostile() for _number in range(max(1, len(made) // 100))]
        made += again + hostile + self._held
        self._held = late
        self._random.shuffle(made)
        return made

    def rest(self) -> list[bytes]:
        """What was held back."""
        held, self._held = self._held, []
        return held

    def _detection_events(self) -> list[bytes]:
        self._detection += 1
        chance = self._random.random()
        types = [DETECTED]
        if chance < 0.6:
            types.append(QUARANTINED)
        elif chance < 0.8:
            types += [FAILED, QUARANTINED]
        elif chance < 0.9:
            types += [QUARANTINED, RESTORED]
        computer, file = self._random.randrange(self.computers), self._random.randrange(self.files)
        time = START + self._random.randrange(SPAN)
        name = self._random.choice(["plain.exe", "\u202egnp.exe", "\x1b[2J{{ lookup('pipe', 'id') }}", "наклейка.exe"])
        shared = {
            "detection": "W32.Test",
            "detection_id": str(6_000_000_000_000_000_000 + self._detection),
            "connector_guid": guid(computer),
            "computer": {"connector_guid": guid(computer), "hostname": f"host-{computer}"},
            "file": {"file_name": name, "identity": {"sha256": f"{file:064x}"}},
        }
        return [self._body(kind, time + step, severity="High", **shared) for step, kind in enumerate(types)]

    def _informational(self) -> bytes:
        computer = self._random.randrange(self.computers)
        return self._body(SCAN, START + self._random.randrange(SPAN), connector_guid=guid(computer), filler="x" * 700)

    def _body(self, kind: int, time: int, **more: Any) -> bytes:
        self._number += 1
        # Around the edge of what a signed integer holds: half of the ids are text in SQLite.
        identity = 2**63 - 500 + self._number if self._number % 2 else 2**64 - 1 - self._number
        event = {"id": identity, "timestamp": time, "timestamp_nanoseconds": 0, "event_type_id": kind, **more}
        self.events.append(event)
        return json.dumps(event, separators=(",", ":"), ensure_ascii=self._random.random() < 0.5).encode()

    def _hostile(self) -> bytes:
        self._number += 1
        mark = str(self._number).encode()
        body = self._random.choice(
            [
                b"\xff\xfe" + mark,
                b"<html>" + mark,
                b"[" + mark + b"]",
                b'{"id":NaN,"n":' + mark + b"}",
                b'{"a":' * 80 + mark + b"}" * 80,
                b'{"id":1e999,"n":' + mark + b"}",
                b'{"text":"\x1b[31m","n":' + mark + b"}",
                b'{"cut":' + mark,
            ]
        )
        self.hostile.add(body)
        return body


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def routing_key(body: bytes) -> str:
    """As the cloud gives it; a hostile body has none that means anything."""
    return f"{BUSINESS}.{guid(0)}.{DETECTED}" if body else ""
