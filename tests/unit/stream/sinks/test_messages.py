# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a relay publishes of an event, and that a worker reads the same event from it (R17)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import iso_time
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, parse_event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.relay_messages import (
    Console,
    Consoles,
    Message,
    messages_of,
    origin_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.records import (
    event_line,
    source_prefix,
)
from hypothesis import given
from hypothesis import strategies as st

from ..deliveries import BUSINESS, CONNECTOR, DETECTED, NOW, ROUTING_KEY, body, fields

NOWHERE = Consoles()


KEY = parse_event(body(1), source="soc", received_ns=NOW).key
KEY_OF_NONE = parse_event(body(1, detection_id=None), source="soc", received_ns=NOW).key


def relayed(raw: bytes, *, source: str = "soc", key: str = ROUTING_KEY, consoles: Consoles = NOWHERE) -> list[Message]:
    event = parse_event(raw, source=source, routing_key=key, received_ns=NOW)
    return messages_of(event_line(source_prefix(source), event, raw, iso_time(NOW)), consoles)


def line_of(number: int) -> bytes:
    """The record of event `number`."""
    event = parse_event(body(number), source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    return event_line(source_prefix("soc"), event, body(number), iso_time(NOW))


def read_back(message: Message) -> Event:
    origin = origin_of(message.message_id, message.headers)
    assert origin is not None
    return parse_event(
        message.body, source=origin.source, routing_key=origin.routing_key, received_ns=origin.received_ns
    )


def told(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__ if name not in ("fields", "facts")}


def test_an_event_with_a_hash_goes_to_both_exchanges() -> None:
    computer, file = relayed(body(1))
    assert (computer.exchange, computer.routing_key) == ("by_computer", f"soc/computer/{CONNECTOR}")
    assert (file.exchange, file.routing_key) == ("by_hash", f"soc/hash/{1:064x}")
    assert computer.message_id == file.message_id == KEY
    assert computer.body == file.body == body(1), "the cloud's own bytes"


def test_an_event_about_a_stopped_protection_is_relayed_as_the_cloud_sent_it() -> None:
    assert relayed(body(1, 553648166))[0].body == body(1, 553648166)


def test_an_event_without_a_hash_goes_to_by_computer_only() -> None:
    assert [one.exchange for one in relayed(body(1, file=None))] == ["by_computer"]


def test_tenants_do_not_share_a_key() -> None:
    first, second = (relayed(body(1), source=source)[0].routing_key for source in ("one", "two"))
    assert first != second


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({}, "soc/detection/7001"),
        ({"detection_id": None}, f"soc/event/{KEY_OF_NONE}"),
    ],
)
def test_without_a_computer_a_detection_stays_together(more: dict[str, Any], key: str) -> None:
    (message, *_rest) = relayed(body(1, connector_guid=None, computer=None, **more), key="")
    assert message.routing_key == key


def test_a_computer_that_only_the_clouds_routing_key_named_is_carried() -> None:
    (message, *_rest) = relayed(body(1, connector_guid=None, computer=None))
    assert message.headers["connector_guid"] == CONNECTOR
    assert read_back(message).connector_guid == CONNECTOR


def test_a_key_longer_than_amqp_allows_becomes_a_digest() -> None:
    long = "x" * 300
    (message, *_rest) = relayed(body(1, connector_guid=long))
    assert message.routing_key.startswith("sha256:")
    assert len(message.routing_key) == 71
    assert "connector_guid" not in message.headers, "the body tells it"
    assert read_back(message).connector_guid == long


def test_the_hash_of_a_tool_that_an_indicator_names_goes_to_by_computer_only() -> None:
    tool = {"disposition": "Clean", "identity": {"sha256": "ab" * 32}}
    malware = {"disposition": "Malicious", "identity": {"sha256": "ab" * 32}}

    assert [one.exchange for one in relayed(body(1, 1107296274, file=tool))] == ["by_computer"]
    assert [one.exchange for one in relayed(body(1, 1107296274, file=malware))] == ["by_computer", "by_hash"]


def test_an_event_without_an_id_keeps_its_key() -> None:
    raw = json.dumps({"event_type_id": DETECTED, "x": "é"}, ensure_ascii=False).encode()
    event = parse_event(raw, source="soc", routing_key=ROUTING_KEY, received_ns=NOW)
    (message,) = relayed(raw)
    assert message.body != raw, "written anew, for a record is pure ASCII"
    assert read_back(message).key == event.key


def test_the_consoles_are_carried() -> None:
    consoles = Consoles({"soc": Console(region="eu")}, Console(console_host="console.example"))
    assert relayed(body(1), consoles=consoles)[0].headers["region"] == "eu"
    assert relayed(body(1), source="else", consoles=consoles)[0].headers["console_host"] == "console.example"


@pytest.mark.parametrize("headers", [{}, {"source": "soc"}, {"source": 7, "received": "2026-01-01T00:00:00Z"}])
def test_what_no_relay_wrote_is_known(headers: dict[str, Any]) -> None:
    assert origin_of("1", headers) is None


texts = st.text(max_size=20)
values = st.one_of(st.none(), st.booleans(), st.integers(-5, 2**65), texts, st.lists(texts, max_size=2))


@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "timestamp", "date", "event_type_id", "connector_guid", "detection_id", "detection", "severity", "x"]
        ),
        values,
    ),
    st.booleans(),
    st.sampled_from(["soc", 'a","event":{"b', BUSINESS, "é"]),
    st.sampled_from([ROUTING_KEY, "", "a.b", "x.y.z"]),
)
def test_whatever_an_event_holds_a_worker_reads_the_same(
    given_fields: dict[str, Any], ascii_only: bool, source: str, key: str
) -> None:
    raw = json.dumps({**fields(1), **given_fields}, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        event = parse_event(raw, source=source, routing_key=key, received_ns=NOW)
    except Exception:  # noqa: BLE001 - a dead letter is never relayed
        return
    for message in relayed(raw, source=source, key=key):
        assert told(read_back(message)) == told(event)
        assert len(message.routing_key.encode()) <= 255
