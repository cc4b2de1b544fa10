# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of pretend hosts with the connector installed, and plays over it: their seconds, round trips and bytes."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roles.linux.packages import installer
from roles.pretend.hosts import ENVIRONMENT, Host, ansible_settings, clones, pretend_host

FAMILY = "debian"
VERSION = "1.26.0"
Task = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """What a play took: seconds from the start of ansible-playbook to its end; the most round trips to one host; bytes
    of all files that were copied to hosts; seconds of CPU on the controller, without what ran on the hosts."""

    seconds: float
    round_trips: int
    copied: int
    controller_cpu: float


def missing() -> str:
    """Why there can be no pretend hosts here; empty where there can."""
    if os.geteuid() != 0:
        return "the pretend hosts are containers with an init of their own, which takes root"
    needed = [program for program in ("podman", "mmdebstrap", "dpkg-deb", "gpg") if shutil.which(program) is None]
    return f"{', '.join(needed)} is missing" if needed else ""


class Fleet:
    """Hosts that are clones of one with the connector, so all are the same."""

    def __init__(self, hosts: list[Host], folder: Path) -> None:
        self.folder = folder
        inventory = {"all": {"hosts": {host.name: host.reach for host in hosts}}}
        (folder / "fleet.json").write_text(json.dumps(inventory), encoding="utf-8")

    def play(self, tasks: list[Task]) -> Cost:
        """Run tasks on all hosts with Ansible's own number of forks. Raises RuntimeError where anything failed."""
        record = self.folder / "round_trips"
        record.write_text("", encoding="utf-8")
        play = {"name": "Measure", "hosts": "all", "gather_facts": False, "tasks": tasks}
        (self.folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "fleet.json", "play.yml"]
        before, start = seconds_of_children(), time.perf_counter()
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env={
                **os.environ,
                **ENVIRONMENT,
                **ansible_settings(),
                "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
                "PRETEND_RECORD": str(record),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        if ended.returncode != 0:
            raise RuntimeError(f"the play failed:\n{ended.stdout}{ended.stderr}")
        trips = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
        by_host = [sum(trip["host"] == host for trip in trips) for host in {trip["host"] for trip in trips}]
        controller = seconds_of_children() - before - sum(trip["cpu"] for trip in trips)
        copied = sum(trip["bytes"] for trip in trips if trip["what"] == "put")
        return Cost(seconds, max(by_host, default=0), copied, controller)


def seconds_of_children() -> float:
    """Return the seconds of CPU of what this process has started and waited for, in all generations."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def fleet(count: int, folder: Path, padding_mb: int = 0, prepared_by: list[Task] | None = None) -> Iterator[Fleet]:
    """`count` hosts with the connector of VERSION, on which the tasks `prepared_by` were run too."""
    with pretend_host(FAMILY) as first:
        deployed = first.role("connector_deploy", connector_deploy_installers=[manifest(padding_mb)])
        if deployed.rc != 0:
            raise RuntimeError(f"the deployment failed: {deployed.error}")
        if prepared_by:
            Fleet([first], folder).play(prepared_by)
        first.sh("systemctl stop cisco-amp; sync")  # its clones start it again
        with clones(first, count) as hosts:
            for host in hosts:
                host.sh("timeout 60 sh -c 'until systemctl is-active --quiet cisco-amp; do sleep 0.2; done'")
            yield Fleet(hosts, folder)


def manifest(padding_mb: int = 0) -> dict[str, Any]:
    """The manifest entry of an installer of that size."""
    return installer(FAMILY, VERSION, padding_mb=padding_mb)


def role(name: str, **variables: Any) -> list[Task]:
    """The one task that runs a role of ours."""
    included = {"name": f"ampops.secure_endpoint.{name}"}
    return [{"name": f"Run {name}", "ansible.builtin.include_role": included, "vars": variables}]
