# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty forks, each with a task of its own, and one hourly limit for all of them (R28)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .harness import Playbooks

if TYPE_CHECKING:
    from simulator import Simulator

FORKS, RESERVE, LEFT = 50, 50, 60


@pytest.mark.parametrize(("reset", "wait"), [(3000, 0), (15, 60)])
def test_fifty_forks_with_sixty_requests_left(reset: int, wait: int, simulator_api: Simulator, tmp_path: Path) -> None:
    groups = list(simulator_api.tenant.groups)[:3]
    task: dict[str, Any] = {
        "name": "Read three groups, a request each",
        "ampops.secure_endpoint.group_info": {"guids": groups, "rate_limit_wait": wait},
        "delegate_to": "localhost",
    }
    play = [{"hosts": "all", "gather_facts": False, "tasks": [task]}]
    (tmp_path / "play.yml").write_text(json.dumps(play), encoding="utf-8")
    hosts = ",".join(f"host{number}" for number in range(FORKS)) + ","
    simulator_api.control.set_rate_limit(remaining=LEFT, reset=reset)

    ran = Playbooks(simulator_api.environment, tmp_path).run(
        tmp_path / "play.yml", arguments=("-i", hosts, "--forks", str(FORKS))
    )

    assert len(ran.tasks) == FORKS
    answered = [request["status"] for request in simulator_api.control.requests()]
    if wait:
        # A fork whose clock is ahead asks just before the limit is reset, and once more after the 429.
        assert {task.outcome for task in ran.tasks} == {"ok"}
        assert answered.count(200) == FORKS * len(groups)
    else:
        assert set(answered) == {200}  # nobody met a 429
        assert LEFT - RESERVE <= len(answered) <= LEFT - RESERVE + FORKS
        refused = [task.result["msg"] for task in ran.tasks if task.outcome == "failed"]
        assert refused
        assert all(f"but for the reserve of {RESERVE}" in message for message in refused)
