# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a subscription may consume its queue, and when it lets go of it: a strategy of each subscription.

A stream's queue is ours, so it is taken at once. A partition of the relay has an owner and stand-ins (R17): RabbitMQ
gives the messages of such a queue to one consumer at a time, so two workers never share a partition, whatever they
believe; a claim decides only who asks for it. A passive declare reports whether somebody has it, but not who waits for
it. So a stand-in offers it every few seconds: it lets go, and if the owner waits, RabbitMQ gives it to the owner; if
nobody has it then, the stand-in goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ..broker.partitions import PartitionSettings
from ..broker.settings import StreamSettings

WATCH_SECONDS = 30.0  # between two looks at a stream's queue
LOOK_SECONDS = 2.0  # between two looks at a partition
OFFER_SECONDS = 10.0
LOOKS_AFTER_OFFER = 3  # the queue may not have seen our last acknowledgement when it is asked first


class Claim(Protocol):
    """What a subscription asks, always in the event loop of the receiving process, after each look at its queue."""

    look_seconds: float
    """The time between two looks."""
    found_others: bool
    """Whether somebody had the queue when it was taken last."""

    def may_take(self, consumers: int) -> bool:
        """Return whether to consume now. Called while the subscription stands by; `consumers` are those of others."""

    def must_offer(self) -> bool:
        """Return whether to let go now. Called while the subscription consumes."""

    def offered(self) -> None:
        """Note that the queue was let go of, and everything that came from it is answered."""

    def forget(self) -> None:
        """Begin anew: the connection is gone, or the subscription is paused and did not look whether it may take."""

    def strangers(self, consumers: int) -> int:
        """Return how many of these other consumers nobody has planned."""


class SoleClaim:
    """See Claim. The queue is ours alone: take it at once, keep it, and every other consumer is a stranger."""

    found_others = False

    def __init__(self, look_seconds: float = WATCH_SECONDS) -> None:
        self.look_seconds = look_seconds

    def may_take(self, consumers: int) -> bool:  # noqa: ARG002 - whoever else is there
        """See Claim."""
        return True

    def must_offer(self) -> bool:
        """See Claim."""
        return False

    def offered(self) -> None:
        """See Claim."""

    def forget(self) -> None:
        """See Claim."""

    def strangers(self, consumers: int) -> int:
        """See Claim."""
        return consumers


class PartitionClaim:
    """See Claim. The owner takes the partition at once; a stand-in when nobody had it long enough, and offers it."""

    look_seconds = LOOK_SECONDS

    def __init__(self, settings: PartitionSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.found_others = False
        self._is_owned = settings.is_owned
        self._patience = settings.takeover_seconds * settings.rank
        self._clock = clock
        self._alone_since: float | None = None
        self._offer_at = 0.0
        self._looks_left = 0

    def may_take(self, consumers: int) -> bool:
        """See Claim."""
        if not self._is_due(consumers):
            return False
        self.found_others = consumers > 0
        self._looks_left = 0
        self._offer_at = self._clock() + OFFER_SECONDS
        return True

    def _is_due(self, consumers: int) -> bool:
        if self._is_owned:
            return True
        offered, self._looks_left = self._looks_left > 0, max(0, self._looks_left - 1)
        if consumers:
            self._alone_since = None
            return False
        now = self._clock()
        if self._alone_since is None:
            self._alone_since = now
        return offered or now - self._alone_since >= self._patience

    def must_offer(self) -> bool:
        """See Claim."""
        return not self._is_owned and self._clock() >= self._offer_at

    def offered(self) -> None:
        """See Claim."""
        self._looks_left = LOOKS_AFTER_OFFER

    def forget(self) -> None:
        """See Claim."""
        self._looks_left, self._alone_since = 0, None

    def strangers(self, consumers: int) -> int:  # noqa: ARG002 - other workers are no surprise
        """See Claim."""
        return 0


def claim_of(settings: StreamSettings, watch_seconds: float) -> Claim:
    """Return the claim that suits these settings; `watch_seconds` are those of a stream's queue."""
    return PartitionClaim(settings) if isinstance(settings, PartitionSettings) else SoleClaim(watch_seconds)
