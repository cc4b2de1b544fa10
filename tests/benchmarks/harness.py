# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a benchmark is made of: paired, alternating runs, their ratios, and a row of the table with its target.

A file bench_*.py beside this one registers functions:

    @benchmark
    def bulk_hashes(runs: int) -> Iterator[Row]:
        pairs = alternate(ours, the_loop_with_uri, runs)
        yield compare("bulk hashes", pairs, target=0.02)

`make bench` runs them all, or those that are named (`make bench BENCH=bulk_hashes RUNS=30`).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[float, float]
"""One measurement of ours and, right before or after it, one of the other's, in the same unit."""


@dataclass(frozen=True)
class Row:
    """One line of the table. A ratio is ours / other's, so smaller is better; without a target it is only told."""

    what: str
    ours: float
    other: float
    ratio: float
    spread: tuple[float, float]
    target: float | None
    unit: str = "s"
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the median ratio keeps to the target."""
        return self.target is None or self.ratio <= self.target

    @property
    def verdict(self) -> str:
        return "-" if self.target is None else "met" if self.met else "MISSED"


Benchmark = Callable[[int], Iterable[Row]]
BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(function: Benchmark) -> Benchmark:
    """Register a benchmark by its function's name; it takes the number of pairs to run."""
    BENCHMARKS[function.__name__] = function
    return function


def seconds(call: Callable[[], object]) -> Callable[[], float]:
    """Make of a call one that returns its wall time."""

    def timed() -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return timed


def alternate(ours: Callable[[], float], other: Callable[[], float], runs: int) -> list[Pair]:
    """Measure both `runs` times in pairs. Who goes first alternates, so a machine that drifts favours neither.

    One pair before them warms caches and is not counted.
    """
    ours(), other()
    pairs = []
    for first_is_ours in order(runs):
        if first_is_ours:
            mine = ours()
            theirs = other()
        else:
            theirs = other()
            mine = ours()
        pairs.append((mine, theirs))
    return pairs


def order(runs: int) -> list[bool]:
    """Whether ours goes first in each pair."""
    return [number % 2 == 0 for number in range(runs)]


def compare(what: str, pairs: Sequence[Pair], *, target: float | None, unit: str = "s", note: str = "") -> Row:
    """Medians of both sides, the median of the pairs' ratios, and the quartiles of the ratios as their spread."""
    ratios = [ours / other for ours, other in pairs]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
    ours = statistics.median(pair[0] for pair in pairs)
    other = statistics.median(pair[1] for pair in pairs)
    return Row(what, ours, other, ratio, (low, high), target, unit, note)


def count(what: str, ours: int, bound: int, *, unit: str = "requests", note: str = "") -> Row:
    """A count against its lower bound: the same in every run, and the target is to equal it."""
    ratio = ours / bound if bound else 1.0 + ours
    return Row(what, ours, bound, ratio, (ratio, ratio), 1.0, unit, note)


def table(rows: Sequence[Row]) -> str:
    """The rows as aligned text."""
    head = ("benchmark", "ours", "other", "ratio", "quartiles", "target", "verdict")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
    notes = [f"{row.what}: {row.note}" for row in rows if row.note]
    return "\n".join([text, *notes])


def _cells(row: Row) -> tuple[str, ...]:
    figure = "{:.3f} {}" if row.unit.split()[-1] == "s" else "{:.0f} {}"  # seconds, of whatever
    spread = f"{row.spread[0]:.3f}..{row.spread[1]:.3f}" if row.spread[0] != row.spread[1] else ""
    target = "" if row.target is None else f"<= {row.target:g}"
    ours, other = figure.format(row.ours, row.unit), figure.format(row.other, row.unit)
    return row.what, ours, other, f"{row.ratio:.3f}", spread, target, row.verdict
