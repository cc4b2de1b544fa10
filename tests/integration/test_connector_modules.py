# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of the connector roles are as documented, show a diff in check mode, and refuse in a sentence."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from unit.modules.test_interface import compare, documented

from .harness import Playbooks

COLLECTION = "ansible_collections.ampops.secure_endpoint.plugins"
FACTS = {"os_family": "Windows", "architecture": "64-bit", "os_product_type": "workstation"}
STATUS = {"installed": True, "running": True, "version": "7.2.7", "switches": {"skipdfc": "1"}, "problems": []}
ENTRY = {"os": "windows", "version": "8.2.3", "path": "/srv/x.exe", "sha256": "waived", "signature": "waived"}
PLAN = {"installers": [ENTRY], "status": STATUS, "facts": FACTS}


MODULES = (
    "connector_installation",
    "connector_package",
    "connector_plan",
    "connector_prediction",
    "connector_probe",
    "controller_objects",
    "installer_cache",
)


@pytest.mark.parametrize("name", MODULES)
def test_the_documentation_describes_the_options(name: str) -> None:
    module = importlib.import_module(f"{COLLECTION}.modules.{name}")
    spec = importlib.import_module(f"{COLLECTION}.action.{name}").ARGUMENT_SPEC
    compare(documented(name), spec, name)
    for task in yaml.safe_load(module.EXAMPLES):
        assert set(task.get(f"ampops.secure_endpoint.{name}", {})) <= set(spec)


def play(folder: Path, tasks: dict[str, dict[str, Any]]) -> Path:
    file = folder / "play.yml"
    steps = [{"name": key, f"ampops.secure_endpoint.{key.split()[0]}": options} for key, options in tasks.items()]
    file.write_text(yaml.safe_dump([{"name": "x", "hosts": "localhost", "gather_facts": False, "tasks": steps}]))
    return file


def test_check_mode_shows_what_would_change_and_a_run_claims_nothing(tmp_path: Path) -> None:
    playbooks = Playbooks({}, tmp_path)
    removal = {"what": "connector", "before": "1.26.0", "after": "absent"}
    playbook = play(tmp_path, {"connector_plan": PLAN, "connector_prediction": removal})
    run = playbooks.run(playbook, check=True)
    (diff,) = run.task("connector_plan").result["diff"]
    assert diff["before"] == "version: 7.2.7\nrunning: yes\n"
    assert diff["after"] == "version: 8.2.3\nrunning: yes\ninstaller arguments: /R /S /skipdfc 1\n"
    assert run.task("connector_prediction").result["diff"]["after"] == "absent\n"
    assert run.changed == {"connector_plan": True, "connector_prediction": True}
    assert playbooks.run(playbook).changed == {"connector_plan": False, "connector_prediction": False}


def test_a_refusal_is_the_message_of_the_task(tmp_path: Path) -> None:
    entries = [ENTRY | {"os": "macos", "arch": "any"}]
    run = Playbooks({}, tmp_path).run(play(tmp_path, {"connector_plan": PLAN | {"installers": entries}}))
    assert run.returncode == 2
    assert run.task("connector_plan").result["msg"] == (
        "no installer fits windows on x86_64; the manifest has macos on any. Nothing was touched on the host."
    )


@pytest.mark.parametrize(("sha256", "told"), [("waived", ""), ("0" * 64, "has the SHA-256")])
def test_a_plan_gets_the_installer_that_it_needs_and_refuses_another(tmp_path: Path, sha256: str, told: str) -> None:
    (tmp_path / "x.exe").write_bytes(b"an installer")
    entry = ENTRY | {"path": "x.exe", "sha256": sha256}
    wanted = PLAN | {"installers": [entry], "cache_dir": str(tmp_path / "cache")}
    result = Playbooks({}, tmp_path).run(play(tmp_path, {"connector_plan": wanted})).task("connector_plan").result
    if told:
        assert told in result["msg"]
        assert result["msg"].endswith("Nothing was touched on the host.")
    else:
        assert result["file"] == str(tmp_path / "x.exe")
