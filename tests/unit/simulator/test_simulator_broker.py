# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event streams on a real RabbitMQ: what a stream's user gets, and that it gets nothing else (api-contract 7, 8)."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from plain_client import Api
from simulator import Simulator
from simulator.broker import EXCHANGE, RabbitBroker, RabbitNode, binding_keys
from simulator.tls import Authority

PATH = "/v1/event_streams"


def create(api: Api, name: str = "soc", **fields: Any) -> dict[str, Any]:
    answered = api("POST", PATH, json={"name": name, **fields})
    assert answered.status_code == 201, answered.text
    return dict(answered.json()["data"])


@contextmanager
def connected(stream: dict[str, Any], ca_path: str) -> Iterator[pika.BlockingConnection]:
    """A connection as a consumer of the stream makes it."""
    credentials = stream["amqp_credentials"]
    context = ssl.create_default_context(cafile=ca_path)
    connection = pika.BlockingConnection(
        pika.ConnectionParameters(
            host=credentials["host"],
            port=int(credentials["port"]),
            virtual_host="/",
            credentials=pika.PlainCredentials(credentials["user_name"], credentials["password"]),
            ssl_options=pika.SSLOptions(context, credentials["host"]),
        )
    )
    try:
        yield connection
    finally:
        if connection.is_open:
            connection.close()


def drain(stream: dict[str, Any], ca_path: str) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Everything that waits, acknowledged."""
    found = []
    with connected(stream, ca_path) as connection:
        channel = connection.channel()
        while True:
            method, properties, body = channel.basic_get(stream["amqp_credentials"]["queue_name"])
            if method is None:
                return found
            channel.basic_ack(method.delivery_tag)
            found.append((method, properties, json.loads(body)))


def test_a_queue_is_durable_and_keeps_events_for_ten_days(streaming: Api, simulator: Simulator) -> None:
    queue = create(streaming)["amqp_credentials"]["queue_name"]
    assert isinstance(simulator.cloud.broker, RabbitBroker)
    found = simulator.cloud.broker.admin.queue(queue)
    assert found["durable"] is True
    assert found["arguments"] == {"x-message-ttl": 864_000_000}


def test_an_event_arrives_as_recorded(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming)
    kept = simulator.control.publish("detected")
    ((method, properties, event),) = drain(stream, simulator.ca_path)
    business, guid, group = simulator.tenant.business_guid, event["connector_guid"], event["group_guids"][0]
    assert method.exchange == EXCHANGE
    assert method.routing_key == f"{business}.{guid}.1090519054"
    assert properties.headers == {"CC": [f"{business}.{guid}.1090519054.{group}"]}
    assert (properties.content_type, properties.delivery_mode, properties.priority) == (
        "application/octet-stream",
        2,
        0,
    )
    assert event["id"] == kept[0]["id"]
    assert event["computer"]["links"]["computer"] == streaming.url(f"/v1/computers/{guid}")
    assert streaming.data("/v1/events?limit=1") == [event]


def test_the_shape_of_2017_is_a_switch(streaming: Api, simulator: Simulator) -> None:
    simulator.control.set_switches(stream_event_shape="2017")
    stream = create(streaming)
    simulator.control.publish("detected")
    ((_method, _properties, event),) = drain(stream, simulator.ca_path)
    assert {"connector_guid", "severity"} & set(event) == set()


@pytest.mark.parametrize(("by_type", "by_group"), [(False, False), (True, False), (False, True), (True, True)], ids=str)
def test_a_stream_gets_what_its_filters_want_exactly_once(
    streaming: Api, simulator: Simulator, by_type: bool, by_group: bool
) -> None:
    here, elsewhere = [
        next(one for one in simulator.tenant.computers.values() if one.group_guid == group)
        for group in sorted({one.group_guid for one in simulator.tenant.computers.values()})[:2]
    ]
    other_groups = [guid for guid in simulator.tenant.groups if guid != elsewhere.group_guid]
    stream = create(
        streaming,
        event_type=[1090519054, 553648202] if by_type else [],
        group_guid=other_groups if by_group else [],
    )
    for computer in (here, elsewhere):
        simulator.control.publish("detected_quarantined", computer=computer.guid)
    got = sorted(
        (event["connector_guid"], event["event_type_id"]) for _key, _headers, event in drain(stream, simulator.ca_path)
    )
    wanted = sorted(
        (computer.guid, kind)
        for computer in (here, elsewhere)
        for kind in (1090519054, 553648143)
        if not (by_type and kind == 553648143) and not (by_group and computer is elsewhere)
    )
    assert got == wanted


def test_nothing_is_filled_in_from_before_the_stream(streaming: Api, simulator: Simulator) -> None:
    simulator.control.publish("detected")
    assert drain(create(streaming), simulator.ca_path) == []


def test_a_change_keeps_the_queue_with_its_events_and_the_password(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming, event_type=[1090519054])
    simulator.control.publish("detected_quarantined")
    assert streaming("PATCH", f"{PATH}/{stream['id']}", json={"event_type": [553648143]}).status_code == 202
    simulator.control.publish("detected_quarantined")
    kinds = [event["event_type_id"] for _key, _headers, event in drain(stream, simulator.ca_path)]
    assert kinds == [1090519054, 553648143]
    assert isinstance(simulator.cloud.broker, RabbitBroker)
    bound = simulator.cloud.broker.admin.bindings(EXCHANGE, stream["amqp_credentials"]["queue_name"])
    assert bound == binding_keys(simulator.tenant.business_guid, [553648143], [])


REFUSED: dict[str, Callable[[BlockingChannel, str, str], object]] = {
    "declare a queue": lambda channel, _own, _other: channel.queue_declare("mine"),
    "declare its own actively": lambda channel, own, _other: channel.queue_declare(own, durable=True),
    "read another queue": lambda channel, _own, other: channel.basic_get(other),
    "publish to the exchange": lambda channel, _own, _other: channel.basic_publish(EXCHANGE, "a.b.c", b"x"),
    "publish to its queue": lambda channel, own, _other: channel.basic_publish("", own, b"x"),
    "bind": lambda channel, own, _other: channel.queue_bind(own, EXCHANGE, "#"),
    "declare an exchange": lambda channel, _own, _other: channel.exchange_declare("mine"),
    "delete its queue": lambda channel, own, _other: channel.queue_delete(own),
}


def test_a_streams_user_may_consume_its_queue_and_nothing_else(streaming: Api, simulator: Simulator) -> None:
    stream, other = create(streaming), create(streaming, "other")
    own_queue, other_queue = (one["amqp_credentials"]["queue_name"] for one in (stream, other))
    with connected(stream, simulator.ca_path) as connection:
        assert connection.channel().queue_declare(own_queue, passive=True, durable=True).method.message_count == 0
        for what, attempt in REFUSED.items():
            channel = connection.channel()
            channel.confirm_delivery()
            with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refusal:
                attempt(channel, own_queue, other_queue)
            assert refusal.value.reply_code == 403, what


def test_deleting_throws_the_consumer_out_and_takes_everything_away(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming)
    with connected(stream, simulator.ca_path) as connection:
        assert streaming("DELETE", f"{PATH}/{stream['id']}").status_code == 200
        with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
            connection.sleep(30)
    with pytest.raises(pika.exceptions.ProbableAuthenticationError), connected(stream, simulator.ca_path):
        pass
    assert isinstance(simulator.cloud.broker, RabbitBroker)
    with pytest.raises(RuntimeError, match="NOT_FOUND"):
        simulator.cloud.broker.queue_length(stream["amqp_credentials"]["queue_name"])


def test_the_broker_is_trusted_by_the_simulators_ca_only(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming)
    with pytest.raises(ssl.SSLCertVerificationError), connected(stream, simulator.other_ca_path):
        pass


def test_bad_days_of_a_queue_on_demand(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming)
    number = stream["id"]
    simulator.control.publish("detected", count=3)
    assert simulator.control.queue_length(number) == {"messages": 3, "consumers": 0}
    simulator.control.purge_queue(number)
    assert simulator.control.queue_length(number)["messages"] == 0
    with connected(stream, simulator.ca_path) as connection:
        simulator.control.close_connections(number)
        with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
            connection.sleep(30)
    simulator.control.change_password(number)
    with pytest.raises(pika.exceptions.ProbableAuthenticationError), connected(stream, simulator.ca_path):
        pass
    simulator.control.delete_queue(number)
    with pytest.raises(RuntimeError, match="NOT_FOUND"):
        simulator.control.queue_length(number)


def test_any_bytes_can_be_sent(streaming: Api, simulator: Simulator) -> None:
    first, second = create(streaming), create(streaming, "second")
    simulator.control.publish_raw(b"\xff\x00", stream_id=first["id"])
    simulator.control.publish_raw(b"not json")
    for stream, bodies in ((first, [b"\xff\x00", b"not json"]), (second, [b"not json"])):
        with connected(stream, simulator.ca_path) as connection:
            channel = connection.channel()
            got = [channel.basic_get(stream["amqp_credentials"]["queue_name"])[2] for _body in bodies]
        assert got == bodies


def test_an_outbreak_is_one_hash_on_many_computers(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming, event_type=[1090519054])
    simulator.control.outbreak(7, sha256="ab" * 32)
    events = [event for _key, _headers, event in drain(stream, simulator.ca_path)]
    assert len({event["connector_guid"] for event in events}) == 7
    assert {event["file"]["identity"]["sha256"].lower() for event in events} == {"ab" * 32}


def test_queues_outlive_a_broker_that_is_killed(streaming: Api, simulator: Simulator) -> None:
    stream = create(streaming)
    simulator.control.publish("detected", count=5)
    simulator.control.broker("kill")
    with pytest.raises(pika.exceptions.AMQPConnectionError), connected(stream, simulator.ca_path):
        pass
    simulator.control.broker("start")
    assert len(drain(stream, simulator.ca_path)) == 5
    simulator.control.publish("detected")
    assert len(drain(stream, simulator.ca_path)) == 1


def test_a_reset_starts_a_stopped_broker_and_leaves_no_stream(streaming: Api, simulator: Simulator) -> None:
    queue = create(streaming)["amqp_credentials"]["queue_name"]
    simulator.control.broker("stop")
    assert streaming("POST", PATH, json={"name": "while it is down"}).status_code == 500
    simulator.control.reset()
    assert streaming.data(PATH) == []
    assert isinstance(simulator.cloud.broker, RabbitBroker)
    with pytest.raises(RuntimeError, match="NOT_FOUND"):
        simulator.cloud.broker.queue_length(queue)


def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ca")
    node = RabbitNode(tmp_path / "simulator" / "broker", authority.path, (tmp_path / "none", tmp_path / "none"))
    with pytest.raises(RuntimeError, match="did not start"):
        node.start({})
    assert not (tmp_path / "simulator").exists()
