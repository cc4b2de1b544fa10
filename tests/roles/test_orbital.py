# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orbital is told by connector_status, and removed where that is asked for. contract 13: package `cisco-orbital`."""

from __future__ import annotations

from roles.linux.packages import installer
from roles.pretend.hosts import Host, pretend_host
from roles.pretend.outcomes import record

REMOVED = "ampops.secure_endpoint.connector_uninstall : Remove the package of Orbital"
UNIT = "[Service]\\nExecStart=/bin/sleep infinity\\n"
CONTROL = (
    "Package: cisco-orbital\\nVersion: 1.32.4\\nArchitecture: all\\nMaintainer: t <t@example.com>\\nDescription: t\\n"
)
DEB = f"""set -e
mkdir -p /root/o/DEBIAN /root/o/lib/systemd/system
printf '{CONTROL}' > /root/o/DEBIAN/control
printf '#!/bin/sh\\nsystemctl stop cisco-orbital\\n' > /root/o/DEBIAN/prerm && chmod 755 /root/o/DEBIAN/prerm
printf '{UNIT}' > /root/o/lib/systemd/system/cisco-orbital.service
dpkg-deb --root-owner-group -b /root/o /root/o.deb >/dev/null
dpkg -i /root/o.deb >/dev/null 2>&1
systemctl daemon-reload && systemctl start cisco-orbital"""


def orbital(host: Host) -> dict[str, object]:
    found: dict[str, object] = host.role("connector_status").fact("connector_status_result")["orbital"]
    return found


def test_orbital_stays_unless_its_removal_is_asked_for() -> None:
    with pretend_host("debian") as host:
        assert host.role("connector_deploy", connector_deploy_installers=[installer("debian", "1.26.0")]).rc == 0
        assert orbital(host) == {"installed": False, "version": None, "running": False}
        host.sh(DEB)
        assert orbital(host) == {"installed": True, "version": "1.32.4", "running": True}
        predicted = host.role("connector_uninstall", check=True, connector_uninstall_orbital=True)
        assert REMOVED in predicted.changed
        assert host.role("connector_uninstall").rc == 0
        assert orbital(host)["running"] is True
        removed = host.role("connector_uninstall", connector_uninstall_orbital=True)
        assert removed.rc == 0, removed.error
        assert removed.changed == [REMOVED]
        assert orbital(host)["installed"] is False
        assert host.role("connector_uninstall", connector_uninstall_orbital=True).changed == []
        record("connector_uninstall", "debian", "removes Orbital where asked")
