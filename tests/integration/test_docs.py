# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of README.md and the guides does what the text around it says.

`yaml` blocks are playbooks and run against the simulated tenant, `bash` blocks run in a shell of their own, `text`
blocks are output. Another language fails: an example that nobody can run does not belong there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from .documents import CHECKOUT, Example, examples
from .harness import Playbooks, clean_environment

if TYPE_CHECKING:
    from simulator import Simulator

# `make test` and `make integration` run this file and cannot be run by it; the others take longer than the suite may.
RUN_ELSEWHERE = {"make test", "make integration", "make bench", "make roles", "make chaos"}


def of(language: str) -> list[Example]:
    return [example for example in examples() if example.language == language]


def test_every_example_is_of_a_kind_that_is_run() -> None:
    assert {example.language for example in examples()} <= {"yaml", "bash", "text"}


@pytest.mark.parametrize("example", of("yaml"), ids=str)
def test_a_playbook_of_the_documents_runs(example: Example, playbooks: Playbooks) -> None:
    parsed = yaml.safe_load(example.text)
    assert isinstance(parsed, list), f"{example}: not a playbook"
    assert all("hosts" in play or "ansible.builtin.import_playbook" in play for play in parsed), (
        f"{example}: not a playbook"
    )
    playbook = playbooks.folder / "example.yml"
    playbook.write_text(example.text, encoding="utf-8")

    run = playbooks.run(playbook)

    assert run.returncode == 0, run.stdout + run.stderr
    assert not run.warnings


@pytest.mark.parametrize("example", of("bash"), ids=str)
def test_the_commands_of_the_documents_work_when_pasted(example: Example, simulator: Simulator, tmp_path: Path) -> None:
    commands = "\n".join(line for line in example.text.splitlines() if line.split("#")[0].strip() not in RUN_ELSEWHERE)
    home = tmp_path / "home"
    home.mkdir()
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=CHECKOUT,
        env={
            **clean_environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "SECURE_ENDPOINT_API_HOST": simulator.api_host,
            "SECURE_ENDPOINT_CLIENT_ID": simulator.client_id,
            "SECURE_ENDPOINT_API_KEY": simulator.api_key,
            "SECURE_ENDPOINT_CA_PATH": simulator.ca_path,
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, f"{example}\n{ended.stdout}\n{ended.stderr}"
