# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a source has been heard, step by step (R8, R8a). All times are small numbers of nanoseconds."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.watermark import Watermark

LATENESS, IDLE_AFTER = 7, 20


def watermark(**more: Any) -> Watermark:
    return Watermark(LATENESS, IDLE_AFTER, **more)


def test_nothing_was_heard_at_first() -> None:
    mark = watermark()

    assert (mark.at, mark.shown, mark.to_save()) == (0, {}, {})
    mark.join("a", 1000)
    assert mark.to_save() == {"a": 0}


def test_where_an_earlier_run_stood_is_given_by_name() -> None:
    assert watermark(at=55).at == 55
    with pytest.raises(TypeError):
        Watermark(LATENESS, IDLE_AFTER, 55)  # type: ignore[misc]


def test_one_stream_is_held_by_the_clock_alone() -> None:
    assert watermark().begin("a", 1000) == 1000


def test_a_stream_is_held_by_what_the_others_have_shown_until_they_are_idle() -> None:
    mark = watermark()
    mark.begin("a", 1000)
    mark.end("a", 905, 898)
    mark.begin("b", 1001)

    assert mark.begin("b", 1019) == 905
    assert mark.begin("b", 1020) == 1020
    assert mark.begin("a", 1020) == 0


def test_neither_the_watermark_nor_what_a_stream_has_shown_goes_back() -> None:
    mark = watermark()
    mark.begin("a", 1000)
    for largest, at, shown in ((905, 898, (905, 898)), (903, 890, (905, 898)), (910, 903, (910, 903))):
        mark.end("a", largest, at)
        assert (mark.shown["a"], mark.at) == shown


def test_a_stream_that_joins_again_keeps_what_it_has_shown_and_when_it_was_heard() -> None:
    mark = watermark(saved={"a": 500, "b": 600})
    mark.join("a", 1000)
    mark.join("a", 1015)
    mark.join("b", 1015)

    assert mark.shown == {"a": 500, "b": 600}
    mark.tick(1020, ["a", "b"])
    assert mark.at == 600 - LATENESS  # a is idle, b is not


def test_a_stream_that_leaves_holds_nothing_and_is_remembered() -> None:
    mark = watermark()
    mark.hear("a", 300, 1000)
    mark.hear("b", 800, 1000)
    mark.leave("nobody")
    mark.leave("a")

    assert (mark.shown, mark.to_save()) == ({"b": 800}, {"a": 300, "b": 800})
    mark.tick(1001, ["b"])
    assert mark.at == 800 - LATENESS
    mark.join("a", 1002)
    assert mark.shown == {"b": 800, "a": 300}


def test_a_stream_is_the_sources_whether_it_joined_or_was_of_an_earlier_run() -> None:
    mark = watermark(saved={"before": 5})
    mark.join("now", 1000)

    assert [mark.hears_any(one) for one in (["now"], ["before"], ["x", "now"], ["x"], [])] == [
        *(True, True, True, False, False)
    ]


def test_hearing_moves_no_watermark() -> None:
    mark = watermark()
    mark.hear("a", 500, 1000)
    mark.hear("a", 400, 1001)

    assert (mark.at, mark.shown) == (0, {"a": 500})


def test_streams_that_were_read_to_empty_take_it_to_the_largest_time_less_the_lateness() -> None:
    mark = watermark(saved={"gone": 700})
    mark.reach(1000)
    assert mark.at == 700 - LATENESS
    mark.hear("a", 300, 1000)
    mark.reach(1000)
    assert mark.at == 700 - LATENESS
    mark.hear("a", 1500, 1000)
    mark.reach(1000)
    assert mark.at == 1000 - LATENESS  # an event ahead of the clock counts as of now
    empty = watermark()
    empty.reach(1000)
    assert empty.at == 0


def test_a_stream_that_was_cut_short_takes_it_as_far_as_all_have_shown_less_the_lateness() -> None:
    mark = watermark(saved={"gone": 100})
    mark.reach_least(1000)
    assert mark.at == 0
    mark.hear("a", 300, 1000)
    mark.hear("b", 400, 1000)
    mark.reach_least(1000)
    assert mark.at == 300 - LATENESS
    mark.hear("a", 2000, 1000)
    mark.hear("b", 2001, 1000)
    mark.reach_least(1000)
    assert mark.at == 1000 - LATENESS
    mark.reach_least(500)
    assert mark.at == 1000 - LATENESS


def test_only_a_connected_stream_becomes_idle() -> None:
    mark = watermark()
    mark.hear("a", 300, 1000)
    mark.hear("b", 400, 1000)
    mark.tick(1019, ["a", "b"])
    assert mark.at == 300 - LATENESS
    mark.tick(1030, ["b"])  # a is out of hearing from now on
    mark.tick(1049, ["a", "b"])
    assert mark.at == 300 - LATENESS
    mark.tick(1050, ["a", "b"])
    assert mark.at == 1050 - LATENESS
    nobody = watermark()
    nobody.tick(1000, [])
    assert nobody.at == 0


def test_an_idle_stream_that_is_ahead_of_the_clock_counts_as_of_now() -> None:
    mark = watermark()
    mark.hear("a", 5000, 1000)
    mark.tick(1001, ["a"])
    assert mark.at == 1001 - LATENESS


def test_after_a_jump_of_the_clock_silence_is_measured_anew() -> None:
    mark = watermark()
    mark.hear("a", 300, 1000)
    mark.listen_anew(9000)
    mark.tick(9019, ["a"])
    assert mark.at == 300 - LATENESS
    for now in (9020, 18_010):
        mark.tick(now, ["a"])
        assert mark.at == now - LATENESS


def test_a_flush_waits_for_nothing_older_than_what_was_shown() -> None:
    mark = watermark()
    mark.flush()
    assert mark.at == 0
    for largest in (301, 404):  # odd and even
        mark.hear("a", largest, 1000)
        mark.hear("b", 200, 1000)
        mark.flush()
        assert mark.at == largest + 1
