# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task in a loop says what the task alone says (R30b)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from .harness import Playbooks

LIST = {"file_list": "Simple Custom Detection List", "file_list_type": "simple_custom_detections"}
TASKS: dict[str, dict[str, Any]] = {
    "file_list_entry": {**LIST, "entries": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]},
    "computer_group": {"computers": ["pc-0000"], "group": "Triage"},
    "isolation": {"computers": ["pc-0000"], "wait": False, "precheck": "none"},
    "computer": {"computers": ["pc-0000"], "state": "absent"},
    "group": {"name": "A new group", "parent": "Triage"},
}


@pytest.mark.parametrize("module", TASKS)
def test_a_loop_shows_the_same_diff_as_the_task_alone(module: str, playbooks: Playbooks, tmp_path: Path) -> None:
    task = {f"ampops.secure_endpoint.{module}": TASKS[module]}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"name": "Alone", **task}, {"name": "In a loop", **task, "loop": ["once"]}],
    }
    path = tmp_path / "loop.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")

    ran = playbooks.run(path, check=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    alone, looped = (diff_of(ran.stdout, name) for name in ("Alone", "In a loop"))
    assert alone
    assert looped == alone


def diff_of(output: str, task: str) -> list[str]:
    """The lines of the diff that follow the heading of a task."""
    said = re.split(r"^TASK \[", output, flags=re.MULTILINE)
    (part,) = [one for one in said if one.startswith(task + "]")]
    return [line for line in part.splitlines()[1:] if line[:1] in ("-", "+", "@", " ") and line.strip()]
