# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""300 computers isolated and waited for: how many requests that takes, against what the contract allows at best."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from simulator import Simulator

from .bench_requests import run_module
from .harness import Row, benchmark, count

HOSTS, COMPUTERS, PAGE = 300, 1200, 500
ROUNDS = 3  # looks after 2, 5 and 9.5 seconds
OVER = 3  # what names of groups, comments and a first page may take


@benchmark
def isolation(runs: int) -> Iterator[Row]:
    """One fleet read + OPTIONS and PUT for each + rounds x pages + 3; counted, so it runs once."""
    del runs
    with Simulator(broker=False, computers=COMPUTERS, rate_limit=10_000_000) as tenant:
        tenant.control.set_isolation_pace(seconds=6)
        options = {"computers": free(tenant)[::2], "comment": "Incident 123"}
        pages = -(-COMPUTERS // PAGE)
        for what, bound in (
            (f"{HOSTS} hosts isolated and waited for", pages + 2 * HOSTS + ROUNDS * pages + OVER),
            (f"{HOSTS} hosts found isolated", pages + OVER),
        ):
            tenant.control.clear_requests()
            with tempfile.TemporaryDirectory() as work:
                run_module(tenant, Path(work), "isolation", options)
            yield count(what, len(tenant.control.requests()), bound)


def free(tenant: Simulator) -> list[str]:
    """Twice as many as are needed, on line, spread over all pages."""
    there = tenant.cloud.tenant
    found = [
        guid
        for guid, one in there.computers.items()
        if one.online and there.can_be_isolated(one) and there.isolation_of(one).status == "not_isolated"
    ]
    return found[: 2 * HOSTS]
