# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections into incidents, batch form (R6, R7)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    RULES,
    Incident,
    Rule,
    group_incidents,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from hypothesis import given
from hypothesis import strategies as st

from .making import DETECTED, FAILED, QUARANTINED, RESTORED, SECOND, START, event, guid, sha

FIVE_MINUTES = 300


def records(rule: Rule, *events: Event, window: int = FIVE_MINUTES) -> list[dict[str, Any]]:
    return [incident.record() for incident in group_incidents(correlate(events), rule, window)]


# The guide's three examples ("Grouping Events"): five detections at these times are one incident, a sixth is another.
TIMES = ["18:00:00", "18:00:23", "18:02:47", "18:03:51", "18:04:44", "18:09:13"]


def guide(computers: list[str], files: list[str | None], **more: Any) -> list[Event]:
    return [
        event(n, at=f"2019-09-19T{time}+00:00", computer=computer, file=file, detection_id=f"d{n}", **more)
        for n, (time, computer, file) in enumerate(zip(TIMES, computers, files, strict=True), start=1)
    ]


def members(found: list[dict[str, Any]]) -> list[list[str]]:
    return sorted((sorted(item["event_ids"]) for item in found), key=lambda ids: ids[0])


def test_the_guides_same_hash_on_several_computers() -> None:
    found = records("same_hash", *guide(["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"], ["f"] * 6))

    assert members(found) == [["1", "2", "3", "4", "5"], ["6"]]
    assert found[0]["computers"] == [guid(name) for name in ("alpha", "bravo", "charlie", "delta", "echo")]
    assert found[0]["hostnames"] == ["alpha", "bravo", "charlie", "delta", "echo"]
    assert found[0]["key"] == sha("f")
    assert (found[0]["first_time"], found[0]["last_time"]) == (
        "2019-09-19T18:00:00.000000000Z",
        "2019-09-19T18:04:44.000000000Z",
    )


def test_the_guides_same_hash_on_the_same_computer() -> None:
    found = records("same_hash_same_computer", *guide(["golf"] * 6, ["f"] * 6))

    assert members(found) == [["1", "2", "3", "4", "5"], ["6"]]
    assert found[0]["computers"] == [guid("golf")]


def test_the_guides_many_detections_hash_or_ip_on_the_same_computer() -> None:
    events = guide(["hotel"] * 6, ["f1", "f2", "f3", None, None, "f6"], network_info={"remote_ip": "203.0.113.7"})

    found = records("same_computer", *events)

    assert members(found) == [["1", "2", "3", "4", "5"], ["6"]]
    assert found[0]["hashes"] == [sha("f1"), sha("f2"), sha("f3")]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("nanoseconds", "incidents"), [(300 * SECOND - 1, [["1", "2"]]), (300 * SECOND, [["1"], ["2"]])]
)
def test_a_detection_at_first_plus_n_starts_a_new_incident(
    rule: Rule, nanoseconds: int, incidents: list[list[str]]
) -> None:
    second = event(2, detection_id="d2", at=nanoseconds // SECOND, timestamp_nanoseconds=nanoseconds % SECOND)

    assert members(records(rule, event(1, detection_id="d1"), second)) == incidents


def test_the_window_is_anchored_and_does_not_slide() -> None:
    events = [event(n, at=200 * n, detection_id=f"d{n}") for n in range(1, 6)]

    assert members(records("same_hash", *events)) == [["1", "2"], ["3", "4"], ["5"]]


@pytest.mark.parametrize("rule", RULES)
def test_incidents_never_cross_sources(rule: Rule) -> None:
    found = records(rule, event(1, source="emea"), event(2, source="apjc"))

    assert sorted(item["source"] for item in found) == ["apjc", "emea"]
    assert len({item["id"] for item in found}) == 2


def test_without_a_hash_only_same_computer_applies() -> None:
    parents_only = {"parent": {"identity": {"sha256": sha("p")}}, "archived_file": {"identity": {"sha256": sha("a")}}}
    lone = event(1, file=None)
    with_parent = event(2, detection_id="d2", file=None)
    with_parent.fields["file"] = parents_only  # type: ignore[index]

    assert members(records("same_computer", lone, with_parent)) == [["1", "2"]]
    assert records("same_hash", lone, with_parent) == []
    assert records("same_hash_same_computer", lone, with_parent) == []


def test_without_a_connector_only_same_hash_applies() -> None:
    nowhere = [event(1, computer=None), event(2, computer=None, detection_id="d2")]

    assert members(records("same_hash", *nowhere)) == [["1", "2"]]
    assert records("same_computer", *nowhere) == []
    assert records("same_hash_same_computer", *nowhere) == []


def test_a_hash_is_the_same_in_upper_and_lower_case() -> None:
    upper = event(2, detection_id="d2", computer="bravo")
    upper.fields["file"]["identity"]["sha256"] = sha("f1").upper()

    assert members(records("same_hash", event(1), upper)) == [["1", "2"]]


def test_a_detection_is_placed_once_at_its_earliest_event() -> None:
    """Its recall a week later neither moves it nor opens anything, but tells the incident's outcome."""
    week = 7 * 86400
    events = [event(1, at=10), event(3, 553648147, at=week), event(4, 553648155, at=week + 1)]

    (found,) = records("same_hash", *events)

    assert (found["first_time"], found["last_time"]) == ("2019-09-19T18:00:10.000000000Z",) * 2
    assert (found["outcome"], found["still_dangerous"]) == ("quarantined", False)


def test_the_hash_rules_know_a_detection_from_the_event_that_tells_its_hash() -> None:
    events = [event(1, at=0, file=None), event(2, QUARANTINED, at=40), event(3, at=320, detection_id="d2")]

    (by_hash,) = records("same_hash", *events)

    assert by_hash["first_time"] == "2019-09-19T18:00:40.000000000Z"
    assert members(records("same_computer", *events)) == [["1", "2"], ["3"]]


def test_what_is_still_dangerous_stands_first() -> None:
    quiet = [event(1, at=0, file="a"), event(2, QUARANTINED, at=1, file="a")]
    burning = [
        event(3, at=5, computer="alpha", file="b", detection_id="d3"),
        event(4, QUARANTINED, at=6, computer="alpha", file="b", detection_id="d3"),
        event(5, at=7, computer="bravo", file="b", detection_id="d5", severity="Critical"),
        event(6, FAILED, at=8, computer="bravo", file="b", detection_id="d5"),
    ]

    found = records("same_hash", *quiet, *burning)

    assert [item["still_dangerous"] for item in found] == [True, False]
    assert found[0]["hostnames"] == ["bravo", "alpha"]
    assert found[0]["event_ids"] == ["5", "6", "3", "4"]
    assert (found[0]["outcome"], found[0]["severity"]) == ("quarantine_failed", "Critical")
    assert [key.rsplit("/", 1)[1] for key in found[0]["detections"]] == ["d5", "d3"]


def test_outcome_and_severity_are_the_worst_of_all_whoever_stands_first() -> None:
    events = [
        event(1, FAILED, at=8, severity="Low"),
        event(2, RESTORED, at=9, detection_id="d2", severity="Medium"),
        event(3, QUARANTINED, at=0, detection_id="d3", severity="Critical"),
    ]
    (alone,) = records("same_computer", events[2])
    (together,) = records("same_computer", *events)

    assert (alone["outcome"], alone["severity"], alone["needs_person"]) == ("quarantined", "Critical", False)
    assert (together["outcome"], together["severity"], together["needs_person"]) == ("restored", "Critical", True)
    assert together["event_ids"] == ["1", "2", "3"]


def test_each_rule_tells_the_time_by_which_it_placed_a_detection() -> None:
    events = event(1, at=0, file=None), event(2, QUARANTINED, at=5)
    (by_time,), (by_hash,) = (
        group_incidents(correlate(events), rule, FIVE_MINUTES) for rule in ("same_computer", "same_hash")
    )

    assert (by_time.first_time, by_hash.first_time) == (START * SECOND, (START + 5) * SECOND)
    assert by_time.record()["last_time"] < by_hash.record()["first_time"] == by_hash.record()["last_time"]


def test_an_incident_of_one_needs_a_person_where_its_detection_does() -> None:
    (failed,), (well,) = (group_incidents(correlate([one]), "same_computer", 1) for one in (event(1, FAILED), event(2)))

    assert failed.needs_person == failed.first.needs_person is True
    assert failed.rank < well.rank or well.needs_person


def test_detections_of_one_time_open_their_incident_in_the_order_of_their_keys() -> None:
    found = records("same_hash", *(event(n, computer="bravo", detection_id=f"d{n}") for n in (3, 1, 2)))

    assert [one["anchor"].rpartition("/")[2] for one in found] == ["d1"]


def test_a_total_beyond_1000_says_1001_and_techniques_are_listed() -> None:
    tactic = {"techniques": ["T1059"]}
    events = [event(n, computer=f"c{n}", detection_id=f"d{n}", **tactic) for n in range(1, 1004)]
    (found,) = records("same_hash", *events)

    assert (found["totals"]["computers"], found["totals"]["hashes"]) == (1001, 1)
    assert (found["techniques"], found["totals"]["techniques"]) == (["T1059"], 1)
    assert len(found["id"]) == 32


def test_a_record_is_complete_json_and_its_id_depends_on_rule_window_key_and_anchor_only() -> None:
    events = [event(1), event(2, computer="bravo", detection_id="d2", at=3)]
    (found,) = records("same_hash", *events)

    assert json.loads(json.dumps(found)) == found
    assert list(found) == [
        *("id", "revision", "state", "rule", "window_seconds", "source", "key", "anchor", "first_time", "last_time"),
        *("outcome", "still_dangerous", "needs_person", "severity", "names", "file_names", "users", "hostnames"),
        *(
            "dispositions",
            "techniques",
            "computers",
            "hashes",
            "detections",
            "event_ids",
            "totals",
            "late",
            "pivot_urls",
        ),
    ]
    assert (found["revision"], found["state"], found["late"]) == (1, "final", False)
    assert records("same_hash", events[0])[0]["id"] == found["id"]
    assert records("same_hash", *events, window=299)[0]["id"] != found["id"]
    assert records("same_hash", events[1])[0]["id"] != found["id"]
    assert records("same_computer", events[0])[0]["id"] != found["id"]


events_of_a_day = st.lists(
    st.builds(
        lambda n, type_id, at, computer, detection, file, source: event(
            n, type_id, at=at, computer=computer, detection_id=detection, file=file, source=source
        ),
        st.integers(1, 2**64 - 1),
        st.sampled_from([DETECTED, QUARANTINED, FAILED, 1107296278, 553648130]),
        st.integers(0, 40).map(lambda tens: tens * 10),
        st.sampled_from(["alpha", "bravo", None]),
        st.sampled_from(["d1", "d2", "d3", None]),
        st.sampled_from(["f1", "f2", None]),
        st.sampled_from(["soc", "lab"]),
    ),
    max_size=25,
    unique_by=lambda made: (made.source, made.key),
)


@given(events_of_a_day, st.sampled_from(RULES), st.randoms())
def test_neither_order_nor_repetition_changes_an_incident(events: list[Event], rule: Rule, random: Any) -> None:
    first = records(rule, *events, window=60)
    again = events + random.sample(events, k=len(events) // 2)
    random.shuffle(again)

    assert records(rule, *again, window=60) == first


@given(events_of_a_day, st.sampled_from(RULES))
def test_every_detection_that_a_rule_takes_is_in_exactly_one_incident_within_its_window(
    events: list[Event], rule: Rule
) -> None:
    detections = {found.key: found for found in correlate(events)}
    incidents = group_incidents(detections.values(), rule, 60)
    grouped = [member.key for incident in incidents for member in incident.members]

    takes = {
        "same_hash": lambda found: found.sha256,
        "same_computer": lambda found: found.connector_guid,
        "same_hash_same_computer": lambda found: found.sha256 and found.connector_guid,
    }[rule]
    assert sorted(grouped) == sorted(key for key, found in detections.items() if takes(found))
    for incident in incidents:
        times = [member.time if rule == "same_computer" else member.sha256_time for member in incident.members]
        assert min(t for t in times if t is not None) == incident.start
        assert max(t for t in times if t is not None) < incident.start + 60 * SECOND
        assert {member.source for member in incident.members} == {incident.source}


def test_a_stored_incident_is_final_once_the_watermark_has_come_to_its_end() -> None:
    (detection,) = correlate([event(1)])
    row = Incident.from_anchor("same_hash", 60, sha("f1"), START * SECOND, detection).row()
    end = (START + 60) * SECOND

    assert [row.as_of(at).state for at in (0, end - 1, end, end + 1)] == ["open", "open", "final", "final"]
    assert row._replace(state="final").as_of(0).state == "final"
