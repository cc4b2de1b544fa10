# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A play over the hosts of the inventory `computers`: in check mode, for real, and again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from .harness import Playbooks, assert_three_runs

if TYPE_CHECKING:
    from pathlib import Path

    from simulator import Simulator

# The tenant in a box has a computer that was installed anew, and two groups of one name.
EXPECTED = ("1 host name(s) passed to a newer record", "group_Kiosk holds the computers of 2 groups of the tenant")
EXCEPTIONS: dict[str, list[str]] = {"warnings": [*EXPECTED], "repeats": [], "unpredicted": []}
# Once for all of its hosts, as lists want it (R28): a task for each of them would ask for each of them.
PLAY = [
    {
        "name": "Move the servers that are of an old version",
        "hosts": "os_windows:&connector_old",
        "connection": "local",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Move them all",
                "ampops.secure_endpoint.computer_group": {
                    "computers": "{{ ansible_play_hosts | map('extract', hostvars, 'secure_endpoint')"
                    " | map(attribute='connector_guid') | list }}",
                    "group": "Unused",
                },
                "run_once": True,
                "register": "moved",
            },
            {
                "name": "Count",
                "ansible.builtin.assert": {"that": ["moved.computers | length == ansible_play_hosts | length"]},
                "run_once": True,
            },
            {"name": "Each", "ansible.builtin.debug": {"msg": "{{ secure_endpoint.hostname }}"}},
        ],
    }
]


def test_a_play_over_the_inventory(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    windows = [one for one in simulator.cloud.tenant.computers.values() if one.operating_system.startswith("Windows")]
    for one in windows[:3]:
        simulator.control.set_computer(one.hostname, connector_version="1.2.3")
    source = tmp_path / "fleet.secure_endpoint.yml"
    source.write_text(
        yaml.safe_dump(
            {
                "plugin": "ampops.secure_endpoint.computers",
                "keyed_groups": [
                    {"key": "'old' if secure_endpoint.connector_version == '1.2.3' else 'new'", "prefix": "connector"}
                ],
                "cache": True,
                "cache_plugin": "ansible.builtin.jsonfile",
                "cache_connection": str(tmp_path / "cache"),
            }
        ),
        encoding="utf-8",
    )
    play = tmp_path / "play.yml"
    play.write_text(json.dumps(PLAY), encoding="utf-8")
    arguments = ("-i", str(source))
    simulator.control.clear_requests()

    check = playbooks.run(play, check=True, arguments=arguments)
    real = playbooks.run(play, arguments=arguments)
    again = playbooks.run(play, arguments=arguments)

    assert_three_runs(check, real, again, EXCEPTIONS)
    assert [task.task for task in real.tasks].count("Each") == 3
    assert real.task("Move them all").result["counts"] == {"moved": 3}
    fleet = [one for one in simulator.control.requests() if one["path"] == "/v1/computers"]
    runs = 3  # of the task, each of which reads the one page that the fleet is; the one that moves looks again (R26)
    assert len(fleet) == 1 + runs + 1, fleet  # the inventory's second and third come from the cache
