# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a delivery to an event: key, time, connector, class and dead letters (R1 to R4, R16)."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.body import MAX_BODY_BYTES, DeadLetter
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import (
    Event,
    event_from_object,
    parse_event,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.identity import event_source
from hypothesis import given
from hypothesis import strategies as st

RECEIVED = 1_593_079_600 * 10**9
BUSINESS = "11111111-2222-4333-8444-555555555555"
CONNECTOR = "0b4883d4-8ecf-4404-9453-13cba0ee7662"


def parsed(body: bytes | dict[str, Any], **options: Any) -> Event:
    if isinstance(body, dict):
        body = json.dumps(body).encode()
    return parse_event(body, source="soc", received_ns=RECEIVED, **options)


# R1: the key


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (1, 1),
        ("1", 1),
        (6533241145273614339, 6533241145273614339),
        ("6533241145273614339", 6533241145273614339),
        (2**63 - 1, 2**63 - 1),
        (2**63, str(2**63)),
        (2**64 - 1, str(2**64 - 1)),
        (str(2**64 - 1), str(2**64 - 1)),
    ],
)
def test_an_id_is_an_integer_or_decimal_text_up_to_64_bits(raw: object, number: object) -> None:
    event = parsed({"id": raw})

    assert event.number == number
    assert type(event.number) is type(number)
    assert event.id == int(str(number))
    assert event.id_text == str(number)
    assert event.json_fields()["id"] == str(number)
    assert event.key.partition("-")[0] == str(number)


@pytest.mark.parametrize(
    "text",
    [
        *("0", "-1", "18446744073709551616", "6.5e18", "1.0", "true", "false", "null", "[1]", "{}", '""', '"1e3"'),
        *('"-5"', '" 5"', '"5 "', '"+5"', '"0"', '"18446744073709551616"', '"\\u0663"', '"1_000"', '"0x10"'),
        '"000000000000000000001"',  # 21 digits
    ],
)
def test_what_is_no_id_gives_the_digest_of_the_canonical_json(text: str) -> None:
    body = b'{"id": %s , "event_type_id": 1090519054}' % text.encode()
    canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()

    event = parsed(body)

    assert event.id is None
    assert event.number == event.key == "sha256:" + hashlib.sha256(canonical).hexdigest()
    assert event.digest == 0


def test_the_order_of_names_does_not_change_the_key_of_an_event_without_id() -> None:
    one = event_from_object({"a": 1, "b": 2}, source="soc", received_ns=RECEIVED)
    two = event_from_object({"b": 2, "a": 1}, source="soc", received_ns=RECEIVED)

    assert one.key == two.key != event_from_object({"a": 1}, source="soc", received_ns=RECEIVED).key


KEYED = {
    "id": 7,
    "event_type_id": 1090519054,
    "timestamp": 1_600_000_000,
    "timestamp_nanoseconds": 5,
    "detection_id": "9",
}


@pytest.mark.parametrize(
    "change",
    [
        {"id": 8},
        {"event_type_id": 553648143},
        {"event_type_id": None},
        {"timestamp": 1_600_000_001},
        {"timestamp_nanoseconds": 6},
        {"detection_id": "8"},
        {"detection_id": None},
        {"timestamp": None, "date": "2020-09-13T12:26:40+00:00"},
        {"timestamp": None, "date": "2020-09-13T12:26:41+00:00"},
        {"timestamp": None},
    ],
)
def test_each_part_of_an_identity_makes_another_key(change: dict[str, Any]) -> None:
    one, other = parsed(KEYED), parsed(KEYED | change)

    assert one.key != other.key
    assert (one.number, one.digest) != (other.number, other.digest)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "7"},
        {"detection_id": 9},
        {"date": "2020-09-13T12:26:40+00:00"},
        {"severity": "High"},
        {"computer": {"hostname": "alpha"}},
        {"event_type_id": "1090519054"},
    ],
)
def test_nothing_else_does(change: dict[str, Any]) -> None:
    one, other = parsed(KEYED), parsed(KEYED | change)

    assert (one.key, one.number, one.digest) == (other.key, other.number, other.digest)


@pytest.mark.parametrize("when", [{"timestamp": None}, {"timestamp": 4_000_000_000}, {"timestamp": -1}, {"date": 5}])
def test_an_undated_or_misdated_event_that_comes_again_later_is_the_same_event(when: dict[str, Any]) -> None:
    first, again = (
        event_from_object(KEYED | when, source="soc", received_ns=RECEIVED + seconds * 10**9) for seconds in (0, 3600)
    )

    assert first.key == again.key
    assert first.digest == again.digest


def test_no_part_of_an_identity_looks_like_another_one() -> None:
    one = parsed({"id": 7, "date": "a'/b", "detection_id": "c"})
    other = parsed({"id": 7, "date": "a", "detection_id": "b'/c"})

    assert one.key != other.key


@pytest.mark.parametrize(
    ("label", "routing_key", "source"),
    [
        ("emea", f"{BUSINESS}.{CONNECTOR}.1090519054", "emea"),
        (None, f"{BUSINESS}.{CONNECTOR}.1090519054", BUSINESS),
        (None, f"{BUSINESS.upper()}.{CONNECTOR}.1090519054", BUSINESS),
        (None, "", "mq.example/event_stream_1"),
        (None, None, "mq.example/event_stream_1"),
        (None, "event_stream_1", "mq.example/event_stream_1"),
        (None, ".x.y", "mq.example/event_stream_1"),
    ],
)
def test_the_source_is_the_label_else_the_business_else_the_queue(
    label: str | None, routing_key: str | None, source: str
) -> None:
    assert event_source(label, routing_key, "mq.example/event_stream_1") == source


def test_of_a_repeated_name_the_last_value_counts() -> None:
    assert parsed(b'{"id": 1, "id": 2}').id == 2


# R2: the time


@pytest.mark.parametrize(
    ("fields", "time", "time_source"),
    [
        ({"timestamp": 1593079552, "timestamp_nanoseconds": 619000000}, 1593079552_619000000, "timestamp"),
        ({"timestamp": 1593079552}, 1593079552_000000000, "timestamp"),
        ({"timestamp": 1593079552, "timestamp_nanoseconds": 10**9}, 1593079552_000000000, "timestamp"),
        ({"timestamp": 1593079552, "timestamp_nanoseconds": True}, 1593079552_000000000, "timestamp"),
        ({"timestamp": 1593079552, "timestamp_nanoseconds": -1}, 1593079552_000000000, "timestamp"),
        ({"date": "2020-06-25T10:05:52+00:00"}, 1593079552_000000000, "date"),
        ({"date": "2020-06-25T10:05:52Z"}, 1593079552_000000000, "date"),
        ({"date": "2020-06-25T12:05:52+02:00"}, 1593079552_000000000, "date"),
        ({"date": "2020-06-25T10:05:52"}, 1593079552_000000000, "date"),
        ({"timestamp": 1593079552.5, "date": "2020-06-25T10:05:53Z"}, 1593079553_000000000, "date"),
        ({"timestamp": True, "date": "2020-06-25T10:05:53Z"}, 1593079553_000000000, "date"),
        ({"timestamp": "soon", "date": "yesterday"}, RECEIVED, "receipt"),
        ({"timestamp": 0, "date": "2020-06-25T10:05:53Z"}, 1593079553_000000000, "date"),
        ({"timestamp": -1, "date": "2020-06-25T10:05:53Z"}, 1593079553_000000000, "date"),
        ({"timestamp": 1}, 1_000000000, "timestamp"),
        ({"timestamp": 1593079552, "timestamp_nanoseconds": 10**9 + 1}, 1593079552_000000000, "timestamp"),
        ({"timestamp": 0}, RECEIVED, "receipt"),
        ({"timestamp": -5}, RECEIVED, "receipt"),
        ({"date": "1969-12-31T00:00:00Z"}, RECEIVED, "receipt"),
        ({"date": "2" * 5000}, RECEIVED, "receipt"),
        ({}, RECEIVED, "receipt"),
        ({"timestamp": 1593079900}, RECEIVED + 300 * 10**9, "timestamp"),
        ({"timestamp": 1593079900, "timestamp_nanoseconds": 1}, RECEIVED, "future"),
        ({"date": "2099-01-01T00:00:00Z"}, RECEIVED, "future"),
        ({"timestamp": 10**30}, RECEIVED, "future"),
    ],
)
def test_time_is_the_events_own_unless_it_has_none_or_lies_in_the_future(
    fields: dict[str, Any], time: int, time_source: str
) -> None:
    event = parsed(fields)

    assert (event.time, event.time_source) == (time, time_source)


@pytest.mark.parametrize(
    ("fields", "routing_key", "connector"),
    [
        ({"connector_guid": CONNECTOR, "computer": {"connector_guid": "x"}}, "a.b.c", CONNECTOR),
        ({"connector_guid": CONNECTOR.upper()}, None, CONNECTOR),
        ({"computer": {"connector_guid": CONNECTOR.upper()}}, "a.b.c", CONNECTOR),
        ({"connector_guid": "", "computer": {"connector_guid": CONNECTOR}}, "a.b.c", CONNECTOR),
        ({"connector_guid": 5, "computer": []}, f"{BUSINESS}.{CONNECTOR.upper()}.1", CONNECTOR),
        ({"connector_guid": None}, "just-a-queue", None),
        ({}, f"a.{CONNECTOR}", None),
        ({}, f"a.{CONNECTOR}.b.c", CONNECTOR),
        ({}, "a..c", None),
        ({}, None, None),
    ],
)
def test_the_connector_is_looked_for_in_three_places(
    fields: dict[str, Any], routing_key: str | None, connector: str | None
) -> None:
    assert parsed(fields, routing_key=routing_key).connector_guid == connector


def test_a_nanosecond_after_1970_is_a_time() -> None:
    dated = {"date": "1970-01-01T00:00:00.000000001Z"}
    past, future = (event_from_object(dated, source="soc", received_ns=now) for now in (RECEIVED, -(10**12)))

    assert (past.time, past.time_source) == (1, "date")
    assert (future.time, future.time_source) == (-(10**12), "future")


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"event_type_id": 1090519054, "id": 7}, (7, "", 1090519054, "")),
        ({"event_type_id": 553648168, "id": 7}, (7, "", 553648168, "")),
        ({"event_type_id": 553648168, "id": 7, "action": "audit"}, (7, "", 553648168, "detection")),
        ({"event_type_id": 1107296300, "id": 7}, (7, "", 1107296300, "")),
        ({"event_type_id": 4, "id": 7, "detection_id": "d1"}, (7, "", 4, "")),
        ({"id": 7, "detection_id": "d1"}, (7, "", 0, "")),
    ],
)
def test_a_detection_keeps_time_id_type_and_a_class_that_the_type_does_not_tell(
    fields: dict[str, Any], kept: tuple[Any, ...]
) -> None:
    assert parsed({"timestamp": 5, **fields}).entry == (5 * 10**9, *kept)


def test_a_detection_keeps_the_key_of_an_event_without_an_id() -> None:
    event = parsed({"timestamp": 5, "detection_id": "d1"})

    assert event.entry == (5 * 10**9, 0, event.key, 0, "")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "0 unknown"),
        ({"event_type": "Seen"}, "0 Seen"),
        ({"event_type_id": 4}, "4 4"),
        ({"event_type_id": 1}, "1 1"),
    ],
)
def test_a_type_that_is_not_in_the_table_is_called_as_the_event_says(fields: dict[str, Any], told: str) -> None:
    assert parsed({"detection_id": "d1", **fields}).facts["type_names"] == [told]


@pytest.mark.parametrize(
    ("raw", "detection_id"),
    [
        ("6533241145273614338", "6533241145273614338"),
        (6533241145273614338, "6533241145273614338"),
        ("", None),
        (None, None),
        (True, None),
        (6.5, None),
        ([1], None),
    ],
)
def test_a_detection_id_is_text_or_an_integer(raw: object, detection_id: str | None) -> None:
    assert parsed({"detection_id": raw}).detection_id == detection_id


# R4: the class


@pytest.mark.parametrize(
    ("raw", "event_class"),
    [
        (1090519054, "detection"),
        ("1090519054", "detection"),
        (553648143, "quarantined"),
        (2164260880, "quarantine_failed"),
        (553648146, "cleared"),
        (553648130, "other"),
        (7, "other"),
        (1090519054.0, "other"),
        (True, "other"),
        (None, "other"),
        ("Threat Detected", "other"),
        ([1090519054], "other"),
    ],
)
def test_the_class_goes_by_the_id_of_the_type_and_never_by_its_text(raw: object, event_class: str) -> None:
    event = parsed({"event_type_id": raw, "event_type": "Threat Detected"})

    assert event.event_class == event_class
    assert event.is_unknown == (event.event_type_id in (None, 7))


@pytest.mark.parametrize(
    ("type_id", "hunting", "hunting_id"),
    [
        (1107296344, {"incident_report_guid": "6C3C", "incident_id": 42}, "6c3c"),
        (1107296344, {"incident_id": 42}, "42"),
        (1107296344, {"incident_id": "A7"}, "a7"),
        (1107296344, {"incident_id": 4.2}, None),
        (1090519054, {"incident_id": 42}, None),
    ],
)
def test_what_updates_of_a_hunting_incident_have_in_common(
    type_id: int, hunting: dict[str, Any], hunting_id: str | None
) -> None:
    assert parsed({"event_type_id": type_id, "threat_hunting": hunting}).hunting_id == hunting_id


# What is read only when asked for


def test_the_rest_of_an_event_is_read_on_demand() -> None:
    digest = "AB" * 32
    event = parsed(
        {
            "detection": "W32.Test",
            "severity": "High",
            "group_guids": ["g1", 5, "g2"],
            "computer": {"hostname": "alpha"},
            "file": {
                "identity": {"sha256": digest},
                "parent": {"identity": {"sha256": "cd" * 32}},
                "archived_file": {"identity": {"sha256": "ef" * 32}},
            },
        }
    )

    assert (event.hostname, event.severity) == ("alpha", "High")
    assert event.sha256 == digest.lower()
    assert event.group_guids == ["g1", "g2"]


@pytest.mark.parametrize("file", [None, [], {}, {"identity": None}, {"identity": {"sha256": 5}}])
def test_a_parents_or_an_archives_hash_is_never_the_files(file: Any) -> None:
    if isinstance(file, dict):
        file = {
            **file,
            "parent": {"identity": {"sha256": "cd" * 32}},
            "archived_file": {"identity": {"sha256": "a" * 64}},
        }

    assert parsed({"file": file}).sha256 is None


@pytest.mark.parametrize("digest", ["", "ab", "g" * 64, "a" * 65, "a" * 63 + "\n", "a" * 64 + "\n"])
def test_what_is_no_sha256_is_none(digest: str) -> None:
    assert parsed({"file": {"identity": {"sha256": digest}}}).sha256 is None


def test_lone_surrogates_become_storable_text() -> None:
    body = b'{"computer": {"hostname": "a\\ud800"}, "detection_id": "\\udfff", "connector_guid": "\\ud800"}'

    event = parsed(body)

    for text in (event.hostname, event.detection_id, event.connector_guid):
        assert text
        text.encode("utf-8")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
known_names = st.sampled_from(
    [
        *("id", "timestamp", "timestamp_nanoseconds", "date", "event_type_id", "detection_id", "detection"),
        *("severity", "connector_guid", "group_guids", "computer", "file", "hostname", "identity", "sha256"),
    ]
)


@given(st.dictionaries(known_names, json_values | st.dictionaries(known_names, json_values)))
def test_no_object_whatsoever_is_more_than_an_event_can_take(fields: dict[str, Any]) -> None:
    event = event_from_object(fields, source="soc", received_ns=RECEIVED)

    assert 0 < event.time <= RECEIVED + 300 * 10**9
    assert event.hostname is None or event.hostname.encode()
    assert event.sha256 is None or len(event.sha256) == 64
    assert isinstance(event.group_guids, list)


# R16: dead letters


def nested(levels: int) -> bytes:
    return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


def test_64_levels_are_an_event_and_one_more_is_a_dead_letter() -> None:
    parsed(nested(64))
    with pytest.raises(DeadLetter, match="deeper than 64"):
        parsed(nested(65))


def test_many_brackets_side_by_side_are_not_depth() -> None:
    parsed(b'{"a": [' + b",".join([b'[{"b": "[["}]'] * 5000) + b"]}")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff{}", "not UTF-8 (at byte 0)"),
        ('{"a": "\u00e4"}'.encode("latin-1"), "not UTF-8 (at byte 7)"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8 (at byte 0)"),
        ('{"a": 1}'.encode("utf-16-le")[:-1], "not JSON"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"", "not JSON"),
        (b"<html>502</html>", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b"[]", "not an object"),
        (b'"text"', "not an object"),
        (b"null", "not an object"),
        (b"5", "not an object"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": [Infinity]}', "Infinity"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "beyond the range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 1_000_000, "deeper than 64"),
        (b'{"a":' * 500_000, "deeper than 64"),
        (b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}', "larger than 4 MiB"),
    ],
    ids=lambda value: value[:24] if isinstance(value, bytes) else value,
)
def test_what_is_no_event_says_why_and_quotes_nothing(body: bytes, reason: str) -> None:
    with pytest.raises(DeadLetter) as caught:
        parsed(body)

    assert reason in caught.value.reason
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_body_of_exactly_4_mib_is_an_event() -> None:
    shell = b'{"id": 7, "a": ""}'
    body = shell.replace(b'""', b'"' + b"x" * (MAX_BODY_BYTES - len(shell)) + b'"')

    assert len(body) == MAX_BODY_BYTES
    assert parsed(body).id == 7


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_a_dead_letter(body: bytes) -> None:
    with contextlib.suppress(DeadLetter):
        assert parsed(body).key
