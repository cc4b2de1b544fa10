# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of isolating and releasing a computer, and the next step in each (R25; api-contract 5). Pure.

This file is private to the collection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from ..computer.read import Computer


class Goal(NamedTuple):
    """One direction. The other one mirrors it."""

    method: str
    reached: str
    on_the_way: str
    opposite: str
    opposing: str


GOALS = {
    "isolated": Goal("PUT", "isolated", "pending_start", "not_isolated", "pending_stop"),
    "released": Goal("DELETE", "not_isolated", "pending_stop", "isolated", "pending_start"),
}


class Step(Enum):
    """What one computer needs next."""

    NOTHING = "nothing"
    SEND = "send"
    WAIT = "wait"
    FELL_BACK = "fell back"
    UNKNOWN = "unknown"


@dataclass
class Endpoint:
    """One computer on its way to the goal.

    `was` and `status` are the isolation status as it was found and as it was read last; `outcome` is None while it is
    on its way, else changed, already, not_available, failed, timed_out or not_tried.
    """

    item: str
    computer: Computer
    was: str | None
    status: str | None
    available: bool
    planned: bool = False
    sent: bool = False
    on_the_way: bool = False
    refused: bool = False
    outcome: str | None = None
    detail: str | None = None
    unlock_code: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, item: str, computer: Computer) -> Endpoint:
        status, available = isolation_of(computer)
        return cls(item, computer, status, status, available)

    def read(self, computer: Computer, goal: Goal) -> None:
        """Take over what a read says. Once seen on the way, it has begun."""
        self.status, self.available = isolation_of(computer)
        self.on_the_way = self.on_the_way or self.status == goal.on_the_way

    def end(self, outcome: str, detail: str | None = None) -> None:
        self.outcome, self.detail = outcome, detail


def isolation_of(computer: Computer) -> tuple[str | None, bool]:
    """Return status and availability of a computer's record."""
    isolation = computer.record.get("isolation")
    if not isinstance(isolation, dict):
        return None, False
    status = isolation.get("status")
    return (status if isinstance(status, str) else None), isolation.get("available") is True


def next_step(endpoint: Endpoint, goal: Goal) -> Step:
    """Return what to do, given what was read last.

    A transition the other way ends first. The answer to PUT may precede the change (api-contract 5), so being where it
    was right after sending is no failure; being there again after it was seen on the way is one.
    """
    if endpoint.status == goal.reached:
        return Step.NOTHING
    if endpoint.status in (goal.on_the_way, goal.opposing):
        return Step.WAIT
    if endpoint.status != goal.opposite:
        return Step.UNKNOWN
    if endpoint.on_the_way:
        return Step.FELL_BACK
    return Step.WAIT if endpoint.sent else Step.SEND


def unavailable_reason(endpoint: Endpoint) -> str:
    """Return why isolation cannot begin; the API names neither the operating system nor the policy as the reason."""
    system = endpoint.computer.record.get("operating_system")
    policy = endpoint.computer.record.get("policy")
    name = policy.get("name") if isinstance(policy, dict) else None
    return (
        f"isolation is not available: the operating system ({system or 'unknown'}) does not support it or the policy"
        f" ({name or 'unknown'}) does not allow it; the API does not say which"
    )
