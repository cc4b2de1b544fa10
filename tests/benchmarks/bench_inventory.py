# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of 100,000 computers: what its parsing, its download and its Jinja cost.

Each measurement is a process of its own (inventory_process.py), which tells its seconds and the most memory it held.
The minimal plugin that ours is held against adds the same hosts and variables from a local JSON file and does nothing
else; ours has its records from its cache, which is a local JSON file, too, and no groups to make.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from simulator import Simulator

from .harness import Row, benchmark, compare, order
from .plays import CHECKOUT

COMPUTERS = 100_000
SAMPLE = 5_000  # for what Jinja costs, which grows with the hosts
MOST_RUNS = 7
PROCESS = Path(__file__).with_name("inventory_process.py")
BARE: dict[str, Any] = {"group_by": []}
PATHS = ("secure_endpoint.operating_system", "secure_endpoint.policy.name", "secure_endpoint.connector_version")
KEYED = {"keyed_groups": [{"key": PATHS[0], "prefix": "os"}]}
KEYED_THRICE = {"keyed_groups": [{"key": path, "prefix": path.rpartition(".")[2]} for path in PATHS]}
JINJA = {"keyed_groups": [{"key": "secure_endpoint.operating_system | lower", "prefix": "os"}]}

# What a careful person writes: one session, page after page.
DOWNLOAD = """
import sys, time, requests
host, user, key, ca = sys.argv[1:]
start, records = time.perf_counter(), []
with requests.Session() as session:
    session.auth = (user, key)
    url = f"https://{host}/v1/computers?limit=500"
    while url:
        answer = session.get(url, timeout=30, verify=ca)
        answer.raise_for_status()
        document = answer.json()
        records += document["data"]
        url = document["metadata"]["links"].get("next")
print(time.perf_counter() - start)
"""


@benchmark
def inventory(runs: int) -> Iterator[Row]:
    """Parsing against a minimal plugin, the download against a plain session, the cache, the cost of Jinja."""
    few = min(runs, MOST_RUNS)
    shape: dict[str, Any] = {"broker": False, "computers": COMPUTERS, "rate_limit": 10_000_000}
    with Simulator(**shape) as tenant, tempfile.TemporaryDirectory() as name:
        fleet = Fleet(tenant, Path(name))
        yield from fleet.download(few)
        yield from fleet.parse(few)
        yield from fleet.keyed_groups(few)
    with Simulator(**{**shape, "computers": SAMPLE}) as tenant, tempfile.TemporaryDirectory() as name:
        yield from Fleet(tenant, Path(name)).cost_of_groups(few)


class Fleet:
    """The files of one tenant's inventory, and what it takes to read them."""

    def __init__(self, tenant: Simulator, folder: Path) -> None:
        self.tenant = tenant
        self.folder = folder
        self.cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(folder / "kept")}

    def download(self, runs: int) -> Iterator[Row]:
        here = self.tenant
        plain = [sys.executable, "-c", DOWNLOAD, here.api_host, here.client_id, here.api_key, str(here.ca_path)]
        pairs = []
        for first_is_ours in order(runs):
            if not first_is_ours:
                other = float(_output(plain))
            ours = self.run("download", **BARE)["seconds"]
            if first_is_ours:
                other = float(_output(plain))
            pairs.append((ours, other))
        yield compare(f"inventory: {COMPUTERS} computers downloaded against a plain session", pairs, target=1.1)

    def parse(self, runs: int) -> Iterator[Row]:
        self.run("parse", **BARE, **self.cache)  # fills the cache
        self.tenant.control.clear_requests()
        self.write_minimal()
        found = [self.pair({**BARE, **self.cache}, first_is_ours) for first_is_ours in order(runs)]
        made = len(self.tenant.control.requests())
        times = [(ours["seconds"], minimal["seconds"]) for ours, minimal in found]
        memory = [(ours["megabytes"], minimal["megabytes"]) for ours, minimal in found]
        note = f"from the cache: {made} requests in {runs} runs"
        yield compare("inventory: parsing against a minimal plugin, time", times, target=1.3, note=note)
        yield compare("inventory: parsing against a minimal plugin, memory", memory, target=1.3, unit="MB")

    def keyed_groups(self, runs: int) -> Iterator[Row]:
        """Groups by plain paths against no groups."""
        bare = {**BARE, **self.cache}
        self.run("parse", **bare)  # fills the cache
        for what, asked, target in (("one keyed group", KEYED, 2.0), ("three keyed groups", KEYED_THRICE, 3.0)):
            pairs = []
            for first_is_ours in order(runs):
                ways = ({**bare, **asked}, bare) if first_is_ours else (bare, {**bare, **asked})
                one, two = (self.run("parse", **options)["seconds"] for options in ways)
                pairs.append((one, two) if first_is_ours else (two, one))
            yield compare(f"inventory: {what} by plain paths against none, {COMPUTERS} computers", pairs, target=target)

    def cost_of_groups(self, runs: int) -> Iterator[Row]:
        """Only told: what groups cost beside no groups."""
        bare = {**BARE, **self.cache}
        self.run("parse", **bare)  # fills the cache
        for what, asked in (("default groups", self.cache), ("Jinja keyed groups", {**bare, **JINJA})):
            pairs = [
                (self.run("parse", **asked)["seconds"], self.run("parse", **bare)["seconds"])
                for _run in range(min(runs, 3))
            ]
            yield compare(f"inventory: {what} against none, {SAMPLE} computers", pairs, target=None)

    def pair(self, options: Mapping[str, Any], first_is_ours: bool) -> tuple[dict[str, float], dict[str, float]]:
        if first_is_ours:
            ours = self.run("parse", **options)
            return ours, self.run("minimal")
        minimal = self.run("minimal")
        return self.run("parse", **options), minimal

    def run(self, what: str, **options: Any) -> dict[str, float]:
        here = self.tenant
        source = {
            "plugin": "ampops.secure_endpoint.computers",
            "api_host": here.api_host,
            "ca_path": str(here.ca_path),
            "client_id": here.client_id,
            "api_key": here.api_key,
            **options,
        }
        path = self.folder / "fleet.secure_endpoint.yml"
        path.write_text(yaml.safe_dump(source), encoding="utf-8")
        collections = str(CHECKOUT / ".cache" / "collections")
        told = _output([sys.executable, str(PROCESS), what, str(self.folder), str(path), collections])
        found: dict[str, float] = json.loads(told)
        return found

    def write_minimal(self) -> None:
        """The names and records that ours makes, as a local file."""
        self.run("write", **BARE, **self.cache)


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
