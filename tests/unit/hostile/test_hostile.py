# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of `make hostile`: three modes times every module, the inventory and the lookup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hostile.matrix import Matrix, leak
from hostile.modes import MODES
from hostile.tasks import INVENTORY, LOOKUP, MODULES

SHORT = ("an echo in the details", "wrong types 6", "control characters in every name")


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    with Matrix() as made:
        yield made


def test_every_module_has_a_task(matrix: Matrix) -> None:
    assert set(matrix.tasks) == {*MODULES, INVENTORY, LOOKUP}
    assert len(MODES) >= 27


@pytest.mark.parametrize("entry", [*MODULES, INVENTORY, LOOKUP])
@pytest.mark.parametrize("mode", SHORT)
def test_nothing_leaks_hangs_or_breaks(matrix: Matrix, mode: str, entry: str) -> None:
    [cell] = matrix.cells([mode], [entry])
    assert not cell.problems


def test_a_leak_is_found_in_every_form() -> None:
    key = "0123456789abcdef0123"
    assert leak(f"x {key[3:16]} y", key, "id")
    assert leak("Basic aWQ6MDEyMzQ1Njc4OWFiY2RlZjAxMjM=", key, "id")
    assert leak("MDEyMzQ1Njc4OWFiY2RlZjAxMjM=", key, "id")
    assert leak("nothing of it", key, "id") is None
