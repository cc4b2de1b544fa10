# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of host names: a name that cannot be judged is excluded, and a pattern that cannot be used is refused."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.host_patterns import HostPatterns


@pytest.mark.parametrize(
    ("name", "excluded"),
    [("DC-01.example.org", True), ("dc-", True), ("pc-dc-01", False), ("srv-db1", True), ("", True), (None, True)],
)
def test_a_pattern_matches_from_the_beginning_in_any_case(name: str | None, excluded: bool) -> None:
    assert bool(HostPatterns(["dc-", "srv-(db|mail)"]).reason(name)) is excluded


def test_without_patterns_no_name_is_excluded() -> None:
    assert not HostPatterns([])
    assert HostPatterns([]).reason(None) is None


def test_a_shell_pattern_excludes_at_least_the_names_that_were_meant() -> None:
    assert HostPatterns(["dc-*"]).reason("dc-01")


@pytest.mark.parametrize("pattern", ["", " ", "*dc*", "(", "dc-[", "a{99999999999}"])
def test_a_pattern_that_cannot_be_used_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"empty pattern|is not a regular expression"):
        HostPatterns([pattern])


def test_a_hostile_pattern_or_name_shows_no_control_characters() -> None:
    with pytest.raises(ValueError, match=r"x1b") as caught:
        HostPatterns(["(\x1b[31m"])
    assert "\x1b" not in str(caught.value)
