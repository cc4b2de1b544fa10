# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of ours and tasks of somebody else's in one play, timed each for itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .harness import Pair, order

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
Task = Mapping[str, Any]
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
sys.exit(status)
"""


def alternating_tasks(ours: Task, other: Task, runs: int, environment: Mapping[str, str]) -> list[Pair]:
    """Run both tasks `runs` times by turns in one play on localhost.

    The time that ansible-playbook takes to start is in neither, so it cannot make unequal tasks look alike.
    """
    tasks: list[dict[str, Any]] = []
    for first_is_ours in [True, *order(runs)]:
        pair = [{"name": "ours", **ours}, {"name": "other", **other}]
        tasks += pair if first_is_ours else pair[::-1]
    times = task_seconds(tasks, environment)
    mine = [seconds for name, seconds in times if name == "ours"]
    theirs = [seconds for name, seconds in times if name == "other"]
    return list(zip(mine, theirs, strict=True))[1:]  # the first pair warms caches


def task_seconds(tasks: list[dict[str, Any]], environment: Mapping[str, str]) -> list[tuple[str, float]]:
    """Run tasks on localhost; return name and seconds of each, in order."""
    with tempfile.TemporaryDirectory() as name:
        record = Path(name, "seconds")
        timing = {
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "task_seconds",
            "TASK_SECONDS": str(record),
        }
        run_tasks(tasks, Path(name), {**environment, **timing})
        lines = record.read_text(encoding="utf-8").splitlines()
    return [(found["task"], found["seconds"]) for found in map(json.loads, lines)]


def run_tasks(
    tasks: list[dict[str, Any]], folder: Path, environment: Mapping[str, str], *, check: bool = False
) -> float:
    """Run tasks on localhost, where nothing of the user's own set-up of Ansible has a say. Raises RuntimeError.

    Returns the most memory that ansible-playbook or a process below it held, in MB.
    """
    play = {"name": "Benchmark", "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    interpreter = f"ansible_python_interpreter={sys.executable}"
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            MEASURED,
            PROGRAMS / "ansible-playbook",
            "play.yml",
            "-e",
            interpreter,
            *(["--check"] if check else []),
        ],
        cwd=folder,
        env={
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".cache" / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise RuntimeError(f"the play failed:\n{ended.stdout}{ended.stderr}")
    return int(ended.stdout.splitlines()[-1]) / 1024
