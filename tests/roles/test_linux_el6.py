# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""RHEL 6: no Python that Ansible can use, initctl instead of systemd. Only raw tasks, and the target fetches."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from roles.linux.download_server import SECRET, console
from roles.linux.packages import installer, package
from roles.pretend.hosts import Host, pretend_host
from roles.pretend.outcomes import converge, record

OLD, NEW = "1.12.0", "1.13.0"


def status(host: Host) -> dict[str, Any]:
    outcome = host.role("connector_status")
    assert (outcome.rc, outcome.changed) == (0, []), outcome.output[-3000:]
    record("connector_status", "el6", "reads, changes nothing")
    found: dict[str, Any] = outcome.fact("connector_status_result")
    return found


def test_a_life_without_python(tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    with console(tmp_path, files) as shop, pretend_host("el6") as host:
        host.put(shop.authority, "/root/ca.pem")
        host.sh("cat /root/ca.pem >> /etc/ssl/certs/ca-certificates.crt")

        def manifest(version: str, **settings: Any) -> dict[str, Any]:
            entry, file = installer("el6", version, **settings), package("el6", version, **settings)
            shutil.copy(file, files / file.name)
            del entry["path"]
            return entry | {"url": shop.url(file.name), "fetch_on": "target", "arch": "x86_64"}

        def deploy(**changes: Any) -> Any:
            options = {"connector_deploy_allowed_hosts": ["localhost"]} | changes
            outcome = host.role("connector_deploy", verbose=3, **options)
            assert SECRET not in outcome.output
            return outcome

        assert status(host)["installed"] is False
        for entry, told in (
            (manifest(OLD, signer="impostor"), "not signed by the given key"),
            (manifest(OLD, signer=""), "not signed"),
            (manifest(OLD) | {"sha256": "0" * 64}, "another SHA-256"),
        ):
            outcome = deploy(connector_deploy_installers=[entry])
            assert outcome.rc != 0
            assert told in outcome.error
        assert "ampops" not in host.sh("ls /tmp")
        hosts = {"connector_deploy_allowed_hosts": ["localhost"]}
        converge(host, "connector_deploy", connector_deploy_installers=[manifest(OLD)], **hosts)
        born = status(host)
        assert (born["version"], born["running"], born["generation"], born["problems"]) == (OLD, True, "legacy", [])
        converge(
            host,
            "connector_upgrade",
            connector_deploy_installers=[manifest(NEW)],
            connector_deploy_allowed_hosts=["localhost"],
        )
        assert status(host)["version"] == NEW
        converge(host, "connector_service", connector_service_state="stopped")
        converge(host, "connector_service", connector_service_state="started")
        converge(host, "connector_service", again=False, connector_service_state="restarted")
        host.sh("touch /opt/cisco/amp/etc/events.db")
        converge(
            host,
            "connector_troubleshoot",
            again=False,
            connector_troubleshoot_debug_log="start",
            connector_troubleshoot_clear_cache=True,
        )
        assert host.sh("cat /opt/cisco/amp/etc/debuglevel") == "1\n"
        assert "events.db" not in host.sh("ls /opt/cisco/amp/etc")
        assert status(host)["running"] is True
        converge(host, "connector_uninstall", connector_uninstall_keep_configuration=True)
        assert status(host)["connector_guid"] == born["connector_guid"]
        converge(host, "connector_uninstall")
        assert status(host)["connector_guid"] is None
