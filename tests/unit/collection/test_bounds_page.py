# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page "Time-outs and bounds" says what the code does: each row names where its value is set."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "docsite" / "rst" / "guide_bounds.rst"
UTILS = "ansible_collections.ampops.secure_endpoint.plugins.module_utils"
UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "hour": 3600, "minutes": 60}
ROW = re.compile(
    r"   \* - (?P<what>.+)\n     - (?P<bound>.+)\n     - ``(?P<where>[^`]+)``(?P<option>.*)\n     -(?P<beyond>.*)\n"
)


class Row(NamedTuple):
    what: str
    bound: str
    where: str


ROWS = [Row(found["what"], found["bound"], found["where"]) for found in ROW.finditer(PAGE.read_text())]


def stated(bound: str) -> float:
    """The number that a bound begins with, in seconds, bytes or pieces."""
    number, unit = re.match(r"([0-9.,]+) (\w+)", bound).groups()  # type: ignore[union-attr]
    return float(number.replace(",", "")) * UNITS.get(unit, 1)


def real(where: str) -> float:
    """The value of `path/of/a/file.py NAME[.key or .field]` or of `roles/NAME variable`."""
    place, name = where.split(" ")
    if place.startswith("roles/"):
        value: Any = yaml.safe_load((ROOT / place / "defaults" / "main.yml").read_text())[name]
        return float(value)
    value = importlib.import_module(f"{UTILS}.{place.removesuffix('.py').replace('/', '.')}")
    for part in name.split("."):
        value = value[part] if isinstance(value, dict) else getattr(value, part)
    return float(sum(value) if isinstance(value, tuple) else value)


def test_every_row_is_read() -> None:
    assert len(ROWS) == PAGE.read_text().count("   * - ") - PAGE.read_text().count("   * - What\n")
    assert len({row.where for row in ROWS}) == len(ROWS) > 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.where)
def test_a_bound_of_the_page_is_that_of_the_code(row: Row) -> None:
    assert stated(row.bound) == real(row.where), row.what
