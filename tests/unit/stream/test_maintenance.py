# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.maintenance import (
    DAY_NS,
    Maintenance,
    Retention,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store import Added, Row, Store

ALL = 10**9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path)
    yield opened
    opened.close()


def fill(store: Store, keys: range, day: float, size: int = 10) -> Added:
    with store.transaction():
        return store.add_events("soc", [Row(key, 0, b"x" * size + b"\n") for key in keys], int(day * DAY_NS))


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
    assert fill(store, range(1, 7001), day=12.9) == Added([], 7000, 0), "the record is gone, its key is not"
    maintain(store, Retention(days=1), day=13.1)
    assert fill(store, range(1, 7001), day=13.1).duplicates == 0


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
