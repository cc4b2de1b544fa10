# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a fleet's connectors: against the facts from which one would put it together oneself."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .fleet import Cost, Task, fleet, missing, role
from .harness import Row, alternate, benchmark, compare, count

HOSTS = 20
MOST_RUNS = 7
MOST_TRIPS = 1
FACTS: list[Task] = [
    {"name": "Gather facts", "ansible.builtin.setup": {}},
    {"name": "Read the packages", "ansible.builtin.package_facts": {}},
    {"name": "Read the services", "ansible.builtin.service_facts": {}},
]


@benchmark
def status(runs: int) -> Iterator[Row]:
    """Wall time of ansible-playbook and round trips to one host."""
    if reason := missing():
        print(f"status: not run, {reason}", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as name, fleet(HOSTS, Path(name)) as hosts:
        costs: list[Cost] = []

        def ours() -> float:
            costs.append(hosts.play(role("connector_status")))
            return costs[-1].seconds

        pairs = alternate(ours, lambda: hosts.play(FACTS).seconds, min(runs, MOST_RUNS))
    yield compare(f"status of {HOSTS} hosts: against setup, package_facts, service_facts", pairs, target=0.6)
    most = max(cost.round_trips for cost in costs)
    yield count(f"status of {HOSTS} hosts: round trips to one", most, MOST_TRIPS, unit="trips")
