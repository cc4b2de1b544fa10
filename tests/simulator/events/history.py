# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events that a tenant has already had when it is first looked at."""

from __future__ import annotations

from random import Random
from typing import Any

from ..clock import zulu
from ..tenant.events import Event
from ..tenant.seeds import DAY, make_sha256
from ..tenant.tenant import Tenant
from . import scenarios
from .factory import EventFactory

# how often each scenario happens; all of them do
WEIGHTS = {
    "policy_update": 10,
    "scan": 10,
    "detected_quarantined": 12,
    "quarantined_first": 3,
    "detected": 4,
    "failure": 3,
    "failed_then_quarantined": 2,
    "recall": 2,
    "recall_failed": 1,
    "restored": 1,
    "executed": 2,
    "cloud_ioc": 3,
    "threat_hunting": 1,
    "behavioural": 1,
    "network": 2,
    "exploit": 1,
    "archive": 1,
    "vulnerable": 3,
    "install": 2,
    "multiple_infected": 1,
    "low_prevalence": 1,
    "scan_found": 1,
    "file_fetched": 1,
    "fault_raised": 1,
    "fault_cleared": 1,
}
SPAN = 25 * DAY
AUDIT_LOGS = 40


def write(tenant: Tenant, factory: EventFactory, count: int, now: float) -> list[Event]:
    """About `count` events of the last 25 days, oldest first; one hash is an outbreak on many computers."""
    random = Random(f"history {tenant.seed}")
    computers = list(tenant.computers.values())
    names = list(WEIGHTS)
    outbreak = make_sha256(random)
    events: list[Event] = []
    at = now - SPAN
    step = SPAN / max(count, 1)
    while computers and len(events) < count:
        name = names.pop() if names else random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        options = {"sha256": outbreak} if random.random() < 0.1 else {}
        computer = computers[random.randrange(len(computers))]
        story = scenarios.play(factory, name, computer, round(at, 3), **options)
        events += story
        at += step * len(story)
    return events


def write_audit_logs(tenant: Tenant, now: float) -> list[dict[str, Any]]:
    """Note that somebody created the youngest computers in the console, oldest first."""
    youngest = sorted(tenant.computers.values(), key=lambda one: one.installed)[-AUDIT_LOGS:]
    return [
        {
            "event": "create",
            "audit_log_type": "Computer",
            "audit_log_id": computer.guid,
            "audit_log_user": "owner@corp.example",
            "created_at": zulu(min(computer.installed, now)),
            "old_attributes": {"name": None, "hostname": None, "operating_system_id": None},
            "new_attributes": {"name": computer.hostname, "hostname": computer.hostname, "operating_system_id": 21810},
        }
        for computer in youngest
    ]
