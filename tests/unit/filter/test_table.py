# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table that a person reads, whatever stands in it and however narrow the screen is."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.filter.table import table
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import (
    Column,
    fit,
    lay_out,
    width_of,
)
from hypothesis import given
from hypothesis import strategies as st

ZONE = timezone(timedelta(hours=2), "CEST")
COLUMNS = [
    Column("seen", ("time",), "time", 3),
    Column("host", ("hostname",)),
    Column("user", ("user",), "text", 4),
    Column("file", ("file_name",), "text", 2),
    Column("outcome", ("outcome", "error.description"), "words"),
]
ROW: dict[str, Any] = {
    "time": "2026-11-18T06:26:44.004000000Z",
    "hostname": "FIN-LT-07",
    "user": "ACME\\k.ito",
    "file_name": "b.exe",
    "outcome": "quarantine_failed",
    "error": {"description": "Object name not found"},
    "links": {"device_trajectory": "https://console.example/computers/1/trajectory2?id=2", "events": "https://other"},
}


def lines(*rows: dict[str, Any], width: int = 100, **more: Any) -> list[str]:
    return lay_out(rows, COLUMNS, width=width, zone=ZONE, **more)


def test_a_row_with_its_link_below_and_times_to_the_second_in_the_readers_zone() -> None:
    assert lines(ROW, below="links") == [
        "seen (CEST)          host       user        file   outcome",
        "2026-11-18 08:26:44  FIN-LT-07  ACME\\k.ito  b.exe  quarantine failed: Object name not found",
        "  https://console.example/computers/1/trajectory2?id=2",
    ]


BELOW = [
    *(column for column in COLUMNS if column.title in ("seen", "host", "outcome")),
    Column("file", ("file_name",), line=2),
    Column("user", ("user",), importance=2, line=2),
]


def test_long_texts_stand_below_the_row_after_their_titles() -> None:
    rows = [ROW, {**ROW, "user": None}, {"hostname": "NB-2"}]
    assert lay_out(rows, BELOW, width=80, zone=ZONE, below="links") == [
        "seen (CEST)          host       outcome",
        "2026-11-18 08:26:44  FIN-LT-07  quarantine failed: Object name not found",
        "  file: b.exe  user: ACME\\k.ito",
        "  https://console.example/computers/1/trajectory2?id=2",
        "2026-11-18 08:26:44  FIN-LT-07  quarantine failed: Object name not found",
        "  file: b.exe",
        "  https://console.example/computers/1/trajectory2?id=2",
        "                     NB-2",
    ]


def test_no_column_is_cut_to_less_than_says_something() -> None:
    row = {name: f"{name} with a long text" for name in ("hostname", "user", "file_name", "outcome")}
    for width in range(40, 120):
        titles, shown = lay_out([row], COLUMNS, width=width, zone=ZONE)
        cells = shown.split("  ")
        assert len(cells) == len(titles.split())
        assert all(width_of(cell) >= 16 for cell in cells), shown


def test_nothing_is_said_in_words() -> None:
    assert lines() == ["none"]
    assert lines(nothing="no events") == ["no events"]


def test_a_column_without_any_text_is_left_out() -> None:
    assert lines({"hostname": "alpha"}, {"hostname": "bravo", "user": None}) == ["host", "alpha", "bravo"]


def test_a_link_that_is_too_long_leads_to_the_page_and_is_never_cut() -> None:
    assert lines(ROW, below="links", width=50)[-1] == "  https://console.example/computers/1/trajectory2"


def test_the_least_important_columns_go_first_and_the_rest_is_cut() -> None:
    narrow = lines(ROW, width=40)

    assert "user" not in narrow[0]
    assert narrow[0].startswith("seen") or narrow[0].startswith("host")
    assert all(width_of(line) <= 40 for line in narrow)
    assert "FIN-LT" in narrow[1]


HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "a\nb",
    "\u202eexe.txt",
    "{{ 7 * 7 }}",
    "\x00",
    "x" * 10_000,
    "漢字" * 300,
    "e\u0301" * 50,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_and_wide_texts_are_one_line_that_a_terminal_does_not_act_on(text: str) -> None:
    texts = dict.fromkeys(("hostname", "user", "file_name", "outcome", "time"), text)
    found, below = lines(texts, width=80), lay_out([texts], BELOW, width=80, zone=ZONE)

    assert (len(found), len(below)) == (2, 3)
    assert all(line.isprintable() for line in found + below)
    assert all(width_of(line) <= 80 for line in found + below)


@given(
    st.lists(st.fixed_dictionaries({}, optional={name: st.text(max_size=60) for name in ROW}), max_size=4),
    st.integers(40, 200),
)
def test_no_line_is_longer_than_the_screen(rows: list[dict[str, Any]], width: int) -> None:
    assert all(width_of(line) <= width for line in lines(*rows, width=width))
    assert all(width_of(line) <= width for line in lay_out(rows, BELOW, width=width))


@given(st.text(max_size=30), st.integers(3, 40))
def test_what_fits_is_not_longer_than_its_room(text: str, width: int) -> None:
    assert width_of(fit(text, width)) <= width


def test_the_filter_takes_columns_as_a_playbook_writes_them() -> None:
    assert table([{"a_b": [1, True]}], [{"field": "a_b"}], width=60) == ["a b", "1, yes"]


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        ("text", [{"field": "a"}], "a list of dictionaries is needed"),
        ([1], [{"field": "a"}], "a list of dictionaries is needed"),
        ([], [], "one column at least"),
        ([], [1], r"columns\[0\] must be a dictionary"),
        ([], [{"title": "x"}], "give field"),
        ([], [{"field": "a", "kind": "colour"}], "kind must be one of text, words, time"),
        ([], [{"field": "a", "size": 1}], "unknown key"),
        ([], [{"field": "a", "line": 3}], "line must be 1 or 2, not 3"),
    ],
)
def test_what_is_wrong_is_said(rows: Any, columns: Any, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        table(rows, columns)
