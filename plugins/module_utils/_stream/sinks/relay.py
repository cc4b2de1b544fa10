# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes events into a RabbitMQ cluster of the user's, from which workers take whole partitions (R17).

A batch is delivered when the broker has confirmed each of its messages: it is on disk of a majority of a queue's nodes
then. Whatever else happens, what was not confirmed is published again, at another node; workers know it by its key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..broker.cluster_settings import CLUSTER_DEFAULTS, cluster_settings
from ..broker.settings import StreamSettings
from ..broker.topology import ClusterSettings
from ..errors import BrokerError, SettingsError
from ..options import Options
from .relay_line import RelayLine
from .relay_messages import Console, Consoles, messages_of
from .selection import Selected
from .sink import REMOTE_DEFAULTS, Delivery, NotTaken, Opening, Refused

NAME = "relay"
DEFAULTS: Mapping[str, Any] = {**REMOTE_DEFAULTS, **CLUSTER_DEFAULTS, "batch_records": 500, "timeout_seconds": 60}


@dataclass(frozen=True)
class RelaySettings:
    """Where to. `timeout_seconds` is how long the confirms of a batch may take."""

    cluster: ClusterSettings
    batch_records: int = 500
    timeout_seconds: float = 60.0


def parse(options: Options) -> RelaySettings:
    """See SinkType."""
    if options.texts("kinds") != ["event"]:
        raise SettingsError(f"{options.where}.kinds: a relay carries events only; workers make the rest of them")
    return RelaySettings(
        cluster=cluster_settings(options, prefetch=1),
        batch_records=options.number("batch_records", 1, 10_000),
        timeout_seconds=options.number("timeout_seconds", 1, 3600),
    )


def open(settings: RelaySettings, opening: Opening) -> RelayDelivery:
    """See SinkType."""
    return RelayDelivery(settings, consoles_of(opening.streams))


def consoles_of(streams: Sequence[StreamSettings]) -> Consoles:
    """Return the consoles of the streams. Where streams without a label differ in theirs, nobody can know."""
    labelled = {one.source: Console(one.region, one.console_host) for one in streams if one.source}
    others = {Console(one.region, one.console_host) for one in streams if not one.source}
    return Consoles(labelled, others.pop() if len(others) == 1 else Console())


class RelayDelivery(Delivery):
    """See Delivery. Nothing is poison here: a queue takes any bytes."""

    def __init__(self, settings: RelaySettings, consoles: Consoles) -> None:
        self.batch_records = settings.batch_records
        self._settings = settings
        self._consoles = consoles
        self._line: RelayLine | None = None
        self._attempt = 0

    def close(self) -> None:
        """See Delivery."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def deliver(self, records: list[Selected], stopping: threading.Event, report: Callable[[str], None]) -> None:
        """See Delivery. A record is sent again with all its messages; workers know them by their key."""
        of_records = [messages_of(record.line, self._consoles) for record in records]
        places = [place for place, messages in enumerate(of_records) for _message in messages]
        try:
            line = self._open(stopping)
        except (BrokerError, SettingsError) as error:
            why = str(error)
            raise (Refused(why) if getattr(error, "permanent", True) else NotTaken(why)) from None
        messages = [message for messages in of_records for message in messages]
        unconfirmed = line.publish(messages, self._settings.timeout_seconds, stopping, report)
        if unconfirmed:
            self.close()  # a channel of RabbitMQ can hold on to a queue's leader that died: another one, elsewhere
            left = sorted({places[place] for place in unconfirmed})
            raise NotTaken(next(iter(unconfirmed.values())), left=[records[place] for place in left])

    def _open(self, stopping: threading.Event) -> RelayLine:
        """Return the line that is open, else a new one to the next node. An idle one may have been cut silently."""
        if self._line is not None and self._line.error is None:
            return self._line
        self.close()
        self._line = line = RelayLine(self._settings.cluster.at(self._attempt))
        self._attempt += 1
        line.wait_until_open(stopping)
        return line
