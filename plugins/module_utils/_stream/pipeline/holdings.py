# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which partitions a worker holds, and what of its incidents may be split because one changed hands (R17).

A source's watermark waits for every partition that this worker owns, and for those that it stands in for: so the events
of one partition that was emptied first make none of another late.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..._common.time import SECOND
from ..broker.partitions import PartitionSettings
from .correlation import Correlation, GroupingSettings
from .splits import Splits


class Holdings:
    """Which partitions the watermarks wait for, and what of the incidents may be split because of a change.

    `backlog` tells how many messages wait in a partition: a silent one that still has some is not idle. `found_others`
    tells whether another worker had a partition when it was asked for.
    """

    def __init__(
        self,
        correlation: Correlation,
        splits: Splits,
        grouping: GroupingSettings,
        partitions: Collection[PartitionSettings],
        backlog: Callable[[str], int],
        found_others: Callable[[str], bool],
        now: int,
    ) -> None:
        self._correlation = correlation
        self._splits = splits
        self._around = (grouping.window + grouping.lateness) * SECOND
        self._settings = {one.name: one for one in partitions}
        self._owned = frozenset(one.name for one in partitions if one.is_owned)
        self._alone = len(self._owned) == len(partitions)
        self._held = set(self._owned)
        self._sessions: dict[str, Any] = {}
        self._known: set[str] = set()
        self._backlog = backlog
        self._found_others = found_others
        correlation.findings.mark = splits.mark
        marks = [(str(source), json.loads(shown)) for source, _at, shown, _flushed in correlation.findings.watermarks()]
        self._largest = _largest(shown for _source, shown in marks)
        self.sources({source for source, _shown in marks}, now)
        for name in list(splits.held):
            if self._was_left(name, now):
                self._cut(name, [])

    def sources(self, names: set[str], now: int) -> None:
        """Wait for every partition that is held before an incident of these sources is opened."""
        for source in names - self._known:
            for partition in self._held:
                self._correlation.join(source, partition, now)
            self._known.add(source)

    def received(self, session: Any, times: list[int], now: int) -> None:
        """Note deliveries of a partition, before they are stored."""
        name = session.subscription.settings.name
        if times and self._sessions.get(name) is not session:
            if self._was_elsewhere(name, now):
                self._cut(name, times)
            self._sessions[name] = session
            self._splits.held[name] = now
            self._splits.save()
        if name not in self._held:
            self._held.add(name)
            for source in self._known:
                self._correlation.join(source, name, now)
        self._largest[name] = max([self._largest.get(name, 0), *times])
        self._splits.held[name] = now

    def _was_elsewhere(self, name: str, now: int) -> bool:
        """Return whether another worker may have had it: an owner that is back soon has kept it."""
        if self._alone:
            return False
        return name not in self._owned or name not in self._splits.held or self._was_left(name, now)

    def _was_left(self, name: str, now: int) -> bool:
        """Return whether another worker may have had it since: they wait for so long before they take over."""
        held, settings = self._splits.held.get(name), self._settings.get(name)
        if held is None or self._alone:
            return False
        return settings is None or not settings.is_owned or now - held > settings.takeover_seconds * SECOND

    def _cut(self, name: str, times: list[int]) -> None:
        """Flag what is open when a partition goes to another worker, and what begins when it comes from one."""
        around = [*times, self._largest[name]] if self._largest.get(name) else times
        if around:
            self._splits.add(min(around) - self._around, max(around) + self._around)

    def tick(self, consuming: Collection[str], now: int) -> list[str]:
        """Return those of the partitions that are consumed in which nothing waits."""
        for name in self._held - self._owned - set(consuming):
            self._cut(name, [])
            self._held.discard(name)
            self._sessions.pop(name, None)
            self._splits.held.pop(name, None)
            self._correlation.leave(name)
        for name in self._held.intersection(consuming):
            if name in self._sessions or (name in self._splits.held and not self._found_others(name)):
                self._splits.held[name] = now  # else it is asked for, and another may have it yet
        self._splits.save()
        return [name for name in consuming if not self._backlog(name)]


def _largest(marks: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return the largest event time of each partition, over all sources."""
    largest: dict[str, int] = {}
    for shown in marks:
        for partition, time in shown.items():
            largest[partition] = max(largest.get(partition, 0), time)
    return largest
