# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine and the oracle of the rules agree: on what events mean, and on the incidents of any series of drains.

`ORACLE_SCENARIOS=30000 pytest tests/unit/events/test_against_oracle.py` tries as many scenarios.
"""

from __future__ import annotations

import os
import random
from itertools import combinations, permutations
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detections import Detection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import RULES, Rule
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate

from . import oracle
from .making import RECEIVED, SECOND, START, guid, sha
from .test_live import Run

SCENARIOS = int(os.environ.get("ORACLE_SCENARIOS", "400"))
WINDOW, LATENESS = 60, 20

TYPES = [
    *(1090519054, 1090519054, 553648147, 553648143, 553648143, 553648155, 553648152, 2164260880, 2164260893),
    *(2181038130, 553648149, 553648146, 553648154, 553648168, 1090519103, 1090519112, 553648199, 1090519105),
    *(1107296272, 1107296274, 1107296258, 1107296278, 1107296279, 1107296300, 1107296344, 553648222, 553648225),
    *(553648130, 1090519999, 553649999, 553648166, 2164260868),
]


def made_up(random: random.Random) -> oracle.Fields:
    """One event, with few values of everything, so that everything meets everything."""
    type_id = random.choice(TYPES)
    fields: oracle.Fields = {"event_type_id": type_id, "event_type": random.choice(["Seen", "Audited", "Audit: seen"])}
    time = START + random.randrange(0, 40) * 5
    if random.random() < 0.9:
        fields |= {"timestamp": time, "timestamp_nanoseconds": random.choice([0, 0, 1, 500])}
    else:
        fields["date"] = f"2019-09-19T18:{time % 3600 // 60:02}:{time % 60:02}+00:00"
    if random.random() < 0.9:
        fields["id"] = random.choice([random.randrange(1, 40), random.randrange(1, 2**64)])
    if random.random() < 0.7:
        fields["detection_id"] = random.choice(["d1", "d2", "d3", "d4"])
    if random.random() < 0.9:
        fields["connector_guid"] = guid(random.choice(["alpha", "alpha", "bravo"]))
    if random.random() < 0.7:
        fields["severity"] = random.choice(oracle.SEVERITIES)
    if random.random() < 0.8:
        file: dict[str, Any] = {"file_name": random.choice(["a.exe", "audit.exe"])}
        if random.random() < 0.8:
            file["identity"] = {"sha256": sha(random.choice(["f1", "f1", "f2"]))}
        if random.random() < 0.6:
            file["disposition"] = random.choice(["Clean", "Malicious", "Unknown"])
        if random.random() < 0.3:
            file["parent"] = {"disposition": random.choice(["Clean", "Malicious"]), "file_name": "p.exe"}
        fields["file"] = file
    if random.random() < 0.3:
        fields["detection"] = random.choice(["W32.A", "W32.B"])
    if random.random() < 0.1:
        fields["action"] = random.choice(["block", "audit"])
    if type_id == oracle.HUNTING:
        fields.pop("id", None)
        fields["threat_hunting"] = {"incident_report_guid": guid(random.choice("xy"))}
        fields |= {"timestamp": time, "timestamp_nanoseconds": random.randrange(10**9)}  # which is the newest?
    return fields


def engine_event(fields: oracle.Fields) -> Event:
    return event_from_object(fields, source="soc", received_ns=RECEIVED)


def verdict(detection: Detection) -> dict[str, Any]:
    record = detection.record()
    names = ("class", "outcome", "still_dangerous", "needs_person", "severity", "disposition", "attempts")
    ids = [one for one in record["event_ids"] if not one.startswith("sha256:")]
    return {**{name: record[name] for name in names}, "event_ids": sorted(ids)}


def wanted(events: list[oracle.Fields]) -> dict[str, Any]:
    judged = oracle.judged(events)
    return {**judged, "event_ids": sorted(judged["event_ids"])}


@pytest.mark.parametrize("part", range(4))
def test_every_verdict_is_the_oracles(part: int) -> None:
    for seed in range(part, SCENARIOS, 4):
        events = [made_up(random.Random(f"{seed}/{place}")) for place in range(1 + seed % 12)]
        expected = sorted((wanted(found) for found in oracle.detections(events).values()), key=repr)

        assert sorted((verdict(found) for found in correlate(map(engine_event, events))), key=repr) == expected, seed


def members(detection_ids: Any) -> Any:
    return tuple(sorted(detection_ids, key=repr))


def drained_by_engine(drains: list[list[oracle.Fields]], cuts: random.Random) -> Run:
    """Each drain in a process of its own, in batches of any size and order."""
    run = Run(LATENESS, window_seconds=WINDOW)
    seen: set[str] = set()
    for number, drain in enumerate(drains, start=1):
        run.options |= {"run": number}
        run.restart()
        left = list(drain)
        cuts.shuffle(left)
        while left:
            size = cuts.randrange(1, len(left) + 1)
            events = [engine_event(fields) for fields in left[:size]]
            fresh = []
            for event in events:
                if event.key not in seen:
                    seen.add(event.key)
                    fresh.append(event)
            run.feed(*fresh)
            left = left[size:]
        run.finish()
    return run


def key_of(events: list[oracle.Fields]) -> str:
    (found,) = correlate(map(engine_event, events))
    return found.key


@pytest.mark.parametrize("part", range(4))
def test_drains_cut_at_every_place_give_the_oracles_incidents(part: int) -> None:
    for seed in range(part, SCENARIOS, 4):
        make = random.Random(seed)
        events = [made_up(make) for _place in range(make.randrange(1, 16))]
        drains: list[list[oracle.Fields]] = [[] for _drain in range(make.randrange(1, 5))]
        for place, fields in enumerate(events):
            drain = place * len(drains) // len(events) if seed % 2 else make.randrange(len(drains))
            drains[drain].append(fields)
        run = drained_by_engine(drains, make)
        of_key = {key_of(found): key for key, found in oracle.detections([one for d in drains for one in d]).items()}
        for rule in RULES:
            found = [
                (members(of_key[key] for key in record["detections"]), record["late"]) for record in run.incidents(rule)
            ]
            expected = [
                (members(one.members), one.late)
                for one in oracle.drained(drains, rule, WINDOW * SECOND, LATENESS * SECOND)
            ]
            assert sorted(found, key=repr) == sorted(expected, key=repr), (seed, rule)


LIFE: list[oracle.Fields] = [
    {
        "id": number,
        "event_type_id": type_id,
        "timestamp": START + at,
        "detection_id": "d1",
        "connector_guid": guid("alpha"),
    }
    | more
    for number, (type_id, at, more) in enumerate(
        [
            (
                1090519054,
                0,
                {"severity": "Medium", "file": {"disposition": "Malicious", "identity": {"sha256": sha("f")}}},
            ),
            (553648168, 0, {}),
            (553648143, 1, {}),
            (2181038130, 1, {"error": {"error_code": 3221225524, "description": "Object name not found"}}),
            (553648149, 2, {}),
            (553648146, 3, {"file": {"disposition": "Clean"}}),
            (1107296272, 4, {"severity": "High"}),
        ],
        start=1,
    )
]


@pytest.mark.parametrize("size", range(1, len(LIFE) + 1))
def test_every_permutation_of_every_subset_of_a_detections_events_says_the_same(size: int) -> None:
    for subset in combinations(LIFE, size):
        expected = None
        for order in permutations(subset):
            (found,) = correlate(map(engine_event, order))
            record = found.record()
            assert expected is None or record == expected
            expected = record
        assert verdict(found) == wanted(list(subset))


@pytest.mark.parametrize("rule", RULES)
def test_a_backlog_gives_the_same_incidents_newest_first(rule: Rule) -> None:
    make = random.Random(7)
    events = [made_up(make) for _number in range(300)]
    forwards, backwards = Run(LATENESS, run=1), Run(LATENESS, run=1)
    unique = list({engine_event(fields).key: fields for fields in events}.values())
    unique.sort(key=oracle.time_of)

    forwards.feed(*map(engine_event, unique))
    for fields in reversed(unique):
        backwards.feed(engine_event(fields))
    forwards.finish()
    backwards.finish()

    def told(run: Run) -> list[Any]:
        return sorted((members(record["detections"]), record["late"]) for record in run.incidents(rule))

    assert told(backwards) == told(forwards)
