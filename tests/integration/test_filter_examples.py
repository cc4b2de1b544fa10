# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the filters for a fleet were run: all of them in one play, in a folder of its own."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import yaml

from .harness import Playbooks

FILTERS = (
    "connector_batches",
    "connector_faults",
    "connector_fleet",
    "connector_rollout",
    "connector_tenant",
    "csv",
)
STATUS = {"installed": True, "running": True, "version": "1.27.0", "connector_guid": None, "faults": [], "problems": []}
MANIFEST = [{"os": "debian", "path": "/srv/x.deb", "sha256": "waived", "signature": "waived", "version": "1.27.0"}]


def examples(name: str) -> list[dict[str, Any]]:
    loaded = importlib.import_module(f"ansible_collections.ampops.secure_endpoint.plugins.filter.{name}")
    return [{**task, "name": f"{name}: {task['name']}"} for task in yaml.safe_load(loaded.EXAMPLES)]


def test_every_example_runs(playbooks: Playbooks) -> None:
    facts = {"connector_status_result": STATUS, "connector_deploy_installers": MANIFEST}
    tasks = [
        {"name": "Facts", "ansible.builtin.set_fact": facts},
        *(task for name in FILTERS for task in examples(name)),
    ]
    playbook = Path(playbooks.folder) / "filters.yml"
    play = {"name": "The examples", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")

    run = playbooks.run(playbook)

    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert not run.warnings, run.warnings
    assert '"msg": "1 host: 1 unreachable"' in run.stdout or "1 host: 1" in run.stdout
