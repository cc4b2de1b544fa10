# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivers a batch, however long it takes: when to try again, and how long to wait before it (R14)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..._common.text import printable
from ..backoff import Backoff
from .selection import Selected
from .sink import Delivery, Interrupted, NotTaken, Refused

LONGEST_RETRY_AFTER = 3600.0
REFUSED_LOOKS = 60
LOOK_SECONDS = 1.0

Report = Callable[[str, bool], None]
"""Called with the reason, and whether it is an alarm: a person has to change something."""


class Attempts:
    """One destination's attempts. The back-off grows until a record was taken, whatever form the refusal has."""

    def __init__(
        self, delivery: Delivery, stopping: threading.Event, report: Report, backoff: Backoff | None = None
    ) -> None:
        self._delivery = delivery
        self._stopping = stopping
        self._report = report
        self._backoff = backoff or Backoff()

    def deliver(self, batch: list[Selected]) -> None:
        """Return when the destination has every record, or it is a dead letter. Raises Interrupted."""
        left, taken = batch, 0
        while left:
            if self._stopping.is_set():
                raise Interrupted
            poisoned, refusal = self._delivery.poisoned, self._try(left)
            again = [] if refusal is None else left if refusal.left is None else refusal.left
            taken = len(left) - len(again) - (self._delivery.poisoned - poisoned)
            if taken > 0:
                self._backoff.reset()
            if refusal is not None:
                self._pause(refusal)
            left = again
        if taken <= 0 and batch:
            self._pause(NotTaken("the destination refuses every record for good; see the sink's dead letters"))

    def _try(self, records: list[Selected]) -> NotTaken | None:
        try:
            self._delivery.deliver(records, self._stopping, lambda why: self._tell(why, False))
        except Interrupted:
            raise
        except NotTaken as refusal:
            return refusal
        except Exception as error:  # noqa: BLE001 - a sink must never take the consumer with it, nor end
            return Refused(f"{type(error).__name__}: {error}")
        return None

    def _pause(self, refusal: NotTaken) -> None:
        self._tell(str(refusal), isinstance(refusal, Refused))
        if isinstance(refusal, Refused):
            self._wait_for_a_change(refusal)
            return
        seconds = max(self._backoff.next(), min(refusal.retry_after, LONGEST_RETRY_AFTER))
        if self._stopping.wait(seconds):
            raise Interrupted

    def _tell(self, why: str, alarm: bool) -> None:
        self._report(printable(self._delivery.mask(why)), alarm)

    def _wait_for_a_change(self, refusal: Refused) -> None:
        """Wait a minute, or until what the refusal was about has changed."""
        for _look in range(REFUSED_LOOKS):
            if self._stopping.wait(LOOK_SECONDS):
                raise Interrupted
            if refusal.changed():
                return
