# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discards what waited in the queues when a source started, so that rules act on what happens from now on."""

from __future__ import annotations

from collections.abc import Hashable

from ..receiving.inbox import Delivery, Inbox


class Backlog(Inbox):
    """An inbox that acknowledges the first messages of each stream itself: as many as waited when it was opened.

    With another consumer on the same queue nobody knows which messages come here; then fewer new ones may come through
    (other consumers are warned of).
    """

    def __init__(self) -> None:
        super().__init__()
        self._left: dict[Hashable, int] = {}
        self.skipped = 0

    def opened(self, stream: Hashable, messages: int) -> None:
        """See Inbox. After a lost connection no more than what still waits counts."""
        self._left[stream] = min(messages, self._left.get(stream, messages))

    def put(self, deliveries: list[Delivery]) -> None:
        """See Inbox."""
        super().put([delivery for delivery in deliveries if not self._skips(delivery)])

    def _skips(self, delivery: Delivery) -> bool:
        stream = delivery.session.subscription
        if not self._left.get(stream):
            return False
        self._left[stream] -= 1
        self.skipped += 1
        delivery.session.acknowledge(delivery.tag)
        return True
