# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the storing and the receiving process say to each other, a named tuple each.

Orders go to the receiving process, reports come from it. A stream is known by its place in `Begin.streams`, a session
(one channel of it) by a number that grows with each connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

from ..backoff import Limits
from ..broker.settings import StreamSettings
from ..errors import BrokerError

Mode = Literal["probe", "drain", "follow"]  # look only; until empty; until stopped, connecting again for ever


class State(Enum):
    """Where a subscription stands; see subscription.py for what leads from one to another."""

    CONNECTING = "connecting"
    STANDING_BY = "standing by"  # connected; the claim has not said yet that the queue may be consumed
    SUBSCRIBING = "subscribing"  # the broker was asked for messages and has not confirmed it
    CONSUMING = "consuming"
    OFFERING = "offering"  # takes no more; settles what came, so that the partition's owner can have it
    PAUSED = "paused"  # takes no more until it is told to resume; settles what came
    SETTLING = "settling"  # takes no more for good; closes once everything that came is answered
    CLOSING = "closing"
    WAITING = "waiting"  # without a connection until the next attempt
    OVER = "over"


# Orders


class Begin(NamedTuple):
    """Subscribe to all streams. The first order, and only once.

    `watch_seconds` lie between two looks at a stream's queue.
    """

    streams: Sequence[StreamSettings]
    mode: Mode
    limits: Limits
    watch_seconds: float


class Pause(NamedTuple):
    """Take no more messages from any stream until `Resume`; what was received can still be answered (R15)."""


class Resume(NamedTuple):
    """Take messages again."""


class Stop(NamedTuple):
    """End all streams. With `settle` each waits for the answers to what it received; without, its messages go back."""

    settle: bool


class Acknowledge(NamedTuple):
    """Everything up to `tag` of this session is durable."""

    stream: int
    session: int
    tag: int


class GiveBack(NamedTuple):
    """Return one message to the head of its queue. Comes in the order of the tags, like `Acknowledge`."""

    stream: int
    session: int
    tag: int


Order: TypeAlias = "Begin | Pause | Resume | Stop | Acknowledge | GiveBack"


# Reports


class Properties(NamedTuple):
    """Those AMQP properties of a message that anybody wants to know; None where it has none."""

    headers: Mapping[str, Any] | None = None
    content_type: str | None = None
    message_id: str | None = None
    timestamp: int | None = None


Content = tuple[int, str, tuple[Any, ...], bytes]
"""Tag, routing key, the values of Properties, body: plain, for there are so many of them."""


class Deliveries(NamedTuple):
    """Messages of one session, in their order."""

    stream: int
    session: int
    contents: list[Content]

    def size(self) -> int:
        """Return the bytes of all bodies."""
        return sum(len(content[3]) for content in self.contents)


class Looked(NamedTuple):
    """The queue was looked at: so many messages wait, and so many consumers besides ours are a surprise.

    `found_others`: somebody had the partition when it was asked for last.
    """

    stream: int
    messages: int
    consumers: int
    found_others: bool


class Changed(NamedTuple):
    """The subscription has another state now."""

    stream: int
    state: State


class Lost(NamedTuple):
    """The connection of a stream that is followed was lost; the next attempt comes after so many seconds."""

    stream: int
    error: BrokerError
    retry_seconds: float


class Ended(NamedTuple):
    """The stream is over: as asked for, or by this error. Comes once a stream."""

    stream: int
    error: BrokerError | None


Report: TypeAlias = "Deliveries | Looked | Changed | Lost | Ended"
