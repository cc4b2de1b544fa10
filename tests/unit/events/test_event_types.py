# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of event types (R4, R5; api-contract.md sections 6 and 12)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events import event_types
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event_types import CLASS_OF, EVENT_TYPES


def test_the_decisive_types_are_exactly_those_of_r5() -> None:
    decisive = {
        event_class: {type_id for type_id, found in CLASS_OF.items() if found == event_class}
        for event_class in ("quarantined", "quarantine_failed", "restored")
    }

    assert decisive == {
        "quarantined": {553648143, 553648155, 553648152},
        "quarantine_failed": {2164260880, 2164260893},
        "restored": {553648149, 553648154, 553648146},
    }


@pytest.mark.parametrize("type_id", [1090519054, 553648147, 553648222, 1107296272, 1107296274, 1107296344])
def test_what_the_guide_and_the_contract_call_detections_are_detections(type_id: int) -> None:
    assert CLASS_OF[type_id] == "detection"


@pytest.mark.parametrize(
    "type_id",
    [553648130, 570425394, 1090519096, 1090519107, 1091567628, 2164260884, 2164260892, 2164260889, 553648202, 1003],
)
def test_requests_scans_faults_and_the_connectors_own_life_are_other(type_id: int) -> None:
    assert CLASS_OF[type_id] == "other"


def test_every_known_type_is_listed_once_under_its_own_id() -> None:
    assert len(EVENT_TYPES) == 111
    assert len(EVENT_TYPES) == sum(len(names) for _event_class, names in event_types._TABLE)
    assert all(type_id == event_type.id for type_id, event_type in EVENT_TYPES.items())
    assert len({event_type.name for event_type in EVENT_TYPES.values()}) == 111


def test_an_unknown_type_is_named_by_its_id() -> None:
    assert event_types.name_of(1090519054) == "Threat Detected"
    assert event_types.name_of(42) == "42"
