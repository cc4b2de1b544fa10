# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a playbook three times (check, real, again) and hold what it did against what it promised.

A play of `plays/` says its exceptions itself, in the variable `harness` of its first play:
    warnings: [texts]       each must appear in some run; any other warning fails the play
    repeats: [task names]   actions without a state to compare: changed in every run (R29)
    unpredicted: [task names]   tasks whose check mode cannot know the outcome, each with its reason in a comment
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
PLAYS = Path(__file__).parent / "plays"
WARNING = re.compile(r"^\[(?:DEPRECATION )?WARNING\]: ?(.*)$", re.MULTILINE)
# Said by ansible-core about the machine, not about the play.
MACHINE_WARNINGS = (
    "provided hosts list is empty",
    "No inventory was parsed",
    "Platform ",
    "Host 'localhost' is using the discovered",
)


@dataclass(frozen=True)
class TaskResult:
    """One task on one host."""

    host: str
    task: str
    action: str
    outcome: str
    changed: bool
    result: dict[str, Any]


@dataclass(frozen=True)
class PlayRun:
    """One run of ansible-playbook."""

    returncode: int
    stdout: str
    stderr: str
    tasks: list[TaskResult]

    @property
    def warnings(self) -> list[str]:
        """Warnings and deprecations, those about the machine left out."""
        found = [text.strip() for text in WARNING.findall(self.stderr)]
        return [text for text in found if not text.startswith(MACHINE_WARNINGS)]

    @property
    def changed(self) -> dict[str, bool]:
        """Task name to whether it reported a change (a loop or a repeated name: any)."""
        changed: dict[str, bool] = {}
        for task in self.tasks:
            if task.outcome != "skipped":
                changed[task.task] = changed.get(task.task, False) or task.changed
        return changed

    def task(self, name: str) -> TaskResult:
        """The one result of a task, by its name (role and play prefixes may be left out)."""
        found = [task for task in self.tasks if task.task == name or task.task.endswith(" : " + name)]
        assert len(found) == 1, f"{len(found)} results of {name!r} among {[t.task for t in self.tasks]}"
        return found[0]


@dataclass
class Playbooks:
    """Runs playbooks against a tenant; `environment` says which."""

    environment: dict[str, str]
    folder: Path
    runs: int = field(default=0)

    def run(
        self,
        playbook: str | Path,
        *,
        check: bool = False,
        variables: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        arguments: tuple[str, ...] = (),
    ) -> PlayRun:
        """Run one playbook (a path, or a name such as ampops.secure_endpoint.demo) on localhost."""
        record, argv, env = self._command(playbook, check, variables, environment, arguments)
        ended = subprocess.run(argv, env=env, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)
        tasks = [TaskResult(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]
        return PlayRun(ended.returncode, ended.stdout, ended.stderr, tasks)

    @contextmanager
    def started(
        self, playbook: str | Path, *, variables: dict[str, Any], arguments: tuple[str, ...] = ()
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start a playbook that is going to be killed; what it says is thrown away."""
        _record, argv, env = self._command(playbook, False, variables, None, arguments)
        process = subprocess.Popen(argv, env=env, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            kill(process.pid)
            process.wait()

    def _command(
        self,
        playbook: str | Path,
        check: bool,
        variables: dict[str, Any] | None,
        environment: dict[str, str] | None,
        arguments: tuple[str, ...],
    ) -> tuple[Path, list[str], dict[str, str]]:
        """Return the file that records the tasks, the command and its environment."""
        self.runs += 1
        record = self.folder / f"run-{self.runs}.jsonl"
        record.touch()
        argv = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(playbook),
            "--diff",
            *(["--check"] if check else []),
            "-e",
            json.dumps({"ansible_python_interpreter": sys.executable, "work": str(self.folder), **(variables or {})}),
            *arguments,
        ]
        return (
            record,
            argv,
            {
                **clean_environment(),
                **self.environment,
                "HARNESS_RECORD": str(record),
                **(environment or {}),
            },
        )


def kill(pid: int) -> None:
    """Kill a process and those that it started, which have sessions of their own and would go on."""
    for one in [pid, *descendants(pid)]:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """Return the processes below one, nearest first."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found[1:]


def clean_environment() -> dict[str, str]:
    """What a user's shell would hand to ansible-playbook, with nothing of Ansible's or the tenant's set by chance."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANSIBLE_", "SECURE_ENDPOINT_", "AWX_"))}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".cache" / "collections"),
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_INJECT_FACT_VARS": "false",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "COLUMNS": "4000",
        "LC_ALL": "C.UTF-8",
    }


def exceptions_of(play: Path) -> dict[str, list[str]]:
    """The variable `harness` of the first play."""
    declared = (yaml.safe_load(play.read_text(encoding="utf-8"))[0].get("vars") or {}).get("harness") or {}
    return {key: list(declared.get(key, [])) for key in ("warnings", "repeats", "unpredicted")}


def assert_three_runs(check: PlayRun, real: PlayRun, again: PlayRun, exceptions: dict[str, list[str]]) -> None:
    """Check mode predicted what the real run did, the next run changed nothing, nobody warned unexpectedly."""
    for name, run in (("check", check), ("real", real), ("again", again)):
        assert run.returncode == 0, f"the {name} run failed:\n{run.stdout}\n{run.stderr}"
        unexpected = [w for w in run.warnings if not any(text in w for text in exceptions["warnings"])]
        assert not unexpected, f"the {name} run warned: {unexpected}"
    everything = "\n".join(w for run in (check, real, again) for w in run.warnings)
    assert all(text in everything for text in exceptions["warnings"]), f"expected warnings never came:\n{everything}"

    for task, changed in real.changed.items():
        if task not in exceptions["unpredicted"] and task in check.changed:
            assert check.changed[task] == changed, f"check mode predicted changed={check.changed[task]} for {task!r}"
    for task, changed in again.changed.items():
        expected = task in exceptions["repeats"]
        assert changed == expected, f"the second run reports changed={changed} for {task!r}"
