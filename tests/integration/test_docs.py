# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of README.md and the guides does what the text around it says.

The examples of one document run in their order, as a reader would try them: one simulated tenant, in which a quarantine
failed and another one fails once there is a stream, and one home folder. `yaml` blocks are playbooks; one that begins
with `# ~/NAME.yml` is saved there, for a `bash` block to run. There is a stand-in of AWX, whose repository
https://git.example.com/soc.git holds extensions/awx/project. `bash` blocks run in a shell of their own in the
checkout, `text` blocks are output or what only the reader can fill in. Another language fails: an example that nobody
can run does not belong there.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from .documents import CHECKOUT, Example, examples
from .harness import Playbooks, clean_environment
from .pretend_awx import TOKEN, pretend_awx

if TYPE_CHECKING:
    from simulator import Simulator

# `make test` and `make integration` run this file and cannot be run by it; the others take longer than the suite may.
RUN_ELSEWHERE = {"make test", "make integration", "make bench", "make roles", "make chaos", "make simulator"}
SAVED = re.compile(r"# ~/([a-z_]+[.]yml)\n")


def by_document() -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for example in examples():
        found.setdefault(example.document, []).append(example)
    return found


@pytest.mark.parametrize(("document", "found"), by_document().items(), ids=list(by_document()))
def test_the_examples_of_a_document_work_in_their_order(
    document: str, found: list[Example], playbooks: Playbooks, simulator: Simulator
) -> None:
    # Python is run by the unit tests
    assert {example.language for example in found} <= {"yaml", "bash", "text", "python"}, document
    simulator.control.publish("failure")
    with pretend_awx() as awx:
        awx.repositories["https://git.example.com/soc.git"] = CHECKOUT / "extensions" / "awx" / "project"
        playbooks.environment |= {"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        shown = list(outputs(found, playbooks, simulator))
    if document == "README.md":
        (drained,) = [output for output in shown if "TASK [Show what needs a person]" in output]
        the_last_step_shows_the_failed_quarantine(drained, simulator.api_host)


def outputs(found: list[Example], playbooks: Playbooks, simulator: Simulator) -> Iterator[str]:
    """Run the examples, and yield what each prints. A quarantine fails once there is a stream that carries it."""
    quiet = True
    for example in found:
        if example.language == "yaml" and (saved := SAVED.match(example.text)):
            (playbooks.folder / saved[1]).write_text(example.text, encoding="utf-8")
        elif example.language == "yaml":
            yield run_playbook(example, playbooks)
        elif example.language == "bash":
            yield run_commands(example, playbooks)
        if quiet and simulator.control.streams():
            simulator.control.publish("failure")
            quiet = False


def the_last_step_shows_the_failed_quarantine(shown: str, console: str) -> None:
    lines = [line.strip().rstrip(",").strip('"') for line in shown.splitlines()]
    totals = lines.index("Events: 2. Detections that need a person: 1.")
    titles, row, below, link = lines[totals + 1 : totals + 5]
    assert titles.startswith("seen (")
    assert "quarantine failed" in row
    assert re.fullmatch(r" *file: \S.*  detection: \S.*", below)
    assert link.strip().startswith(f"https://{console}/computers/")


def run_playbook(example: Example, playbooks: Playbooks) -> str:
    parsed = yaml.safe_load(example.text)
    assert isinstance(parsed, list), f"{example}: not a playbook"
    assert all("hosts" in play or "ansible.builtin.import_playbook" in play for play in parsed), f"{example}: no play"
    playbook = playbooks.folder / f"example-{example.line}.yml"
    playbook.write_text(example.text, encoding="utf-8")

    run = playbooks.run(playbook, environment={"HOME": str(playbooks.folder)})

    assert run.returncode == 0, f"{example}\n{run.stdout}\n{run.stderr}"
    assert not run.warnings, f"{example}: {run.warnings}"
    return run.stdout


def run_commands(example: Example, playbooks: Playbooks) -> str:
    ours = clean_environment()
    installed = (
        playbooks.folder / ".ansible" / "collections"
    )  # where a reader's `ansible-galaxy collection install` goes
    commands = "\n".join(line for line in example.text.splitlines() if line.split("#")[0].strip() not in RUN_ELSEWHERE)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=CHECKOUT,
        env={
            **ours,
            **playbooks.environment,
            "ANSIBLE_COLLECTIONS_PATH": f"{installed}{os.pathsep}{ours['ANSIBLE_COLLECTIONS_PATH']}",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(playbooks.folder),
            "HARNESS_RECORD": os.devnull,
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ended.returncode == 0, f"{example}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
