# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment run again over hosts that have the connector: against a competent playbook and a common shape."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .fleet import Cost, Task, fleet, manifest, missing, role
from .harness import Row, alternate, benchmark, compare, count

HOSTS, INSTALLER_MB = 10, 80
MOST_RUNS = 7
MOST_TRIPS = 1  # one look, which tells the system, too
SOFTWARE = "/root/connector.deb"


@benchmark
def deploy_again(runs: int) -> Iterator[Row]:
    """Wall time of ansible-playbook, round trips and bytes of a run that finds everything as it should be."""
    if reason := missing():
        print(f"deploy_again: not run, {reason}", file=sys.stderr)
        return
    few = min(runs, MOST_RUNS)
    entry = manifest(INSTALLER_MB)
    with (
        tempfile.TemporaryDirectory() as name,
        fleet(HOSTS, Path(name), INSTALLER_MB, prepared_by=competent(entry)) as hosts,
    ):
        costs: dict[str, list[Cost]] = {"ours": [], "competent": [], "copies": []}

        def timed(what: str, tasks: list[Task]) -> Any:
            def measure() -> float:
                costs[what].append(hosts.play(tasks))
                return costs[what][-1].seconds

            return measure

        ours = timed("ours", role("connector_deploy", connector_deploy_installers=[entry]))
        pairs = alternate(ours, timed("competent", competent(entry)), few)
        others = alternate(ours, timed("copies", copies_every_time(entry)), max(2, few // 2))
        last = {what: found[-1] for what, found in costs.items()}
    size = f"{HOSTS} hosts, {INSTALLER_MB} MB"
    yield compare(
        f"deploy again, {size}: against package_facts, stat, copy by checksum, apt, service",
        pairs,
        target=0.7,
        note=f"round trips a host {last['ours'].round_trips} against {last['competent'].round_trips}",
    )
    yield compare(
        f"deploy again, {size}: against the shape of crowdstrike.falcon's install role",
        others,
        target=None,
        note=f"the shape, written by us: facts, temporary folder, copy to every host in every run, install, remove;"
        f" it copied {last['copies'].copied / 1e6:.0f} MB",
    )
    yield count(f"deploy again, {size}: round trips a host", last["ours"].round_trips, MOST_TRIPS, unit="trips")
    yield count(f"deploy again, {size}: bytes copied", sum(each.copied for each in costs["ours"]), 0, unit="bytes")


def competent(entry: dict[str, Any]) -> list[Task]:
    """What somebody who knows Ansible writes: no facts but those of the packages, nothing copied that is there."""
    return [
        {"name": "Read the packages", "ansible.builtin.package_facts": {"manager": "apt"}},
        {
            "name": "Look at the installer",
            "ansible.builtin.stat": {"path": SOFTWARE, "checksum_algorithm": "sha256"},
            "register": "there",
        },
        {
            "name": "Copy the installer",
            "ansible.builtin.copy": {"src": entry["path"], "dest": SOFTWARE, "mode": "0600"},
            "when": f"not there.stat.exists or there.stat.checksum != '{entry['sha256']}'",
        },
        {
            "name": "Install the package",
            "ansible.builtin.apt": {"deb": SOFTWARE},
            "when": "'ciscoampconnector' not in ansible_facts['packages']"
            f" or ansible_facts['packages']['ciscoampconnector'][0].version != '{entry['version']}'",
        },
        {
            "name": "Start the service",
            "ansible.builtin.service": {"name": "cisco-amp", "state": "started", "enabled": True},
        },
    ]


def copies_every_time(entry: dict[str, Any]) -> list[Task]:
    """The shape of a common install role: it does not look first, and leaves the decision to the package manager."""
    return [
        {"name": "Gather facts", "ansible.builtin.gather_facts": {"gather_subset": ["!all"]}},
        {"name": "Read the packages", "ansible.builtin.package_facts": {"manager": "apt"}},
        {"name": "Make a temporary folder", "ansible.builtin.tempfile": {"state": "directory"}, "register": "folder"},
        {
            "name": "Copy the installer",
            "ansible.builtin.copy": {
                "src": entry["path"],
                "dest": "{{ folder.path }}/connector.deb",
                "mode": "0600",
            },
        },
        {"name": "Install the package", "ansible.builtin.apt": {"deb": "{{ folder.path }}/connector.deb"}},
        {
            "name": "Start the service",
            "ansible.builtin.service": {"name": "cisco-amp", "state": "started", "enabled": True},
        },
        {
            "name": "Remove the temporary folder",
            "ansible.builtin.file": {"path": "{{ folder.path }}", "state": "absent"},
        },
    ]
