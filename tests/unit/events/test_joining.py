# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which detection an event belongs to, by example (R4): the keys stand in stores and in records."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate, detection_key

from .making import QUARANTINED, event, guid

HUNTING = 1107296344
OTHER = 553648130
ALPHA = guid("alpha")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({}, f"soc/{ALPHA}/d1"),
        ({"type_id": QUARANTINED}, f"soc/{ALPHA}/d1"),
        ({"computer": None}, "soc//d1"),
        ({"source": "a/b%"}, f"a%2Fb%25/{ALPHA}/d1"),
        ({"detection_id": "1/2"}, f"soc/{ALPHA}/1%2F2"),
        ({"detection_id": "1%2"}, f"soc/{ALPHA}/1%252"),
        ({"type_id": OTHER}, None),
        ({"type_id": QUARANTINED, "detection_id": None}, None),
    ],
)
def test_a_detection_is_of_a_source_a_connector_and_an_id(options: dict[str, Any], key: str | None) -> None:
    assert detection_key(event(1, **options)) == key


@pytest.mark.parametrize("type_id", [1090519054, 1090519103, 1107296272])  # detection, prevented, indicator
def test_an_event_without_a_detection_id_is_a_detection_of_its_own(type_id: int) -> None:
    found = event(1, type_id, detection_id=None)

    assert detection_key(found) == f"soc/{ALPHA}//{found.key}"


def test_the_updates_of_a_hunting_incident_are_one_detection() -> None:
    hunting = {"threat_hunting": {"incident_report_guid": "A/b"}, "detection_id": None}
    first, update = (event(None, HUNTING, at=at, **hunting) for at in (0, 1))

    assert detection_key(first) == detection_key(update) == f"soc/{ALPHA}//hunting:a%2Fb"
    assert [len(found.entries) for found in correlate([first, update])] == [2]


def test_detections_come_in_their_order_and_an_event_counts_once() -> None:
    late, early, other = event(1, at=9), event(2, at=3, detection_id="d2"), event(3, OTHER)
    elsewhere = event(1, at=9, source="lab")
    found = correlate([late, other, early, late, elsewhere, event(4, QUARANTINED, at=10)])

    assert [(one.source, one.detection_id, one.event_ids) for one in found] == [
        *(("soc", "d2", ["2"]), ("lab", "d1", ["1"]), ("soc", "d1", ["1", "4"])),
    ]
