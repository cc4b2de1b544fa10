# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connector's whole life on every family of Linux."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from roles.linux.packages import installer
from roles.pretend.hosts import Host, Outcome, pretend_host
from roles.pretend.outcomes import converge, record

OLD, NEW = "1.26.0", "1.27.0"
FAMILIES = ["debian", "ubuntu", "el", "suse"]


def status(host: Host) -> dict[str, Any]:
    outcome = host.role("connector_status")
    assert (outcome.rc, outcome.changed) == (0, []), outcome.output[-3000:]
    record("connector_status", host.family, "reads, changes nothing")
    found: dict[str, Any] = outcome.fact("connector_status_result")
    return found


def deploy(host: Host, *versions: str, **options: Any) -> Outcome:
    manifest = [installer(host.family, version) for version in versions]
    return converge(host, "connector_deploy", connector_deploy_installers=manifest, **options)


@pytest.mark.fast
@pytest.mark.parametrize("family", ["debian", "el"])
def test_deploy_upgrade_uninstall_in_short(family: str) -> None:
    with pretend_host(family) as host:
        manifest = [installer(family, OLD)]
        first = converge(host, "connector_deploy", brief=True, connector_deploy_installers=manifest)
        born = first.fact("connector_status_result")
        assert (born["version"], born["running"], born["problems"]) == (OLD, True, [])
        upgraded = host.role("connector_upgrade", connector_deploy_installers=[*manifest, installer(family, NEW)])
        after = upgraded.fact("connector_status_result")
        assert (after["version"], after["running"], after["connector_guid"]) == (NEW, True, born["connector_guid"])
        removed = converge(host, "connector_uninstall", brief=True)
        gone = removed.fact("connector_status_result")
        assert (gone["installed"], gone["connector_guid"], gone["problems"]) == (False, None, [])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_whole_life(family: str, tmp_path: Path) -> None:
    with pretend_host(family) as host:
        assert status(host)["problems"] == []
        born = found(deploy(host, OLD, NEW, connector_deploy_channel="n-1"))
        assert (born["version"], born["running"], born["problems"]) == (OLD, True, [])
        assert (born["generation"], born["service"]) == ("current", "cisco-amp")

        manifest = [installer(family, OLD), installer(family, NEW)]
        upgraded = found(converge(host, "connector_upgrade", connector_deploy_installers=manifest))
        assert (upgraded["version"], upgraded["running"]) == (NEW, True)
        assert upgraded["connector_guid"] == born["connector_guid"]

        converge(host, "connector_service", connector_service_state="stopped")
        assert status(host)["running"] is False
        assert found(converge(host, "connector_service", connector_service_state="started"))["running"] is True
        converge(host, "connector_service", again=False, connector_service_state="restarted")

        troubleshoot(host, tmp_path)

        kept = found(converge(host, "connector_uninstall", connector_uninstall_keep_configuration=True))
        assert (kept["installed"], kept["connector_guid"]) == (False, born["connector_guid"])
        assert found(deploy(host, NEW, brief=True))["connector_guid"] == born["connector_guid"]

        gone = found(converge(host, "connector_uninstall"))
        assert (gone["installed"], gone["connector_guid"], gone["problems"]) == (False, None, [])
        assert host.sh("ls /opt/cisco/amp", check=False) == ""
        assert found(deploy(host, NEW, brief=True))["connector_guid"] not in (None, born["connector_guid"])


def found(outcome: Outcome) -> dict[str, Any]:
    """The last status of a run."""
    status: dict[str, Any] = outcome.fact("connector_status_result")
    return status


def troubleshoot(host: Host, folder: Path) -> None:
    host.sh("cd /opt/cisco/amp/etc && touch cloud_query.cache cloud_nfm_query.cache events.db keep.db")
    outcome = converge(
        host,
        "connector_troubleshoot",
        again=False,
        connector_troubleshoot_debug_log="start",
        connector_troubleshoot_clear_cache=True,
        connector_troubleshoot_snapshot=True,
        connector_troubleshoot_snapshot_dir=str(folder),
    )
    assert host.sh("cat /opt/cisco/amp/etc/debuglevel") == "1\n"
    left = host.sh("ls /opt/cisco/amp/etc").split()
    assert "keep.db" in left
    assert not {"cloud_query.cache", "cloud_nfm_query.cache", "events.db"} & set(left)
    assert status(host)["running"] is True
    snapshot = Path(outcome.fact("connector_troubleshoot_result")["snapshot"])
    assert snapshot.parent == folder / host.name
    assert snapshot.stat().st_size > 0
    assert snapshot.parent.stat().st_mode & 0o077 == 0
    assert "ampops." not in host.sh("ls /tmp")
    converge(host, "connector_troubleshoot", again=False, connector_troubleshoot_debug_log="stop")
    assert host.sh("cat /opt/cisco/amp/etc/debuglevel") == "0\n"


def test_a_user_who_is_not_root_becomes_root_only_where_it_is_needed() -> None:
    with pretend_host("debian") as host:
        deployed = host.role(
            "connector_deploy", ansible_user="deployer", connector_deploy_installers=[installer("debian", NEW)]
        )
        assert deployed.rc == 0, deployed.error
        found = host.role("connector_status", ansible_user="deployer").fact("connector_status_result")
        assert (found["version"], found["running"], found["problems"]) == (NEW, True, [])
        status = {"name": "Look", "ansible.builtin.include_role": {"name": "ampops.secure_endpoint.connector_status"}}
        plays = [
            {"name": "Facts of root", "hosts": "all", "gather_facts": True, "become": True, "tasks": []},
            {"name": "Look as somebody else", "hosts": "all", "gather_facts": False, "tasks": [status]},
        ]
        looked = host.play(plays, variables={"ansible_user": "deployer"})
        assert (looked.rc, looked.fact("connector_status_result")["version"]) == (0, NEW), looked.error
        host.sh("rm /etc/sudoers.d/deployer")
        refused = host.role("connector_status", ansible_user="deployer")
        assert refused.rc != 0
        assert "sudo: " in refused.output
