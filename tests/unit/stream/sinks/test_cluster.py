# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of the rehearsal on a real cluster of three nodes (`make cluster` is the long one).

One test, for the cluster takes most of the time: tests that run beside each other would start one each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.topology import (
    ClusterSettings,
    declare,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay import (
    RelayDelivery,
    RelaySettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay_messages import Consoles
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selected
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.sink import NotTaken
from cluster.nodes import VHOST, Cluster
from cluster.rehearsal import Rehearsal

from ..conftest import TestBroker
from .test_messages import line_of


@contextmanager
def rehearsal(folder: Path, cluster: Cluster, broker: TestBroker, seed: int) -> Iterator[Rehearsal]:
    folder.mkdir()
    made = Rehearsal(folder, cluster, broker.rabbit, broker.ca_path, seed)
    try:
        made.declare()
        yield made
    finally:
        made.close()


def test_a_relay_and_its_workers_on_a_cluster_of_three_nodes(
    broker: TestBroker, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        with rehearsal(tmp_path / "kept", cluster, broker, 20261124) as kept:
            while_partitions_keep_their_workers_all_is_exactly_as_on_one_machine(kept)
        with rehearsal(tmp_path / "moved", cluster, broker, 20261125) as moved:
            when_partitions_move_nothing_is_lost_and_what_may_be_split_says_so(moved)
        what_no_queue_takes_is_not_delivered(cluster)
        a_queue_is_never_added_in_operation(cluster)
        another_exchange_of_the_name_is_told(cluster)


def while_partitions_keep_their_workers_all_is_exactly_as_on_one_machine(kept: Rehearsal) -> None:
    kept.kept(1, batches=20)  # events of twenty minutes: those of the first ten are flagged
    figures = kept.figures
    assert figures.findings == [], figures
    assert figures.happened == {"node killed": 1, "worker killed": 3, "relay killed": 1}
    assert figures.in_two_stores == 0
    assert 100 < figures.flagged < figures.incidents - 100


def when_partitions_move_nothing_is_lost_and_what_may_be_split_says_so(moved: Rehearsal) -> None:
    moved.moved(1, batches=4)
    figures = moved.figures
    assert figures.findings == [], figures
    assert figures.happened["worker gone"] == 1
    assert figures.happened["worker added"] == 2
    assert figures.flagged > 0


def settings_of(cluster: Cluster) -> ClusterSettings:
    hosts = tuple(("127.0.0.1", node.tls_port) for node in cluster.nodes)
    return ClusterSettings(
        host="127.0.0.1",
        port=hosts[0][1],
        queue_name="",
        user_name=cluster.user,
        password=cluster.password,
        vhost=VHOST,
        ca_path=str(cluster.ca_path),
        hosts=hosts,
    )


def refusals_of(cluster: Cluster, number: int, count: int = 1) -> list[str]:
    """The first reasons why the relay does not deliver event `number`."""
    delivery = RelayDelivery(RelaySettings(settings_of(cluster)), Consoles())
    told = []
    for _attempt in range(count):
        with pytest.raises(NotTaken) as caught:
            delivery.deliver([Selected(1, "event", line_of(number))], threading.Event(), lambda _why: None)
        told.append(str(caught.value))
    delivery.close()
    return told


def what_no_queue_takes_is_not_delivered(cluster: Cluster) -> None:
    for number in range(16):
        cluster.admin().delete_queue(f"by_hash.{number:02d}")
    first, second = refusals_of(cluster, 1, count=2)
    assert "no queue is bound to an exchange: declare the relay's exchanges" in first
    assert (cluster.hosts[0] in first, cluster.hosts[1] in second) == (True, True), "the second try is elsewhere"


def a_queue_is_never_added_in_operation(cluster: Cluster) -> None:
    with pytest.raises(SettingsError, match=r"by_hash[.]15 are gone, and the other queues of by_hash get their events"):
        declare(settings_of(cluster))


def another_exchange_of_the_name_is_told(cluster: Cluster) -> None:
    for name in ("relay_complete.1", "by_hash"):
        cluster.admin().delete_exchange(name)
    (told,) = refusals_of(cluster, 1)
    assert "no exchange 'by_hash'" in told
    cluster.admin().import_definitions(
        {"exchanges": [{"name": "by_hash", "vhost": VHOST, "type": "topic", "durable": True, "auto_delete": False}]}
    )
    with pytest.raises(SettingsError, match="the exchange by_hash is there already and is another one"):
        declare(settings_of(cluster))
