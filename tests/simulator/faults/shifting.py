# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists that change while they are read page by page (R27)."""

from __future__ import annotations

from random import Random

from ..cloud import Cloud
from ..events import scenarios
from ..tenant.computers import PLATFORMS, make_computer


def shift(cloud: Cloud, what: str, change: str) -> None:
    """Insert or remove one item at the front of the computers or events."""
    with cloud.lock:
        if what == "events":
            _shift_events(cloud, change)
        else:
            _shift_computers(cloud, change)


def _shift_events(cloud: Cloud, change: str) -> None:
    if change == "remove":
        cloud.tenant.events.pop()
        return
    computer = next(iter(cloud.tenant.computers.values()))
    cloud.emit(scenarios.play(cloud.factory, "policy_update", computer, cloud.clock.now()))


def _shift_computers(cloud: Cloud, change: str) -> None:
    computers = cloud.tenant.computers
    first = next(iter(computers.values()))
    if change == "remove":
        del computers[first.guid]
        return
    random = Random(f"shift {len(computers)}")
    new = make_computer(random, PLATFORMS[0], len(computers), first.group_guid, cloud.clock.now())
    kept = dict(computers)
    computers.clear()
    computers.update({new.guid: new, **kept})
