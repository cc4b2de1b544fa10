# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relay tells when it cannot deliver; against a real broker that is not set up for it."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.topology import (
    ClusterSettings,
    declare,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import BrokerError, SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay import (
    RelayDelivery,
    RelaySettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay_messages import Consoles
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selected
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.sink import NotTaken, Refused
from simulator.ports import free_port

from ..conftest import TestBroker
from .test_messages import line_of


def cluster_of(broker: TestBroker, **more: Any) -> ClusterSettings:
    host, port = broker.rabbit.address
    node = broker.rabbit.node
    given = {"user_name": node.admin_user, "password": node.admin_password, "ca_path": str(broker.ca_path), **more}
    return ClusterSettings(host=host, port=port, queue_name="", hosts=((host, port),), **given)


def refusals(settings: ClusterSettings, count: int = 1, number: int = 1) -> list[str]:
    """The first reasons why the relay does not deliver an event."""
    delivery = RelayDelivery(RelaySettings(settings), Consoles())
    told = []
    for _attempt in range(count):
        with pytest.raises(NotTaken) as caught:
            delivery.deliver([Selected(1, "event", line_of(number))], threading.Event(), lambda _why: None)
        told.append(str(caught.value))
    delivery.close()
    return told


def test_missing_exchanges_are_told_with_the_command_that_makes_them(broker: TestBroker) -> None:
    (told,) = refusals(cluster_of(broker))
    assert "no exchange 'by_computer'" in told
    assert "relay-declare" in told


def test_a_refused_login_is_an_alarm_that_a_person_must_mend(broker: TestBroker) -> None:
    delivery = RelayDelivery(RelaySettings(cluster_of(broker, password="wrong")), Consoles())
    with pytest.raises(Refused):
        delivery.deliver([Selected(1, "event", line_of(1))], threading.Event(), lambda _why: None)
    delivery.close()


def test_a_wrong_password_is_told_without_it(broker: TestBroker) -> None:
    (told,) = refusals(cluster_of(broker, password="not-the-password"))
    assert "refused the login of user" in told
    assert "permissions on the virtual host" in told
    assert "not-the-password" not in told


def test_every_node_is_tried(broker: TestBroker) -> None:
    host, port = broker.rabbit.address
    closed = free_port()
    told = refusals(replace(cluster_of(broker), hosts=((host, closed), (host, port))), count=2)
    assert f"{host}:{closed} cannot be reached" in told[0]
    assert "no exchange" in told[1]


def test_a_cluster_without_the_plugin_is_told(broker: TestBroker) -> None:
    with pytest.raises(SettingsError, match="enable the plugin rabbitmq_consistent_hash_exchange on every node"):
        declare(cluster_of(broker))


def test_declaring_leaves_no_event_loop_open(broker: TestBroker) -> None:
    def loops() -> int:
        return sum("eventpoll" in str(one.resolve()) for one in Path("/proc/self/fd").iterdir())

    before = loops()
    with pytest.raises(SettingsError):
        declare(cluster_of(broker))
    assert loops() == before


def test_nothing_is_declared_where_nobody_answers(broker: TestBroker) -> None:
    closed = (("127.0.0.1", free_port()), ("127.0.0.1", free_port()))
    with pytest.raises(BrokerError, match="cannot be reached"):
        declare(replace(cluster_of(broker), hosts=closed))
