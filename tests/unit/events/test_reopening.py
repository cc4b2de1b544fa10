# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A start puts each detection back into the stored incident that covers its time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.grouping import Grouping
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import IncidentRow
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.reopening import OpenRows

from .making import SECOND

WINDOW = 300
BEGAN = 1_000 * SECOND


def stored(number: int, start: int, late: int = 0, members: str = "") -> IncidentRow:
    return IncidentRow(
        number, "same_computer", WINDOW, "soc", "pc", start, late, f"anchor {number}", "open", 1, 0, members
    )


def known(time: int) -> Any:
    return SimpleNamespace(time=time, connector_guid="pc", sha256=None, in_hash_rules=False, joined=None)


def placed(rows: list[IncidentRow], *times: int) -> list[tuple[int, list[int]]]:
    open_rows = OpenRows(rows)
    for time in times:
        open_rows.add(Grouping("same_computer"), known(time))
    return [(row.number, [member.time for member in members]) for row, members in open_rows.with_members()]


def test_a_window_has_its_first_nanosecond_and_not_the_one_after_its_last() -> None:
    last = BEGAN + WINDOW * SECOND - 1
    assert placed([stored(1, BEGAN)], BEGAN - 1, BEGAN, last, last + 1) == [(1, [BEGAN, last])]


def test_of_two_windows_that_cover_a_time_the_regular_one_has_it_and_of_these_the_later() -> None:
    early, later, late = stored(1, BEGAN), stored(2, BEGAN + 200 * SECOND), stored(3, BEGAN + 250 * SECOND, late=1)
    before, in_both, in_all = BEGAN + SECOND, later.start, late.start
    only_late = later.start + WINDOW * SECOND

    for rows in ([early, later, late], [late, later, early]):
        found = placed(rows, before, in_both, in_all, only_late)
        assert found == [(1, [before]), (2, [in_both, in_all]), (3, [only_late])]


def test_members_that_began_before_their_window_are_missing_until_they_are_known() -> None:
    rows = OpenRows([stored(1, BEGAN, members='["a","b"]'), stored(2, BEGAN + WINDOW * SECOND)])
    known_by_now = {"b": known(5)}

    assert rows.missing(known_by_now) == [("anchor 2", 2), ("a", 1)]
    rows.add_missing([("a", 1), ("b", 1)], known_by_now)
    assert [(row.number, members) for row, members in rows.with_members()] == [(1, [known_by_now["b"]])]
