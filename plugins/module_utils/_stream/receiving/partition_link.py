# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker's way to one partition: consume it, stand by for it, take it over, give it back (R17).

RabbitMQ gives the messages of such a queue to one consumer at a time. So two workers never share a partition, whatever
they believe; what is decided here is only who asks for it. A passive declare tells whether somebody has it, but not who
waits for it. So a stand-in offers it every few seconds: it lets go, and if the owner waits, RabbitMQ gives it to the
owner; if nobody has it then, the stand-in goes on.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from ..broker.partitions import PartitionSettings
from .link import Link, Session

LOOK_SECONDS = 2.0
OFFER_SECONDS = 10.0
LOOKS_AFTER_OFFER = 3  # the queue may not have seen our last acknowledgement when it is asked first


class PartitionLink(Link):
    """See Link. `found_others`: somebody had the partition when it was asked for last."""

    settings: PartitionSettings
    watch_seconds = LOOK_SECONDS

    _alone_since: float | None = None
    _offer_at = 0.0
    _offering = False
    _looks_left = 0

    def _declared(self, frame: Any) -> None:
        others = frame.method.consumer_count
        frame.method.consumer_count = 0  # other workers are no surprise
        if self._session is None or self._stopping or self._mode != "follow" or self._may_take(others):
            self.found_others = others > 0
            self._looks_left = 0
            self._offer_at = time.monotonic() + OFFER_SECONDS
            super()._declared(frame)
            return
        self._buffer.ready(self, frame.method.message_count, 0)
        self._look_later(self._session)

    def _may_take(self, others: int) -> bool:
        if self.settings.is_owned:
            return True
        offered, self._looks_left = self._looks_left > 0, max(0, self._looks_left - 1)
        if others:
            self._alone_since = None
            return False
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
        return offered or now - self._alone_since >= self.settings.takeover_seconds * self.settings.rank

    def _look_later(self, session: Session) -> None:
        self._loop.call_later(LOOK_SECONDS, partial(self._look_again, session))

    def _look_again(self, session: Session) -> None:
        if not self._can_ask(session):
            return
        if self._paused:
            self._alone_since = None
            self._look_later(session)
            return
        session.channel.queue_declare(self.settings.queue_name, passive=True, callback=self._declared)

    def _watched(self, session: Session, frame: Any) -> None:
        frame.method.consumer_count = 0
        if self.settings.is_owned or session.tag is None or time.monotonic() < self._offer_at:
            super()._watched(session, frame)
            return
        session.channel.basic_cancel(self._takes(session, None), callback=lambda _frame: self._offer(session))

    def _offer(self, session: Session) -> None:
        """Nothing more comes; what came is settled first, for until then the queue counts us as its consumer."""
        self._offering = True
        self.settled(session)

    def settled(self, session: Session) -> None:
        """See Link."""
        super().settled(session)
        if self._offering and session is self._session and session.settled >= session.received:
            self._offering = False
            self._looks_left = LOOKS_AFTER_OFFER
            self._look_again(session)

    def pause(self) -> None:
        """See Link; a stand-in goes on looking."""
        session = self._session
        stood_in = session is not None and session.tag is not None and not self.settings.is_owned
        super().pause()
        if stood_in and session is not None:
            self._look_later(session)

    def resume(self) -> None:
        """A stand-in that was paused stands by again: somebody else may have the partition by now."""
        if self.settings.is_owned:
            super().resume()
        else:
            self._paused = False

    def _end(self) -> None:
        self._offering, self._looks_left, self._alone_since = False, 0, None
        super()._end()
