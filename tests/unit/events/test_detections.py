# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events into detections and their outcome (R4, R5)."""

from __future__ import annotations

import json
from itertools import combinations, permutations
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.judgement import (
    OUTCOMES,
    SEVERITIES,
    URGENT_BELOW,
    highest_severity,
    needs_person,
    rank_of,
)
from hypothesis import given
from hypothesis import strategies as st

from .making import DETECTED, FAILED, QUARANTINED, RECEIVED, RESTORED, event, fields, guid, sha

RECALLED = 553648147
RECALL_QUARANTINED = 553648155
RECALL_FAILED = 2164260893


def records(*events: Event) -> list[dict[str, Any]]:
    return [detection.record() for detection in correlate(events)]


def record(*events: Event) -> dict[str, Any]:
    (only,) = records(*events)
    return only


def test_the_guides_pair_is_one_quarantined_detection() -> None:
    """Both events bear the same time, the quarantine came first and knows nothing but the hash."""
    common: dict[str, Any] = {"at": "2020-06-25T10:05:52+00:00", "timestamp_nanoseconds": 619000000}
    common["detection_id"] = "6533241145273614338"
    quarantined = event(6533241145273614340, QUARANTINED, **common)
    detected = event(6533241145273614339, DETECTED, **common, detection="W32.Overdrive.RET")

    assert record(quarantined, detected) == {
        "key": f"soc/{guid('alpha')}/6533241145273614338",
        "source": "soc",
        "connector_guid": guid("alpha"),
        "hostname": "alpha",
        "detection_id": "6533241145273614338",
        "class": "detection",
        "name": "W32.Overdrive.RET",
        "event_types": [
            {"id": DETECTED, "name": "Threat Detected"},
            {"id": QUARANTINED, "name": "Threat Quarantined"},
        ],
        "unknown_type": False,
        "sha256": sha("f1"),
        "archived_sha256": None,
        "disposition": None,
        "file_name": None,
        "file_path": None,
        "parent": None,
        "user": None,
        "command_line": None,
        "network": None,
        "error": None,
        "tactics": [],
        "techniques": [],
        "cves": [],
        "computer": {"hostname": "alpha", "ips": [], "group_guids": []},
        "time": "2020-06-25T10:05:52.619000000Z",
        "last_time": "2020-06-25T10:05:52.619000000Z",
        "outcome": "quarantined",
        "still_dangerous": False,
        "needs_person": False,
        "attempts": {"ok": 1, "failed": 0},
        "evidence": {
            "event_id": "6533241145273614340",
            "event_type_id": QUARANTINED,
            "event_type": "Threat Quarantined",
            "time": "2020-06-25T10:05:52.619000000Z",
        },
        "severity": "Medium",
        "event_ids": ["6533241145273614339", "6533241145273614340"],
        "pivot_urls": {},
    }


LIFE = [
    event(1, DETECTED, at=0, detection="W32.Test", severity="Low"),
    event(2, FAILED, at=1),
    event(3, QUARANTINED, at=1, severity="High"),
    event(4, RESTORED, at=50, file=None),
    event(5, RECALLED, at=90, computer=None, connector_guid=guid("alpha")),
    event(6, RECALL_FAILED, at=91, detection_id="d1"),
    event(7, RECALL_QUARANTINED, at=95),
]
MEANING = {1: "detected", 2: "quarantine_failed", 3: "quarantined", 4: "restored", 6: "quarantine_failed"} | {
    7: "quarantined"
}


@pytest.mark.parametrize("size", range(1, len(LIFE) + 1))
def test_the_last_decisive_event_wins_in_every_permutation_of_every_subset(size: int) -> None:
    for subset in combinations(LIFE, size):
        decisive = [MEANING[found.id] for found in subset if found.id in MEANING and found.id != 1]
        expected = decisive[-1] if decisive else "detected"
        first = record(*subset)

        assert first["outcome"] == expected
        assert first["still_dangerous"] == (expected != "quarantined")
        assert first["attempts"] == {
            "ok": sum(e.id in (3, 7) for e in subset),
            "failed": sum(e.id in (2, 6) for e in subset),
        }
        assert all(record(*order) == first for order in permutations(subset))


def test_of_equal_times_the_higher_id_is_the_later() -> None:
    assert record(event(9, QUARANTINED), event(8, FAILED))["outcome"] == "quarantined"
    assert record(event(9, FAILED), event(8, QUARANTINED))["outcome"] == "quarantine_failed"


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ((event(9, QUARANTINED), event(None, FAILED)), "quarantine_failed"),
        ((event(9, FAILED), event(None, QUARANTINED)), "quarantine_failed"),
        ((event(9, QUARANTINED), event(None, RESTORED)), "restored"),
        ((event(None, QUARANTINED), event(None, FAILED)), "quarantine_failed"),
        ((event(9, RESTORED), event(10, QUARANTINED), event(None, FAILED)), "quarantine_failed"),
        ((event(9, QUARANTINED, at=1), event(None, FAILED, at=0)), "quarantined"),
        ((event(9, FAILED, at=0), event(None, QUARANTINED, at=1)), "quarantined"),
    ],
)
def test_where_order_cannot_be_known_the_worse_outcome_wins(events: tuple[Event, ...], outcome: str) -> None:
    for order in permutations(events):
        assert record(*order)["outcome"] == outcome


def test_requests_and_failed_restores_decide_nothing() -> None:
    events = [event(1, DETECTED), event(2, QUARANTINED, at=1)]
    noise = [event(10 + n, type_id, at=5) for n, type_id in enumerate([570425394, 2164260884, 2164260892, 553648150])]

    assert record(*events, *noise) == record(*events)


def test_a_detection_may_be_known_from_its_outcome_alone() -> None:
    lone = record(event(5, FAILED))

    assert (lone["outcome"], lone["event_ids"]) == ("quarantine_failed", ["5"])


def test_one_detection_id_on_two_connectors_or_in_two_sources_is_two_detections() -> None:
    found = records(
        event(1, computer="alpha"), event(2, QUARANTINED, computer="bravo"), event(1, computer="alpha", source="lab")
    )

    assert [(item["source"], item["hostname"], item["outcome"]) for item in found] == [
        ("lab", "alpha", "detected"),
        ("soc", "alpha", "detected"),
        ("soc", "bravo", "quarantined"),
    ]


def test_a_detection_event_without_detection_id_is_a_detection_of_its_own() -> None:
    found = records(event(1, 1107296272, detection_id=None), event(2, 1107296272, detection_id=None))

    assert [item["event_ids"] for item in found] == [["1"], ["2"]]
    assert all(item["detection_id"] is None for item in found)


def test_an_outcome_without_detection_id_belongs_to_nothing() -> None:
    assert records(event(1, QUARANTINED, detection_id=None), event(2, 553648130), event(3, 570425394)) == []


def test_the_digest_stands_for_the_id_of_an_event_that_has_none() -> None:
    threat_hunting = event(None, 1107296344, detection_id=None, file=None)

    assert record(threat_hunting)["event_ids"] == [threat_hunting.key]
    assert str(threat_hunting.key).startswith("sha256:")


def test_keys_cannot_be_forged_by_a_slash_inside_a_part() -> None:
    found = records(
        event(1, source="a", computer=None, connector_guid="b", detection_id="c/d"),
        event(2, source="a", computer=None, connector_guid="b/c", detection_id="d"),
        event(3, source="a/b", computer=None, connector_guid="c", detection_id="d"),
        event(4, source="a", computer=None, connector_guid="b%2Fc", detection_id="d"),
        event(5, source="a", computer=None, connector_guid="b", detection_id="/7"),
        event(7, source="a", computer=None, connector_guid="b", detection_id=None),
    )

    assert len({item["key"] for item in found}) == 6


def test_severity_is_the_highest_and_unknown_words_do_not_count() -> None:
    assert record(event(1, severity="High"), event(2, severity="Low"))["severity"] == "High"
    assert record(event(1, severity=None), event(2, severity="Apocalyptic"))["severity"] is None
    assert highest_severity(["Low", None, "Critical", "High"]) == "Critical"


def test_names_and_hash_come_from_the_earliest_event_that_has_them() -> None:
    early: dict[str, Any] = {
        "at": 0,
        "file": None,
        "detection": None,
        "computer": None,
        "connector_guid": guid("alpha"),
    }
    latest: dict[str, Any] = {"at": 9, "file": "f3", "detection": "W32.Latest"}
    latest["computer"] = None
    renamed = {"connector_guid": guid("alpha"), "hostname": "renamed"}

    for order in permutations(range(3)):
        made = [
            event(1, **early),
            event(2, at=5, file="f2", detection="W32.Later"),
            event_from_object(
                fields(3, **latest, connector_guid=guid("alpha")) | {"computer": renamed},
                source="soc",
                received_ns=RECEIVED,
            ),
        ]
        found = record(*(made[place] for place in order))
        assert (found["hostname"], found["name"], found["sha256"]) == ("alpha", "W32.Later", sha("f2"))
        assert found["time"] == "2019-09-19T18:00:00.000000000Z"


RICH: dict[str, Any] = {"detection": "W32.A", "command_line": "a.exe", "error": {"error_code": 1}}
TOLD = (
    {"computer": "alpha", "tactics": ["TA0002"], "file": None, **RICH},
    {"computer": "alpha", "tactics": ["TA0001", "TA0003"], "file": None, "detection": "W32.B"},
    {"computer": "alpha", "file": None, "error": {"error_code": 3}, "command_line": "c.exe"},
)


@pytest.mark.parametrize("told", [*permutations(TOLD, 2)])
def test_of_two_events_the_earlier_tells_and_the_later_may_correct(told: tuple[dict[str, Any], ...]) -> None:
    """Whichever of them says more, and whichever is received first."""
    first, second = told
    name, line = (first.get(key) or second.get(key) for key in ("detection", "command_line"))
    error = (second.get("error") or first.get("error") or {}).get("error_code")
    tactics = sorted({*first.get("tactics", ()), *second.get("tactics", ())})
    for order in permutations((0, 1)):
        found = record(*(event(number + 1, at=number, **told[number]) for number in order))

        assert (found["name"], found["command_line"], found["tactics"]) == (name, line, tactics)
        assert (found["error"] or {}).get("code") == error


@pytest.mark.parametrize("told", [*permutations(TOLD)])
def test_a_third_event_finds_who_told_each_fact(told: tuple[dict[str, Any], ...]) -> None:
    for order in permutations(range(3)):
        found = record(*(event(number + 1, at=number, **told[number]) for number in order))

        assert found["name"] == next(one["detection"] for one in told if "detection" in one)
        assert found["command_line"] == next(one["command_line"] for one in told if "command_line" in one)
        assert found["error"]["code"] == [one["error"]["error_code"] for one in told if "error" in one][-1]
        assert found["tactics"] == ["TA0001", "TA0002", "TA0003"]


def test_a_record_goes_through_json_without_loss_and_its_links_come_from_outside() -> None:
    (detection,) = correlate([event(2**64 - 1)])
    made = detection.record(lambda seen: {"events": f"https://console/{seen['sha256']}"})

    assert json.loads(json.dumps(made)) == made
    assert made["event_ids"] == [str(2**64 - 1)]
    assert made["pivot_urls"] == {"events": f"https://console/{sha('f1')}"}


@given(st.lists(st.sampled_from(LIFE), max_size=14), st.randoms())
def test_neither_order_nor_repetition_changes_anything(events: list[Event], random: Any) -> None:
    once = records(*{found.id: found for found in events}.values())

    random.shuffle(events)

    assert records(*events) == once


def test_what_needs_a_person_has_the_first_ranks_and_then_severity_decides() -> None:
    severities = [*reversed(SEVERITIES), None]

    assert [rank_of(True, severity) for severity in severities] == [0, 1, 2, 3, 4]
    assert [rank_of(False, severity) for severity in severities] == [10, 11, 12, 13, 14]
    assert URGENT_BELOW == 10  # as it stands in databases


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_who_needs_a_person_is_the_table_of_the_rules(outcome: Any) -> None:
    for severity in (*SEVERITIES, None):
        for dispositions in ((None, None), ("Clean", "Unknown"), ("Malicious", None), (None, "Malicious")):
            dangerous = outcome in ("detected", "quarantine_failed", "restored")
            bad = severity in ("High", "Critical") or "Malicious" in dispositions
            expected = dangerous or (outcome == "indicated" and bad)
            assert needs_person(outcome, severity, *dispositions) == expected
