# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A benchmark's arithmetic, and the table of lower bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from benchmarks.harness import alternate, compare, count, table

CHECKOUT = Path(__file__).resolve().parents[3]


def test_who_goes_first_alternates_and_the_first_pair_is_not_counted() -> None:
    calls: list[str] = []

    def ours() -> float:
        calls.append("ours")
        return float(len(calls))

    def other() -> float:
        calls.append("other")
        return float(len(calls))

    pairs = alternate(ours, other, runs=3)

    assert calls == ["ours", "other", "ours", "other", "other", "ours", "ours", "other"]
    assert pairs == [(3.0, 4.0), (6.0, 5.0), (7.0, 8.0)]


def test_a_row_holds_the_median_of_the_ratios_not_the_ratio_of_the_medians() -> None:
    row = compare("x", [(1.0, 2.0), (3.0, 3.0), (8.0, 4.0)], target=1.0)

    assert (row.ours, row.other, row.ratio, row.spread) == (3.0, 3.0, 1.0, (0.75, 1.5))
    assert row.verdict == "met"


@pytest.mark.parametrize(("ratio", "target", "verdict"), [(1.1, 1.1, "met"), (1.101, 1.1, "MISSED"), (9.0, None, "-")])
def test_a_target_is_met_up_to_itself(ratio: float, target: float | None, verdict: str) -> None:
    assert compare("x", [(ratio, 1.0), (ratio, 1.0)], target=target).verdict == verdict


@pytest.mark.parametrize(
    ("made", "bound", "verdict"), [(2, 2, "met"), (3, 2, "MISSED"), (0, 0, "met"), (1, 0, "MISSED")]
)
def test_one_request_more_than_the_bound_misses_it(made: int, bound: int, verdict: str) -> None:
    assert count("x", made, bound).verdict == verdict


def test_the_table_shows_figures_target_and_verdict() -> None:
    text = table([count("requests", 3, 2), compare("time", [(1.0, 2.0), (1.0, 4.0)], target=1.1, note="why")])

    assert [line.split() for line in text.splitlines()] == [
        ["benchmark", "ours", "other", "ratio", "quartiles", "target", "verdict"],
        ["requests", "3", "requests", "2", "requests", "1.500", "<=", "1", "MISSED"],
        ["time", "1.000", "s", "3.000", "s", "0.375", "0.312..0.438", "<=", "1.1", "met"],
        ["time:", "why"],
    ]


OF_NO_CLOUD = {
    "connector_installation",
    "connector_package",
    "connector_plan",
    "connector_prediction",
    "connector_probe",
    "controller_objects",
    "installer_cache",
    "notify",
}


def test_every_module_has_a_lower_bound_with_its_reason() -> None:
    rows = yaml.safe_load((CHECKOUT / "tests" / "benchmarks" / "lower_bounds.yml").read_text(encoding="utf-8"))
    modules = {path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py")}

    assert {row["module"] for row in rows} == modules - OF_NO_CLOUD
    assert all(row["why"] and row["bound"] >= 0 for row in rows)
    assert len({(row["module"], row["operation"]) for row in rows}) == len(rows)
