# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of event types (R4, R5; api-contract.md sections 6 and 12)."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events import event_types
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event_types import CLASS_OF, EVENT_TYPES

BY_CLASS = {
    "quarantined": {553648143, 553648155, 553648152},
    "quarantine_failed": {2164260880, 2164260893, 2181038130},
    "restored": {553648149},
    "cleared": {553648146, 553648154},
    "prevented": {553648168, 553648199, 1090519103, 1090519112},
}


def test_the_table_is_the_one_that_was_reviewed() -> None:
    lines = Path(__file__).with_name("event_types.txt").read_text(encoding="utf-8").splitlines()

    known = [f"{one.id} {one.event_class} {one.name}" for one in sorted(EVENT_TYPES.values())]

    assert [line for line in lines if not line.startswith("#")] == known


@pytest.mark.parametrize("event_class", BY_CLASS)
def test_the_decisive_and_the_prevented_types_are_exactly_those_of_the_rules(event_class: str) -> None:
    assert {type_id for type_id, found in CLASS_OF.items() if found == event_class} == BY_CLASS[event_class]


@pytest.mark.parametrize("number", range(120))
def test_every_type_of_the_indicators_range_is_one_but_for_two(number: int) -> None:
    expected = {22: "detection", 23: "other"}.get(number, "indicator")

    assert event_types.class_of_type(0x42000000 + number) == expected
    assert event_types.class_of_type(0x42000000 - 1) is event_types.class_of_type(0x42010000) is None
    assert event_types.class_of_type(0x4200FFFF) == "indicator"


@pytest.mark.parametrize("type_id", [1090519054, 553648147, 553648222, 553648225, 1107296278, 1090519105])
def test_what_the_guide_and_the_contract_call_detections_are_detections(type_id: int) -> None:
    assert CLASS_OF[type_id] == "detection"


@pytest.mark.parametrize(
    "type_id",
    [
        *(
            553648130,
            570425394,
            1090519096,
            1090519107,
            1091567628,
            2164260884,
            2164260892,
            2164260889,
            553648202,
            1003,
        ),
        *(2001, 553648131, 553648133, 553648134, 553648160, 553648161, 553648163, 553648164, 570425395, 2164260868),
        *(2164260898, 2164260901, *event_types.PROTECTION_STOPPED),
    ],
)
def test_requests_scans_faults_and_the_connectors_own_life_are_other(type_id: int) -> None:
    assert CLASS_OF[type_id] == "other"


def test_every_known_type_is_listed_once_under_its_own_id() -> None:
    assert len(EVENT_TYPES) == sum(len(names) for _event_class, names in event_types._TABLE)
    assert all(type_id == event_type.id for type_id, event_type in EVENT_TYPES.items())
    assert len({event_type.name for event_type in EVENT_TYPES.values()}) == len(EVENT_TYPES)


def test_a_name_is_known_in_any_case_also_one_that_only_events_bear() -> None:
    assert event_types.id_of_name("threat DETECTED") == 1090519054
    assert event_types.id_of_name(" Retrospective Quarantine attempt failed") == 2164260893
    assert event_types.id_of_name("retrospective quarantine") == 553648155
    assert event_types.id_of_name("Retrospective Detection") == 553648147
    assert event_types.id_of_name("Made up") is None


def test_the_class_of_a_type_that_nobody_knows_is_not_known() -> None:
    assert event_types.class_of_type(1090519999) is None
    assert event_types.class_of_type(None) is None


def test_an_unknown_type_is_named_by_its_id() -> None:
    assert event_types.name_of(1090519054) == "Threat Detected"
    assert event_types.name_of(42) == "42"
