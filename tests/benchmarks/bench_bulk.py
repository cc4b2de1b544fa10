# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many items in one task, against what people do today: a loop over `uri`, the same with async, a script.

Ours are timed as tasks, from their start to their result; so are the loops. Loops are measured on fewer items and
scaled: each of their items starts a module of its own, and what they cost once is nothing beside that. The script's
time is all of its own, without the start of Python and its imports.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from simulator import Simulator

from .harness import Row, alternate, benchmark, compare
from .plays import task_seconds

HASHES, THERE, SAMPLE = 1000, 500, 50
HOSTS = 300
LATENCIES = (0.0, 0.08)
CONCURRENCY = 10
MOST_RUNS = 7  # of comparisons that take minutes
LIST = "Simple Custom Detection List"

# What a careful person writes in an afternoon: one connection, pages first, then what is missing.
SCRIPT = """
import sys, time, requests
host, user, key, ca, guid, count = sys.argv[1:]
wanted = [f"{number:064x}" for number in range(int(count))]
start = time.perf_counter()
with requests.Session() as session:
    session.auth, session.verify = (user, key), ca
    url, there = f"https://{host}/v1/file_lists/{guid}/files?limit=500", set()
    while url:
        answer = session.get(url, timeout=30)
        answer.raise_for_status()
        document = answer.json()
        there |= {item["sha256"] for item in document["data"]["items"]}
        url = document["metadata"]["links"].get("next")
    for sha256 in wanted:
        if sha256 not in there:
            answer = session.post(f"https://{host}/v1/file_lists/{guid}/files/{sha256}", timeout=30)
            if answer.status_code != 409:
                answer.raise_for_status()
print(time.perf_counter() - start)
"""


@benchmark
def bulk_hashes(runs: int) -> Iterator[Row]:
    """1,000 hashes into a list that holds 500 of them."""
    with Simulator(broker=False, rate_limit=10_000_000) as tenant:
        bench = Hashes(tenant)
        for latency in LATENCIES:
            bench.latency = latency
            at, few = f"{latency * 1000:.0f} ms", min(runs, MOST_RUNS)
            scaled = f"measured on {SAMPLE} hashes and scaled to {HASHES}"
            yield compare(
                f"{HASHES} hashes against a uri loop, {at}",
                alternate(bench.ours, bench.uri_loop, few),
                target=1 / 50 if not latency else None,
                note=scaled,
            )
            if not latency:  # its jobs run side by side: a latency tells nothing more
                yield compare(
                    f"{HASHES} hashes against a uri loop with async, {at}",
                    alternate(bench.ours, bench.async_loop, few),
                    target=None,
                    note=scaled,
                )
            yield compare(
                f"{HASHES} hashes against a script with keep-alive, {at}",
                alternate(bench.ours, bench.script, few),
                target=1 / (0.5 * CONCURRENCY) if latency else None,
            )


@benchmark
def bulk_moves(runs: int) -> Iterator[Row]:
    """300 hosts to another group."""
    with Simulator(broker=False, computers=HOSTS + 100, rate_limit=10_000_000) as tenant:
        bench = Moves(tenant)
        for latency in LATENCIES:
            bench.latency = latency
            yield compare(
                f"{HOSTS} hosts moved against a uri loop, {latency * 1000:.0f} ms",
                alternate(bench.ours, bench.uri_loop, min(runs, MOST_RUNS)),
                target=1 / 50 if not latency else None,
                note=f"measured on {SAMPLE} hosts and scaled to {HOSTS}",
            )


class Bench:
    """One tenant, put back before each measurement."""

    def __init__(self, tenant: Simulator) -> None:
        self.tenant = tenant
        self.latency = 0.0

    def prepare(self) -> None:
        self.tenant.control.reset()
        self.tenant.control.set_rate_limit(limit=10_000_000)
        if self.latency:
            self.tenant.control.set_latency(self.latency)

    def seconds(self, *tasks: dict[str, Any]) -> float:
        """The wall time of all of them."""
        return sum(seconds for _name, seconds in task_seconds(list(tasks), self.tenant.environment))

    def uri(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        return {
            "ansible.builtin.uri": {
                "url": f"https://{self.tenant.api_host}{path}",
                "method": method,
                "url_username": self.tenant.client_id,
                "url_password": self.tenant.api_key,
                "force_basic_auth": True,
                "ca_path": self.tenant.ca_path,
                **more,
            }
        }


class Hashes(Bench):
    """The same list before each measurement: 500 of the 1,000 hashes are in it."""

    @property
    def guid(self) -> str:
        lists = self.tenant.cloud.tenant.file_lists.values()
        return next(one.guid for one in lists if one.name == LIST)

    def prepare(self) -> None:
        super().prepare()
        here = self.tenant.cloud.tenant.file_lists[self.guid]
        here.items.update({sha: {"description": None, "source": "Web"} for sha in _hashes(THERE)})

    def ours(self) -> float:
        self.prepare()
        options = {"file_list": LIST, "file_list_type": "simple_custom_detections", "entries": _hashes(HASHES)}
        return self.seconds({"name": "ours", "ampops.secure_endpoint.file_list_entry": options})

    def uri_loop(self) -> float:
        """A POST for each, as today's playbooks do: a conflict says that it was there."""
        self.prepare()
        post = self.uri("POST", f"/v1/file_lists/{self.guid}/files/{{{{ item }}}}", status_code=[201, 409])
        return self.seconds({"name": "loop", **post, "loop": _sample()}) * HASHES / SAMPLE

    def async_loop(self) -> float:
        self.prepare()
        with tempfile.TemporaryDirectory() as jobs:
            there = {"vars": {"ansible_async_dir": jobs}}
            post = self.uri("POST", f"/v1/file_lists/{self.guid}/files/{{{{ item }}}}", status_code=[201, 409])
            start = {"name": "start", **post, "loop": _sample(), "async": 600, "poll": 0, "register": "jobs", **there}
            wait = {
                "name": "wait",
                "ansible.builtin.async_status": {"jid": "{{ item.ansible_job_id }}"},
                "loop": "{{ jobs.results }}",
                "register": "done",
                "until": "done is finished",
                "retries": 600,
                "delay": 1,
                **there,
            }
            return self.seconds(start, wait) * HASHES / SAMPLE

    def script(self) -> float:
        self.prepare()
        here = self.tenant
        arguments = [here.api_host, here.client_id, here.api_key, str(here.ca_path), self.guid, str(HASHES)]
        return _run(SCRIPT, arguments)


class Moves(Bench):
    """The hosts are where the seed puts them, and none of them in the group Unused."""

    def guids(self, count: int) -> list[str]:
        return list(self.tenant.cloud.tenant.computers)[:count]

    def ours(self) -> float:
        self.prepare()
        options = {"computers": self.guids(HOSTS), "group": "Unused"}
        return self.seconds({"name": "ours", "ampops.secure_endpoint.computer_group": options})

    def uri_loop(self) -> float:
        self.prepare()
        groups = self.tenant.cloud.tenant.groups.values()
        body = {"group_guid": next(one.guid for one in groups if one.name == "Unused")}
        patch = self.uri("PATCH", "/v1/computers/{{ item }}", status_code=[202], body_format="json", body=body)
        return self.seconds({"name": "loop", **patch, "loop": self.guids(SAMPLE)}) * HOSTS / SAMPLE


def _hashes(count: int) -> list[str]:
    return [f"{number:064x}" for number in range(count)]


def _sample() -> list[str]:
    """Half of them are in the list."""
    return [f"{number:064x}" for number in range(THERE - SAMPLE // 2, THERE + SAMPLE // 2)]


def _run(program: str, arguments: list[str]) -> float:
    """Run a program that prints its own seconds. Raises RuntimeError with what it says."""
    # An empty environment: a variable that names another CA would win over `session.verify`.
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, env={}, check=False
    )
    if ended.returncode != 0:
        raise RuntimeError(f"the script failed:\n{ended.stderr}")
    return float(ended.stdout)
