# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of 50,000 computers and 100,000 events, from JSON Lines on disk to three files, and its page in a browser.

Ten thousand incidents need a person: a bad night. Each run is a process of its own, with its start and its imports.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import browser

from .correlation import bodies
from .harness import Row, benchmark
from .plays import CHECKOUT

EVENTS, COMPUTERS = 100_000, 50_000
MOST_SECONDS, MOST_MEGABYTES, MOST_TO_OPEN = 30.0, 15.0, 2.0
MOST_RUNS = 5
NEVER = "2100-01-01T00:00:00Z"

WRITE = """
import sys
from types import SimpleNamespace
from synthetic._api.options import ConnectionOptions
from synthetic._report.write import make_report
from synthetic._resources._shared.tenant import Tenant

folder = sys.argv[1]
client = SimpleNamespace(options=ConnectionOptions(api_host="", client_id="", api_key=""))
make_report(Tenant(client, False, False, print), {
    "path": f"{folder}/night.html", "since": "2023-11-01", "title": "Incident report", "state_dir": None,
    "events_paths": [f"{folder}/events.jsonl"], "computers_path": f"{folder}/computers.jsonl", "fleet": "auto",
    "stale_after": 7, "rule": "same_computer", "window_seconds": 300, "coverage": [], "exclude_fields": [],
    "region": "eu", "api_host": None, "console_host": None, "allow_ephemeral": True,
})
"""


@benchmark
def report(runs: int) -> Iterator[Row]:
    """Seconds to write it, megabytes of its page, seconds to open it: against the bounds of the guide."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "events.jsonl").open("wb") as file:
            file.writelines(body + b"\n" for body in bodies(EVENTS))
        with (folder / "computers.jsonl").open("w", encoding="utf-8") as lines:
            lines.writelines(computers())
        written = [write(folder) for _run in range(min(runs, MOST_RUNS))]
        page = folder / "night.html"
        note = f"{EVENTS:,} events, {COMPUTERS:,} computers"
        yield bounded("report: JSON Lines to three files", written, MOST_SECONDS, "s", note)
        yield bounded("report: size of the page", [page.stat().st_size / 1e6], MOST_MEGABYTES, "MB", note)
        if browser.PROGRAM is not None:
            opened = [seconds_to_open(page, folder / f"profile-{run}") for run in range(min(runs, MOST_RUNS))]
            yield bounded("report: to open the page in Chromium", opened, MOST_TO_OPEN, "s", "until it is laid out")


def write(folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", WRITE, str(folder)], check=True, env={"PYTHONPATH": str(CHECKOUT / "tests")})
    return time.perf_counter() - start


def seconds_to_open(page: Path, profile: Path) -> float:
    """From the address to the second frame after the page's own script ran."""
    with browser.Page(profile) as opened:
        start = time.perf_counter()
        opened.open(page)
        opened.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return time.perf_counter() - start


def bounded(what: str, measured: Sequence[float], bound: float, unit: str, note: str) -> Row:
    ours = statistics.median(measured)
    return Row(what, ours, bound, ours / bound, (min(measured) / bound, max(measured) / bound), 1.0, unit, note)


def computers() -> Iterator[str]:
    """A fleet of which seven in a hundred are stale, faulty or inactive."""
    random = Random(1)
    for number in range(COMPUTERS):
        luck = random.random()
        yield (
            json.dumps(
                {
                    "connector_guid": f"00000000-0000-4000-8000-{number:012x}",
                    "hostname": f"workstation-{number}",
                    "active": luck > 0.002,
                    "connector_version": random.choice(("8.4.5.30483", "8.4.4.30467", "8.2.3.30119", "1.26.1.1003")),
                    "operating_system": random.choice(("Windows 11", "Windows 10", "Ubuntu 22.04", "macOS 15")),
                    "policy": {"name": random.choice(("Protect", "Audit", "Server"))},
                    "groups": [{"name": f"Group {number % 37}"}],
                    "last_seen": NEVER if luck > 0.05 else "2026-01-01T00:00:00Z",
                    "faults": ["The driver is not loaded"] if luck < 0.02 else [],
                    "isolation": {"available": True, "status": "isolated" if luck < 0.001 else "not_isolated"},
                    "network_addresses": [{"mac": "00:00:5e:00:53:01", "ip": "192.0.2.1"}],
                }
            )
            + "\n"
        )
