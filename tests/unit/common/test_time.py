# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times go out as text that is exact and sorts, and come back as they were."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import (
    SECOND,
    iso_time,
    moment_of,
    time_of_iso,
)
from hypothesis import given
from hypothesis import strategies as st

TIMES = st.integers(min_value=1, max_value=253_402_300_799 * SECOND)


def test_times_are_written_exactly_and_sort_as_text() -> None:
    assert iso_time(1593079552_619000000) == "2020-06-25T10:05:52.619000000Z"
    assert iso_time(1593079552_000000001) == "2020-06-25T10:05:52.000000001Z"


@given(TIMES, TIMES)
def test_text_sorts_as_the_times_do_and_gives_them_back(one: int, other: int) -> None:
    assert (iso_time(one) < iso_time(other)) == (one < other)
    assert time_of_iso(iso_time(one)) == one


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T00:00:00Z", " 2026-01-31T01:00:00+01:00 "])
def test_a_moment_without_a_zone_is_in_utc(text: str) -> None:
    assert moment_of(text) == datetime(2026, 1, 31, tzinfo=timezone.utc)
