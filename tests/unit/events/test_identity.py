# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity of an event, by example: stores of users are full of these keys, so they stay for ever (R1)."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.identity import (
    event_source,
    id_of,
    identity_of,
)

FIELDS = {"b": 1, "a": "é"}
CANONICAL = "sha256:6d9eb45284090145dc16661b06abe01185a16a7dabba07c992a131bffa6b8114"


@pytest.mark.parametrize(
    ("parts", "identity"),
    [
        ((7, 1090519054, 1568916000000000001, "d1"), ("7-a89342efc10bf851", 7, -6299617856257787823)),
        ((2**63, None, "''", None), ("9223372036854775808-9ff27e4191f8ba0e", str(2**63), -6921330857228060146)),
        ((2**63 - 1, 5, 0, "d"), ("9223372036854775807-3c3cd85d04bd6380", 2**63 - 1, 4340582034901394304)),
        ((None, 5, 0, "d"), (CANONICAL, CANONICAL, 0)),
    ],
)
def test_a_key_stays_what_it_is(parts: tuple[Any, ...], identity: tuple[Any, ...]) -> None:
    assert identity_of(FIELDS, *parts) == identity
    assert identity_of(OrderedDict(sorted(FIELDS.items())), *parts) == identity


@pytest.mark.parametrize(
    ("value", "found"),
    [
        *((1, 1), (2**64 - 1, 2**64 - 1), ("1", 1), (str(2**64 - 1), 2**64 - 1), ("0" * 19 + "5", 5)),
        *((0, None), (-1, None), (2**64, None), (str(2**64), None), ("0" * 20 + "5", None), ("0", None)),
        *(("", None), (" 5", None), ("5.0", None), ("²", None), ("\u0665", None), (5.0, None)),
        *((True, None), (None, None)),
    ],
)
def test_an_id_is_a_positive_integer_of_64_bits_or_its_decimal_text(value: object, found: int | None) -> None:
    assert id_of(value) == found


@pytest.mark.parametrize(
    ("label", "routing_key", "source"),
    [
        *(("soc", "B.c.1", "soc"), ("", "Biz.c.1", "biz"), (None, "Biz.c.1", "biz"), (None, "Biz.c", "queue")),
        *((None, ".c.1", "queue"), (None, "", "queue"), (None, None, "queue"), (None, "biz", "queue")),
    ],
)
def test_a_source_is_the_label_else_the_business_else_the_queue(
    label: str | None, routing_key: str | None, source: str
) -> None:
    assert event_source(label, routing_key, "queue") == source
