# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a task can say, run directly and as modules: the results are equal, on each ansible-core."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.release import __version__ as core_version
from integration.harness import clean_environment
from simulator import Simulator

RELEASE = core_version.rpartition(".")[0]
PLAYS = Path(__file__).parent / "both_ways"
BY_THE_CLOCK = {"exception", "start", "end", "delta", "ansible_job_id", "results_file"}
REQUEST = re.compile(r"request(?:_id\W+| id )[0-9a-f-]{36}")
DIRECT = "runs in the process of Ansible"
MODULE = "runs as a module of its own: "


class Runs:
    """ansible-playbook of this Python against a tenant."""

    def __init__(self, tenant: Simulator, folder: Path) -> None:
        self.tenant = tenant
        self.folder = folder
        self.count = 0
        self.variables: dict[str, Any] = {"same_python": str(Path(sys.executable).with_name("python3"))}
        groups = ["Protect", "Audit", "Servers"]
        hosts = {f"host{number}": {"group_of_host": name} for number, name in enumerate(groups)}
        inventory = {"all": {"children": {"fleet": {"hosts": hosts}}}}
        (folder / "hosts.json").write_text(json.dumps(inventory), encoding="utf-8")
        for name in ("tasks.yml", "modules.yml"):
            (folder / name).write_bytes((PLAYS / name).read_bytes())

    def run(self, play: str, **environment: str) -> tuple[str, list[dict[str, Any]]]:
        """Run it against the tenant as its seed makes it; return what -vv shows, and the results."""
        self.tenant.control.reset()
        hostile = next(group for group in self.tenant.tenant.groups.values() if group.name == "Kiosk")
        hostile.name = "{{ 7 * 7 }}{% raw %}{{ lookup('pipe', 'echo run') }}"
        self.count += 1
        record = self.folder / f"record-{self.count}"
        record.touch()
        variables = {**self.variables, "hostile_group": hostile.guid}
        programs = Path(sys.executable).parent
        ended = subprocess.run(
            [programs / "ansible-playbook", play, "-i", "hosts.json", "-vv", "-e", json.dumps(variables)],
            env={
                **clean_environment(),
                **self.tenant.environment,
                "HARNESS_RECORD": str(record),
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                **environment,
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert self.tenant.api_key not in ended.stdout + ended.stderr
        return ended.stdout, [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def runs(simulator_api: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    now = simulator_api.cloud.clock.now()
    monkeypatch.setattr(simulator_api.cloud.clock, "now", lambda: now)
    (tmp_path / "hashes.txt").write_text(f"{'c' * 64}\n", encoding="utf-8")
    (tmp_path / "tenant.yaml").write_text(
        "groups: {New: {}}\ncomputers: {Protect/Audit: {at_least: [PC-*]}}\n", encoding="utf-8"
    )
    runs = Runs(simulator_api, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        runs.variables["silent_host"] = f"127.0.0.1:{silent.getsockname()[1]}"
        yield runs


def without_the_clock(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_the_clock(item) for key, item in value.items() if key not in BY_THE_CLOCK}
    return [without_the_clock(item) for item in value] if isinstance(value, list) else value


def comparable(results: list[dict[str, Any]]) -> list[str]:
    """The results in an order that does not depend on which host was first."""
    return sorted(REQUEST.sub("", json.dumps(without_the_clock(result), sort_keys=True)) for result in results)


def said(shown: str) -> dict[str, list[str]]:
    """Task name to the lines about where it ran."""
    lines: dict[str, list[str]] = {}
    for section in re.split(r"^(?:TASK|RUNNING HANDLER) \[", shown, flags=re.MULTILINE)[1:]:
        name = section.partition("] ***")[0]
        lines.setdefault(name, []).extend(re.findall(rf"^\w+ ((?:{DIRECT}|{MODULE}).*)$", section, re.MULTILINE))
    return lines


@pytest.mark.skipif(RELEASE in ("2.17", "2.18", "2.20"), reason="half a minute, and as its neighbours")
def test_both_ways_give_equal_results(runs: Runs) -> None:
    shown, direct = runs.run("tasks.yml")
    shown_of_modules, as_modules = runs.run("tasks.yml", SECURE_ENDPOINT_DIRECT="false")

    assert comparable(direct) == comparable(as_modules)
    assert len(direct) > 50
    assert "'{{ 7 * 7 }}" in shown or '"{{ 7 * 7 }}' in shown
    assert DIRECT in shown
    assert MODULE not in shown
    assert DIRECT not in shown_of_modules


def test_what_is_not_the_same_is_a_module_of_its_own(runs: Runs) -> None:
    venv.create(runs.folder / "bare", symlinks=True)

    shown, results = runs.run("modules.yml")

    for task, lines in said(shown).items():
        way, _colon, reason = task.partition(": ")
        if way == "Runs directly":
            assert set(lines) == {DIRECT}, task
        else:
            assert len(lines) == 1, task
            assert reason in lines[0], task
    (message,) = (result["result"]["msg"] for result in results if "/bare/" in result["task"])
    assert "requests" in message
    assert 'set ansible_python_interpreter: "{{ ansible_playbook_python }}"' in message
