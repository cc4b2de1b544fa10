# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploy to cloud, with the simulated tenant: deploy, appear, isolate, upgrade, uninstall, vanish."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from roles.linux.packages import installer
from roles.macos.connector.build import build
from roles.pretend.hosts import Host, pretend_host
from roles.pretend.outcomes import record
from roles.windows import installers as windows
from simulator import Simulator

ODD_GROUP = "O'Brien's \"lab\" $(touch /tmp/x) {{ 7 * 7 }}"
VERSIONS = {"debian": ("1.26.0", "1.27.0"), "macos": ("1.20.1", "1.22.4"), "windows": ("7.2.7", "8.2.3.30119")}
ISOLATED = ("macos", "windows")  # the simulated tenant isolates no Linux


def manifest(family: str, version: str, group_guid: str, folder: Path) -> dict[str, Any]:
    if family == "windows":
        return windows.installer(version, group=group_guid)
    if family != "macos":
        return installer(family, version, group_guid=group_guid)
    image = build(folder / f"{version}.dmg", version, group=group_guid)
    return {
        "os": "macos",
        "arch": "any",
        "path": str(image),
        "version": version,
        "sha256": hashlib.sha256(image.read_bytes()).hexdigest(),
        "signer": {"team_id": "DE8Y96K9QP"},
    }


def module(host: Host, which: str, sim: Simulator, /, **options: Any) -> dict[str, Any]:
    """The result of one module of the API, run on the controller."""
    reach = {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}
    task = {"name": f"Run {which}", f"ampops.secure_endpoint.{which}": reach | options, "delegate_to": "localhost"}
    outcome = host.play([{"name": "Ask", "hosts": "all", "gather_facts": False, "tasks": [task]}])
    assert outcome.rc == 0, outcome.error
    return outcome.results[-1][1]


@pytest.mark.parametrize("given", [dict, json.dumps], ids=["mapping", "text"])
def test_a_computer_that_does_not_appear_is_told(given: Callable[[object], object], simulator_api: Simulator) -> None:
    """Ask a tenant that is given as JSON text (`-e connector_deploy_cloud={...}`), too, and no other."""
    sim = simulator_api
    sim.control.clear_requests()
    cloud = {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}
    with pretend_host("debian") as host:  # it knows no tenant, so it registers nowhere
        outcome = host.role(
            "connector_deploy",
            connector_deploy_installers=[installer("debian", "1.26.0")],
            connector_deploy_verify_cloud=True,
            connector_deploy_cloud=given(cloud),
            connector_deploy_cloud_timeout=1,
        )
        assert outcome.rc != 0
        assert "is installed and runs, but did not appear in the tenant within 1 seconds" in " ".join(
            outcome.error.split()
        )
        assert any("/computers" in asked["path"] for asked in sim.control.requests())


@pytest.mark.parametrize("family", ["debian", "windows"])
def test_a_guid_that_comes_late_is_awaited_and_the_computer_moved_to_its_group(
    family: str, simulator_api: Simulator
) -> None:
    sim = simulator_api
    cloud = {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}
    late = {
        "debian": installer("debian", "1.26.0", fault="registers_late"),
        "windows": windows.installer("8.2.3.30119", fault="registers_late"),
    }
    # A variable that escalates all tasks, by a program that the controller does not have.
    escalated = {"ansible_become": True, "ansible_become_exe": "/usr/local/bin/escalate"} if family == "debian" else {}
    with pretend_host(family, {"control_url": sim.control_url}) as host:
        host.sh("test ! -e /usr/bin/sudo || cp -p /usr/bin/sudo /usr/local/bin/escalate")
        group = module(host, "group", sim, name="Late", description="late")["after"]["guid"]
        deployed = host.role(
            "connector_deploy",
            connector_deploy_installers=[late[family]],
            connector_deploy_group="Late",
            connector_deploy_move_to_group=True,
            connector_deploy_cloud=cloud,
            **escalated,
        )
        assert deployed.rc == 0, deployed.error
        guid = deployed.fact("connector_deploy_result")["connector_guid"]
        (known,) = module(host, "computer_info", sim, connector_guids=[guid])["computers"]
        assert known["group_guid"] == group
        record("connector_deploy", family, "waits for a late GUID and moves the computer")


@pytest.mark.parametrize("family", sorted(VERSIONS))
def test_from_deployment_to_the_end(family: str, simulator_api: Simulator, tmp_path: Path) -> None:
    sim, (old, new) = simulator_api, VERSIONS[family]
    cloud = {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}
    with pretend_host(family, {"control_url": sim.control_url}) as host:
        group = module(host, "group", sim, name=ODD_GROUP, description="odd")["after"]["guid"]

        deployed = host.role(
            "connector_deploy",
            verbose=3,
            connector_deploy_installers=[manifest(family, old, group, tmp_path)],
            connector_deploy_group=ODD_GROUP,
            connector_deploy_cloud=cloud,
        )
        assert deployed.rc == 0, deployed.error
        assert sim.api_key not in deployed.output
        guid = deployed.fact("connector_deploy_result")["connector_guid"]
        record("connector_deploy", family, "appears in its group")

        elsewhere = host.role(
            "connector_deploy",
            connector_deploy_installers=[manifest(family, old, group, tmp_path)],
            connector_deploy_group="11111111-2222-4333-8444-000000000000",
            connector_deploy_cloud=cloud,
        )
        assert elsewhere.rc != 0
        assert f"is in the group {group}, not in 1111" in " ".join(elsewhere.error.split())

        if family in ISOLATED:
            assert module(host, "isolation", sim, computers=[guid])["changed"]
            assert not module(host, "isolation", sim, computers=[guid])["changed"]

        upgraded = host.role("connector_upgrade", connector_deploy_installers=[manifest(family, new, group, tmp_path)])
        assert upgraded.rc == 0, upgraded.error
        (known,) = module(host, "computer_info", sim, connector_guids=[guid])["computers"]
        assert known["connector_version"] == new
        record("connector_upgrade", family, "the cloud sees the new version")

        removed = host.role(
            "connector_uninstall", connector_uninstall_remove_computer=True, connector_uninstall_cloud=json.dumps(cloud)
        )
        assert removed.rc == 0, removed.error
        assert module(host, "computer_info", sim, connector_guids=[guid])["computers"] == []
        record("connector_uninstall", family, "vanishes from the cloud")
