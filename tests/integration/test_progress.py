# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long task shows at -v while it runs, and that nothing of it is left behind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from simulator import Simulator

from .harness import Playbooks, PlayRun

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = {"name": "Read", "ampops.secure_endpoint.computer_info": {}, "no_log": True}


@pytest.fixture(scope="module")
def slow_tenant() -> Iterator[Simulator]:
    """Three pages, each of which takes longer than two lines are apart."""
    with Simulator(broker=False, computers=1200) as tenant:
        tenant.control.set_latency(2.5)
        yield tenant


def run(tenant: Simulator, folder: Path, task: dict[str, object], *arguments: str) -> PlayRun:
    play = folder / "play.yml"
    play.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    (folder / "tmp").mkdir()
    environment = {**tenant.environment, "TMPDIR": str(folder / "tmp")}
    ended = Playbooks(environment, folder).run(play, arguments=arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert not list((folder / "tmp").glob("secure_endpoint-progress-*"))
    return ended


def test_a_long_read_tells_its_pages(slow_tenant: Simulator, tmp_path: Path) -> None:
    shown = run(slow_tenant, tmp_path, READ, "-v").stdout

    lines = re.findall(r"computer_info: /v1/computers: (\d+) of 1200 records; (\d) requests made, \d+ left", shown)
    assert lines in ([("500", "1"), ("1000", "2")], [("1000", "2")])


def test_nothing_is_told_below_v(slow_tenant: Simulator, tmp_path: Path) -> None:
    assert "requests made" not in run(slow_tenant, tmp_path, READ).stdout


def test_under_async_the_task_just_runs(slow_tenant: Simulator, tmp_path: Path) -> None:
    job = {**READ, "async": 60, "poll": 1, "vars": {"ansible_async_dir": str(tmp_path / "jobs")}}

    assert "requests made" not in run(slow_tenant, tmp_path, job, "-v").stdout
