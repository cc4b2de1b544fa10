# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shorter version decides how far two are compared."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.versions import (
    compare,
    is_version,
    numbers,
)
from hypothesis import given
from hypothesis import strategies as st

VERSIONS = st.lists(st.integers(0, 99999), min_size=1, max_size=3).map(lambda parts: ".".join(map(str, parts)))


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        ("7.2.7", "7.2.7.11687", 0),
        ("7.2.10", "7.2.9", 1),
        ("1.9.0", "1.24.0", -1),
        ("8", "8.2.3.30119", 0),
        ("01.2", "1.2", 0),
        ("7.2.7.1", "7.2.7.2", -1),
    ],
)
def test_versions_are_numbers_not_text(one: str, other: str, order: int) -> None:
    assert compare(one, other) == order
    assert compare(other, one) == -order


@given(VERSIONS, VERSIONS)
def test_a_version_is_the_same_as_its_own_beginning(version: str, tail: str) -> None:
    assert compare(version, f"{version}.{tail}") == 0


@given(VERSIONS, VERSIONS)
def test_order_is_antisymmetric(one: str, other: str) -> None:
    assert compare(one, other) == -compare(other, one)


@pytest.mark.parametrize("text", ["", "1.", ".1", "1..2", "1.2-3", "v1", "1 .2", "1.2\n", "\u0663.\u0661", "1" * 20])
def test_what_is_no_version_is_refused(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(ValueError, match="is not a version"):
        numbers(text)
