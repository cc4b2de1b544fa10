# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoint isolation as the asynchronous thing it is (api-contract 5): asked for now, done when the connector obeys."""

from __future__ import annotations

from dataclasses import dataclass

NOT_ISOLATED = "not_isolated"
PENDING_START = "pending_start"
ISOLATED = "isolated"
PENDING_STOP = "pending_stop"


@dataclass
class Pace:
    """How many seconds of the cloud's clock a connector takes to obey, however often it is looked at."""

    seconds: float


@dataclass
class Isolation:
    """The state of one computer. Comment and unlock code outlive a stop, as recorded."""

    status: str = NOT_ISOLATED
    comment: str | None = None
    unlock_code: str | None = None
    isolated_by: str | None = None
    since: float | None = None
    due: float = 0.0
    fail_next: bool = False

    @property
    def pending(self) -> bool:
        """Whether the connector has not obeyed yet."""
        return self.status in (PENDING_START, PENDING_STOP)

    def ask(self, status: str, now: float, pace: Pace) -> None:
        """Begin a start or a stop."""
        self.status = status
        self.due = now + pace.seconds

    def settle(self, now: float, *, online: bool) -> str | None:
        """Let the connector obey if it is time. Return "started", "stopped", "failed" or "not_stopped"."""
        if not self.pending or not online or now < self.due:
            return None
        starting, failed, self.fail_next = self.status == PENDING_START, self.fail_next, False
        self.status = ISOLATED if starting != failed else NOT_ISOLATED
        if starting and not failed:
            self.since = now
        if starting:
            return "failed" if failed else "started"
        return "not_stopped" if failed else "stopped"


def allowed_methods(isolation: Isolation, *, available: bool) -> str:
    """Return the Allow header: PUT where it can start, DELETE where it can stop, neither in between."""
    if isolation.status == ISOLATED:
        return "OPTIONS, GET, DELETE"
    if available and isolation.status == NOT_ISOLATED:
        return "OPTIONS, GET, PUT"
    return "OPTIONS, GET"
