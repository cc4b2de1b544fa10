# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries as people write them: a list, a text from a survey, the lines of a file."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.filter.entries_of import entries_of

ONE, TWO = "a" * 64, "b" * 64


@pytest.mark.parametrize(
    "given",
    [
        [ONE.upper(), f" {TWO} ", "", ONE],
        f"{ONE}, {TWO},",
        f"{ONE}\n\n  # seen on Monday\n{TWO}\r\n",
        f"\ufeff{ONE}\n{TWO},{ONE}\n",
    ],
)
def test_a_list_a_text_with_commas_and_lines_are_the_same(given: Any) -> None:
    assert entries_of(given, "sha256") == [ONE, TWO]


def test_one_wrong_hash_among_five_thousand_is_told_with_its_line() -> None:
    lines = [f"{number:064x}" for number in range(5000)]
    lines[4710] = lines[4710][:-1]

    with pytest.raises(AnsibleFilterError) as told:
        entries_of("\n".join(lines), "sha256", name="hashes.txt")

    assert str(told.value) == (
        f'hashes.txt: 1 entry is wrong: line 4711: "{lines[4710]}" is not a SHA-256 of 64 hexadecimal digits.'
        " Nothing was changed."
    )


def test_many_wrong_ones_are_counted_and_the_first_are_told() -> None:
    with pytest.raises(AnsibleFilterError, match=r"12 entries are wrong: entry 1: .*; and 2 more"):
        entries_of(["x"] * 12, "sha256")


def test_a_number_is_not_taken_for_a_hash() -> None:
    with pytest.raises(AnsibleFilterError, match=r"entry 1: .*put it in quotes"):
        entries_of([int("1" * 64)], "sha256")


def test_a_line_of_text_may_have_commas_and_a_single_line_is_split() -> None:
    assert entries_of("example.com/a,b\nevil.exe\n") == ["example.com/a,b", "evil.exe"]
    assert entries_of("pc-1, pc-2") == ["pc-1", "pc-2"]


def test_what_is_neither_list_nor_text_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match="contain_hashes must be a list or a text, not a dictionary"):
        entries_of({}, name="contain_hashes")
