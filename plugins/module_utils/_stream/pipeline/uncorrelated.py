# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""No correlation, for a service that only relays: `grouping.rules` is empty, and its workers make the detections."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..._events.detections import Links
from ..._events.event import Event
from ..store.store import Kind, Store
from .correlation import Correlation, GroupingSettings


def correlation_of(
    store: Store, links: Mapping[str, Links], kinds: Collection[Kind], grouping: GroupingSettings
) -> Correlation:
    """What a service's configuration asks for."""
    return (Correlation if grouping.rules else Uncorrelated)(store, links, kinds, grouping)


class Uncorrelated(Correlation):
    """See Correlation; nothing becomes of an event."""

    def join(self, source: str, stream: str, now_ns: int) -> None:
        """Nobody waits."""

    def feed(self, source: str, stream: str, events: Sequence[Event], now_ns: int) -> None:
        """They are in the store, and that is all."""

    def tick(self, connected: Collection[str], now_ns: int) -> None:
        """Nothing waits for time to pass."""

    def save(self, now_ns: int) -> None:
        """Nothing changed."""

    def finish(self, now_ns: int, *, flush: bool) -> None:
        """Nothing is left to tell."""
