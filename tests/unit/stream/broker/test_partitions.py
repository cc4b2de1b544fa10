# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which partitions a worker owns and stands by for."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.partitions import (
    PartitionSettings,
    WorkerSettings,
    owned,
    rank_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.topology import (
    PARTITIONS,
    ClusterSettings,
    queue_arguments,
)

CLUSTER = ClusterSettings(
    host="a", queue_name="", user_name="u", password="p", hosts=(("a", 5671), ("b", 5671), ("c", 5673))
)


@pytest.mark.parametrize("workers", range(1, PARTITIONS + 1))
def test_each_partition_has_one_line_in_which_every_worker_stands_once(workers: int) -> None:
    for partition in range(PARTITIONS):
        ranks = sorted(rank_of(partition, worker, workers) for worker in range(1, workers + 1))
        assert ranks == list(range(workers))


@pytest.mark.parametrize("workers", range(1, PARTITIONS + 1))
def test_no_worker_owns_more_than_one_partition_more_than_another(workers: int) -> None:
    owners = Counter(
        worker
        for partition in range(PARTITIONS)
        for worker in range(1, workers + 1)
        if rank_of(partition, worker, workers) == 0
    )
    assert max(owners.values()) - min(owners.values()) <= 1


@pytest.mark.parametrize("workers", [3, 4, 5])
def test_the_others_share_what_a_worker_leaves(workers: int) -> None:
    first_in_line = {
        worker
        for partition in range(PARTITIONS)
        if rank_of(partition, 1, workers) == 0
        for worker in range(1, workers + 1)
        if rank_of(partition, worker, workers) == 1
    }
    assert first_in_line == set(range(2, workers + 1))


def test_a_worker_knows_all_partitions_its_own_first() -> None:
    streams = WorkerSettings(CLUSTER, "by_hash", worker=2, workers=3).streams()
    assert sorted(one.name for one in streams) == [f"by_hash.{number:02d}" for number in range(16)]
    assert owned(streams) == [f"by_hash.{number:02d}" for number in (1, 4, 7, 10, 13)]
    assert [one.name for one in streams][:5] == owned(streams)


def test_nodes_are_tried_in_turn_and_partitions_begin_at_different_ones() -> None:
    partition = WorkerSettings(CLUSTER, "by_computer").streams()[1]
    assert isinstance(partition, PartitionSettings)
    tried = [(at.host, at.port) for at in map(partition.at, range(4))]
    assert tried == [("b", 5671), ("c", 5673), ("a", 5671), ("b", 5671)]
    assert partition.at(1).name == partition.name == "by_computer.01"


def test_rabbitmq_4_is_told_to_drop_nothing_that_comes_back_often() -> None:
    assert queue_arguments("4.1.2")["x-delivery-limit"] == -1
    assert "x-delivery-limit" not in queue_arguments("3.10.8"), "it would be refused there, and has no limit"
