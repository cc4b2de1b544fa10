# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Correlation and the three groupings: time against json.loads, how it grows, and the memory that it takes."""

from __future__ import annotations

from collections.abc import Iterator

from .correlation import measure_apart, slope
from .harness import Row, benchmark, compare

SIZES = (10_000, 30_000, 100_000)


@benchmark
def correlation(runs: int) -> Iterator[Row]:
    """Each run is a process of its own; `python -m benchmarks.correlation --sizes` goes to millions of events."""
    last = [measure_apart(SIZES[-1]) for _run in range(min(runs, 7))]
    pairs = [(one.ours, one.loads) for one in last]
    yield compare("correlation + three groupings against json.loads", pairs, target=1.0)
    bend = slope([*map(measure_apart, SIZES[:-1]), min(last, key=lambda one: one.ours)])
    yield Row("correlation: log time over log events", bend, 1.0, bend, (bend, bend), 1.05, "slope")
    memory = max(one.memory for one in last)
    yield Row("correlation: peak memory", memory, 150, memory / 150, (memory / 150, memory / 150), 1.0, "MiB")
