# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correlation and the three groupings: time against json.loads, how it grows, and the memory that it takes."""

from __future__ import annotations

from collections.abc import Iterator

from .correlation import measure_apart, slope
from .harness import Row, benchmark, compare

COMPARED = 100_000
SIZES = (10_000, 1_000_000, 5_000_000)


@benchmark
def correlation(runs: int) -> Iterator[Row]:
    """Each run is a process of its own; the largest takes two minutes."""
    compared = [measure_apart(COMPARED) for _run in range(min(runs, 7))]
    pairs = [(one.ours, one.loads) for one in compared]
    yield compare("correlation + three groupings against json.loads", pairs, target=1.0)
    pairs = [(one.ours + one.reading, one.loads) for one in compared]
    yield compare("the same with taking the fields from the decoded objects", pairs, target=None)
    pairs = [(one.records, one.loads) for one in compared]
    yield compare("the records of what is told, default rule, against json.loads of all events", pairs, target=1.3)
    middle = sorted(compared, key=lambda one: one.ours)[len(compared) // 2]
    measured = [middle, *map(measure_apart, SIZES)]
    bend = slope(measured)
    note = f"{min(SIZES):,} to {max(SIZES):,} events"
    yield Row("correlation: log time over log events", bend, 1.0, bend, (bend, bend), 1.05, "slope", note)
    memory = max(one.memory for one in measured)
    yield Row("correlation: peak memory", memory, 150, memory / 150, (memory / 150, memory / 150), 1.0, "MiB", note)
