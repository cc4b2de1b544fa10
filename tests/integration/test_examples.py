# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples that ansible-doc shows were run: all of them, in one play, against the simulated tenant."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from .documents import CHECKOUT
from .harness import Playbooks

if TYPE_CHECKING:
    from simulator import Simulator

CONNECTION = ("region", "client_id", "api_key")  # the harness gives them in the environment
# Their examples need what one tenant in a box does not have at hand; playbooks and roles run them.
RUN_BY_PLAYS = {
    "event_stream": "files in /etc and a task file of the user's",
    "event_stream_drain": "credentials of streams that were made before",
    "api_info": "asks the regions of the real cloud",
    "controller_objects": "a controller",
    "connector_installation": "a package that is being installed on a host",
    "connector_package": "a package and a host",
    "connector_plan": "a manifest of installers and the status of a host",
    "connector_prediction": "a role of its own",
    "connector_probe": "a host",
    "installer_cache": "installers behind a URL",
    "notify": "receivers of messages",
}
# Computers of the examples that have to be there: a GUID, and host names with those that stand in their place.
COMPUTER = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
HOSTS = {"pc-0001": "pc-0000", "pc-0002": "nb-0002", "PC-0001": "PC-0000", "PC-0002": "NB-0002"}
# What comes from elsewhere in a user's play.
VARIABLES = {"suspects": ["ltsc-0001"]}


def modules() -> list[str]:
    """Every module but those that are run elsewhere."""
    names = (path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
    return sorted(name for name in names if name not in RUN_BY_PLAYS)


def examples(module: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The tasks of a module's examples, without what says where the tenant is."""
    loaded = importlib.import_module(f"ansible_collections.ampops.secure_endpoint.plugins.modules.{module}")
    text = loaded.EXAMPLES
    for sample, real in names.items():
        text = text.replace(sample, real)
    tasks: list[dict[str, Any]] = yaml.safe_load(text)
    for task in tasks:
        for options in task.values():
            if isinstance(options, dict):
                for option in CONNECTION:
                    options.pop(option, None)
    return tasks


def test_every_example_runs(playbooks: Playbooks, simulator: Simulator) -> None:
    names = {**HOSTS, COMPUTER: list(simulator.cloud.tenant.computers)[40]}
    names |= {"/srv/reports": str(playbooks.folder), "/var/lib/secure-endpoint/soc": str(playbooks.folder / "soc")}
    (playbooks.folder / "soc").mkdir()
    Store(playbooks.folder / "soc").close()
    tasks = [{**task, "name": f"{module}: {task['name']}"} for module in modules() for task in examples(module, names)]
    play = [{"name": "The examples", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    playbook = playbooks.folder / "examples.yml"
    playbook.write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
    (playbooks.folder / "blocked.txt").write_text("# none yet\n" + "ab" * 32 + "\n", encoding="utf-8")
    inventory = write_inventory(playbooks.folder)

    run = playbooks.run(playbook, arguments=("-i", str(inventory)), variables=VARIABLES)

    assert run.returncode == 0, run.stdout + run.stderr
    assert not run.warnings


def write_inventory(folder: Path) -> Path:
    """The groups of hosts that examples speak of."""
    inventory = folder / "inventory.json"
    hosts = {"hosts": {"localhost": {"ansible_connection": "local"}}}
    inventory.write_text(json.dumps({"all": hosts, "kiosks": {"hosts": {"LTSC-0001": {}, "nb-0002": {}}}}))
    return inventory
