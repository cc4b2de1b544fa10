# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which partitions of the relay a worker takes (R17). Pure.

Workers are numbered 1 to `workers`. Each owns every `workers`-th partition, and stands by for the others: a partition
that nobody has taken for `takeover_seconds` goes to the first in its line, after twice that to the second. The lines of
one worker's partitions differ, so that the others share what it leaves. The owner gets it back when it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from .settings import StreamSettings
from .topology import PARTITIONS, ClusterSettings, Exchange, queue_name

_CLUSTER_FIELDS = tuple(one.name for one in fields(ClusterSettings))


@dataclass(frozen=True)
class PartitionSettings(ClusterSettings):
    """One partition as one worker sees it. `rank` is the worker's place in its line, 0 for the owner."""

    rank: int = 0
    takeover_seconds: float = 60.0

    @property
    def name(self) -> str:
        """See StreamSettings."""
        return self.queue_name

    @property
    def is_owned(self) -> bool:
        """See StreamSettings."""
        return self.rank == 0


@dataclass(frozen=True)
class WorkerSettings:
    """This worker among all that take partitions of `exchange`."""

    cluster: ClusterSettings
    exchange: Exchange
    worker: int = 1
    workers: int = 1
    takeover_seconds: float = 60.0

    def streams(self) -> Sequence[StreamSettings]:
        """Return all partitions: those that are owned first."""
        ranks = [(rank_of(number, self.worker, self.workers), number) for number in range(PARTITIONS)]
        return [self._partition(number, rank) for rank, number in sorted(ranks)]

    def _partition(self, number: int, rank: int) -> PartitionSettings:
        given = {name: getattr(self.cluster, name) for name in _CLUSTER_FIELDS}
        given |= {"queue_name": queue_name(self.exchange, number), "first": number}  # the nodes share the connections
        return PartitionSettings(**given, rank=rank, takeover_seconds=self.takeover_seconds)


def rank_of(partition: int, worker: int, workers: int) -> int:
    """Return the worker's place in the partition's line: 0 owns it, 1 takes over first."""
    distance = (worker - 1 - partition) % workers
    if distance == 0 or workers == 1:
        return 0
    return 1 + (distance - 1 - partition // workers) % (workers - 1)


def owned(streams: Iterable[StreamSettings]) -> list[str]:
    """Return the names of the partitions that are the worker's own."""
    return [one.name for one in streams if isinstance(one, PartitionSettings) and one.is_owned]
