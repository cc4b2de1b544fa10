# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detection_records import Links
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import parse_event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import SettingsError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.maintenance import (
    DAY_NS,
    Maintenance,
    Retention,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Added, Row, Store

from ..deliveries import NOW, QUARANTINED, body

ALL = 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def fill(store: Store, keys: range, day: float, size: int = 10) -> Added:
    with store.transaction():
        return store.add_events("soc", [Row(key, 0, 0, b"x" * size + b"\n") for key in keys], int(day * DAY_NS))


def maintain(store: Store, retention: Retention, day: float, needed: int = ALL) -> None:
    maintenance = Maintenance(store, retention)
    more = True
    while more:
        with store.transaction():
            more = maintenance.step(int(day * DAY_NS), needed)


def kept(store: Store) -> list[int]:
    return [run.first for run in store.runs(1)]


def test_records_go_when_they_are_old(store: Store) -> None:
    fill(store, range(1, 4), day=1)
    fill(store, range(4, 7), day=20)
    maintain(store, Retention(days=30), day=30.9)
    assert kept(store) == [1, 4]
    maintain(store, Retention(days=30), day=31.1)
    assert kept(store) == [4]


def test_records_stay_while_a_required_sink_needs_them(store: Store) -> None:
    fill(store, range(1, 4), day=1)
    fill(store, range(4, 7), day=1)
    maintain(store, Retention(days=30), day=100, needed=5)
    assert kept(store) == [4]


def test_records_go_when_there_are_too_many_bytes_the_oldest_first(store: Store) -> None:
    for number in range(20):
        fill(store, range(number * 10, number * 10 + 10), day=1, size=10_000)
    maintain(store, Retention(days=30, max_bytes=1_000_000), day=1)
    left = kept(store)
    assert left == [number * 10 + 1 for number in range(20 - len(left), 20)]
    assert 5 <= len(left) <= 10


def test_a_key_is_known_for_twelve_days_at_least_and_not_for_ever(store: Store) -> None:
    maintain(store, Retention(), day=0)
    fill(store, range(1, 7001), day=0.5)
    maintain(store, Retention(days=1), day=1)
    maintain(store, Retention(days=1), day=12.9)
    assert kept(store) == []
    assert fill(store, range(1, 7001), day=12.9) == Added([], 7000, 0, 0), "the record is gone, its key is not"
    maintain(store, Retention(days=1), day=13.1)
    assert fill(store, range(1, 7001), day=13.1).duplicates == 0


def found(store: Store, day: float, *, first: int, count: int = 1) -> None:
    """Detections of that day, each with an incident for its computer."""
    links: dict[str, Links] = {}
    correlation = Correlation(store, links, [], GroupingSettings(rules=["same_computer"], lateness=0))
    events = [
        parse_event(body(number), source="soc", received_ns=NOW)
        for number in range(first * 1000, (first + count) * 1000, 1000)
    ]
    with store.transaction():
        correlation.feed("soc", "stream", events, NOW)
        correlation.finish(int(day * DAY_NS), flush=True)


def findings(store: Store) -> tuple[int, int]:
    (detections,) = store.connection.execute("SELECT count(*) FROM detection").fetchone()
    (incidents,) = store.connection.execute("SELECT count(*) FROM incident").fetchone()
    return detections, incidents


def test_detections_and_incidents_go_so_many_days_after_their_last_change(store: Store) -> None:
    found(store, day=1, first=0)
    found(store, day=20, first=1)
    maintain(store, Retention(finding_days=30), day=31.9)
    assert findings(store) == (2, 2)
    maintain(store, Retention(finding_days=30), day=32)
    assert findings(store) == (1, 1), "that its incident became final on day 20 is no change"
    maintain(store, Retention(finding_days=30), day=51)
    assert findings(store) == (0, 0)


def test_a_detection_that_changed_again_stays_so_long_anew(store: Store) -> None:
    found(store, day=1, first=0)
    with store.transaction():
        correlation = Correlation(store, {}, [], GroupingSettings(rules=["same_computer"], lateness=0))
        event = parse_event(body(1, QUARANTINED, detection=0), source="soc", received_ns=NOW)
        correlation.feed("soc", "stream", [event], NOW)
        correlation.save(20 * DAY_NS)
    maintain(store, Retention(finding_days=30), day=45)
    assert findings(store) == (1, 1)
    maintain(store, Retention(finding_days=30), day=51)
    assert findings(store) == (0, 0)


def test_what_comes_after_its_incident_and_detection_went_is_taken_in_anew(store: Store) -> None:
    found(store, day=1, first=0)
    maintain(store, Retention(finding_days=30), day=40)
    found(store, day=40, first=0)
    assert findings(store) == (1, 1)


def test_an_incident_whose_detections_are_gone_is_not_joined(store: Store) -> None:
    found(store, day=1, first=0)
    with store.transaction():
        store.connection.execute("DELETE FROM detection")
    found(store, day=2, first=0)
    assert findings(store)[0] == 1


def test_above_the_size_the_oldest_findings_go_but_none_whose_window_may_be_open(store: Store) -> None:
    found(store, day=1, first=0, count=3000)
    found(store, day=20, first=3000, count=100)
    retention = Retention(days=1, max_bytes=1_000_000)
    maintain(store, retention, day=12)
    assert findings(store) == (3100, 3100)
    maintain(store, retention, day=21)
    assert 0 < findings(store)[0] < 3100
    maintain(store, Retention(max_bytes=1), day=21)
    assert findings(store)[0] == 100


@pytest.mark.parametrize(
    ("retention", "told"),
    [
        (Retention(finding_days=12), "finding_days: 12 days are less than a window and its lateness; give 21 or more"),
        (Retention(max_bytes=10**9), "key_days: with max_bytes, 12 days are less than a window and its lateness"),
    ],
)
def test_nothing_may_go_while_its_window_is_open(retention: Retention, told: str) -> None:
    retention.check(11 * 86400, 86400)
    with pytest.raises(SettingsError, match=told):
        retention.check(20 * 86400, 60)


def test_numbers_never_begin_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    fill(store, range(1, 4), day=1)
    for day in (1, 50, 100):
        maintain(store, Retention(days=1), day=day)
    store.close()
    store = Store(tmp_path)
    assert store.next_number == 4
    store.close()


def test_a_sink_that_is_no_longer_configured_frees_its_place(store: Store) -> None:
    with store.transaction():
        store.set_sink_place("kept", 1, {})
        store.set_sink_place("removed", 1, {})
        Maintenance(store, Retention()).forget_sinks(["kept", "new"])
    assert store.sink_places() == {"kept": 1}
