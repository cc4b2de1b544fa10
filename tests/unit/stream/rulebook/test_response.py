# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which automatic response a record asks for: none but for a Malicious file that may still be there (R18)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.rulebook.response import Proposal, propose

from .records import (
    CLEARED,
    CLOUD_IOC,
    CONTROLLERS,
    DETECTED,
    DIGEST,
    EXPLOIT,
    FAILED,
    OFFICE,
    QUARANTINED,
    RESTORED,
    UNKNOWN_TYPE,
    Record,
    Store,
    detection,
    guid,
    incident,
    settings,
)


def asked(*detections: Record, rule: str = "same_computer", **changes: Any) -> Proposal | None:
    """Return what the incident of some detections asks for."""
    return propose(incident(*detections, rule=rule), settings(**changes), Store(*detections))


def test_a_failed_quarantine_asks_for_isolation_at_once() -> None:
    one = detection(DETECTED, FAILED)
    found = propose(one, settings(), Store(one))
    assert found is not None
    assert (found.action, found.target, found.excluded) == ("isolate", guid(1), None)


def test_a_detection_without_an_outcome_yet_waits_for_its_incident() -> None:
    """A quarantine follows most detections, a second later."""
    one = detection(DETECTED)
    assert propose(one, settings(), Store(one)) is None
    found = asked(one)
    assert found is not None
    assert found.incident == "i1"


@pytest.mark.parametrize("severity", ["Low", "Medium", "High", "Critical"])
@pytest.mark.parametrize("disposition", ["Malicious", "Clean", "Unknown", None])
def test_indicators_of_any_severity_and_disposition_ask_for_nothing(severity: str, disposition: str | None) -> None:
    many = [
        detection(CLOUD_IOC, computer=number, number=number, severity=severity, disposition=disposition)
        for number in range(1, 501)
    ]
    assert asked(many[0]) is None
    assert asked(*many, rule="same_hash") is None


@pytest.mark.parametrize(
    "harmless",
    [
        detection(EXPLOIT, severity="Critical"),
        detection(DETECTED, QUARANTINED, severity="Critical"),
        detection(DETECTED, FAILED, CLEARED, severity="Critical"),
        detection(DETECTED, FAILED, severity="Low"),
        detection(DETECTED, FAILED, severity=None),
        detection(DETECTED, FAILED, disposition="Clean"),
        detection(DETECTED, FAILED, disposition="Unknown"),
        detection(DETECTED, FAILED, disposition=None),
        detection(UNKNOWN_TYPE),
    ],
    ids=["prevented", "quarantined", "cleared", "low", "no severity", "clean", "unknown", "no disposition", "new type"],
)
def test_what_may_be_harmless_asks_for_nothing(harmless: Record) -> None:
    assert propose(harmless, settings(), Store(harmless)) is None
    assert asked(harmless) is None


def test_a_file_that_was_cleared_after_the_record_was_made_asks_for_nothing() -> None:
    before, after = detection(DETECTED, FAILED), detection(DETECTED, FAILED, CLEARED)
    assert before["key"] == after["key"]
    assert propose(before, settings(), Store(after)) is None
    assert propose(incident(before), settings(), Store(after)) is None


def test_a_detection_that_the_store_does_not_have_asks_for_nothing() -> None:
    assert propose(detection(DETECTED, FAILED), settings(), Store()) is None


def test_a_restored_file_asks_for_isolation_at_once() -> None:
    one = detection(DETECTED, QUARANTINED, RESTORED)
    assert propose(one, settings(), Store(one)) is not None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"groups": [CONTROLLERS]}, f"it is in the excluded group {CONTROLLERS}"),
        ({"groups": [OFFICE, CONTROLLERS.upper()]}, f"it is in the excluded group {CONTROLLERS}"),
        ({"groups": []}, "its group is unknown"),
        ({"hostname": "DC-01"}, 'its host name matches the excluded pattern "dc-"'),
        ({"hostname": None}, "its host name is unknown"),
    ],
)
def test_an_excluded_computer_and_one_that_cannot_be_told_are_excluded(changes: dict[str, Any], reason: str) -> None:
    one = detection(DETECTED, FAILED, **changes)
    found = asked(one, exclude_groups=frozenset([CONTROLLERS]), exclude_hosts=["dc-"])
    assert found is not None
    assert found.excluded is not None
    assert found.excluded.startswith(reason)


def outbreak(computers: int, **changes: Any) -> list[Record]:
    return [detection(DETECTED, computer=one, number=one, at=one, **changes) for one in range(1, computers + 1)]


def test_a_file_on_enough_computers_asks_to_be_blocked() -> None:
    assert asked(*outbreak(2), rule="same_hash") is None
    found = asked(*outbreak(3), rule="same_hash")
    assert found is not None
    assert (found.action, found.target) == ("block_hash", DIGEST)


def test_several_detections_on_one_computer_count_once() -> None:
    one_computer = [detection(DETECTED, number=number) for number in range(1, 5)]
    assert asked(*one_computer, rule="same_hash") is None


def test_excluded_computers_do_not_count_for_a_block() -> None:
    three = [*outbreak(2), detection(DETECTED, computer=3, number=3, groups=[CONTROLLERS])]
    found = asked(*three, rule="same_hash", exclude_groups=frozenset([CONTROLLERS]))
    assert found is not None
    assert found.excluded == "only 2 of 3 computers that have it are not excluded"


def test_an_incident_of_several_computers_isolates_none_of_them() -> None:
    assert asked(*outbreak(2)) is None


@pytest.mark.parametrize(("rule", "actions"), [("same_hash", ["isolate"]), ("same_computer", ["block_hash"])])
def test_only_what_was_asked_for_is_proposed(rule: str, actions: list[Any]) -> None:
    assert asked(*outbreak(3), rule=rule, actions=frozenset(actions)) is None


def test_events_themselves_ask_for_nothing() -> None:
    assert propose({"kind": "event"}, settings(), Store()) is None


def test_the_worst_detection_is_the_evidence() -> None:
    low, high = detection(DETECTED, FAILED), detection(DETECTED, number=2, at=9, severity="High", sha256="cd" * 32)
    found = asked(low, high)
    assert found is not None
    assert found.evidence["sha256"] == "cd" * 32
    assert set(found.detections) == {low["key"], high["key"]}
