# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role writes configurations of relays and workers that the service takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.settings import (
    ServiceSettings,
    service_settings,
)

pytestmark = pytest.mark.ansible

TEMPLATE = Path(__file__).resolve().parents[4] / "roles" / "event_consumer" / "templates" / "config.json.j2"
HOSTS = ["a.example", "b.example"]
STREAM = {"host": "broker.example", "queue_name": "q", "user_name": "u", "password": "p"}


def written(folder: Path, **variables: Any) -> ServiceSettings:
    """What the service reads from the file that the role's template makes of some variables."""
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text("secret")
    given = {
        "event_consumer_secrets": {"cluster": str(password)},
        "event_consumer_lib": "/var/lib/x",
        "event_consumer_streams": [],
        "event_consumer_partitions": {},
        "event_consumer_sinks": [],
        "event_consumer_settings": {},
        **variables,
    }
    task = {"ansible.builtin.template": {"src": str(TEMPLATE), "dest": str(folder / "config.json"), "mode": "0600"}}
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": given, "tasks": [task]}]
    (folder / "play.yml").write_text(json.dumps(play))
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", str(folder / "play.yml")]
    interpreter = ["-e", json.dumps({"ansible_python_interpreter": sys.executable})]
    done = subprocess.run([*command, *interpreter], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return service_settings(json.loads((folder / "config.json").read_text()))


def test_a_worker_whose_number_was_worked_out_in_a_template(tmp_path: Path) -> None:
    partitions = {
        "exchange": "by_hash",
        "hosts": HOSTS,
        "user_name": "worker",
        "token": "cluster",
        "worker": "{{ ['x', inventory_hostname].index(inventory_hostname) + 1 }}",
        "workers": "{{ [1, 2] | length }}",
    }
    worker = written(tmp_path, event_consumer_partitions=partitions).worker
    assert worker is not None
    assert (worker.exchange, worker.worker, worker.workers, worker.cluster.password) == ("by_hash", 2, 2, "secret")


@pytest.mark.parametrize("rules", [[], ["same_hash"]])
def test_a_relay_of_streams(tmp_path: Path, rules: list[str]) -> None:
    sink = {"name": "cluster", "type": "relay", "hosts": HOSTS, "user_name": "relay", "token": "cluster"}
    made = written(
        tmp_path,
        event_consumer_streams=[STREAM],
        event_consumer_sinks=[sink],
        event_consumer_settings={"grouping": {"rules": rules}},
    )
    assert made.worker is None
    assert made.sinks[0].type.NAME == "relay"
    assert made.grouping.rules == rules
