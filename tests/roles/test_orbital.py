# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orbital is told by connector_status, and removed where that is asked for. contract 13: package `cisco-orbital`."""

from __future__ import annotations

from pathlib import Path

from roles.linux.packages import installer
from roles.pretend.hosts import Host, pretend_host
from roles.pretend.outcomes import record
from roles.windows.connector.build import compiled

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
CODE, OTHER = "{11111111-2222-4333-8444-0000000000AA}", "{11111111-2222-4333-8444-0000000000BB}"
ORBITAL_EXE = "/win/drive_c/windows/orbital.exe"
# msiexec.exe is wine's own otherwise.
ORBITAL = f"""set -e
exec </dev/null >/dev/null 2>&1
cp {ORBITAL_EXE} /win/drive_c/windows/system32/msiexec.exe
wine reg add 'HKCU\\Software\\Wine\\DllOverrides' /v msiexec.exe /d native /f
wine 'C:\\windows\\orbital.exe' install '{CODE}' 3010"""


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


def test_on_windows_orbital_is_a_product_that_its_code_removes(tmp_path: Path) -> None:
    """The Windows Installer says 1605 for a code of another product, and leaves Orbital there."""
    with pretend_host("windows") as host:
        (tmp_path / "orbital.exe").write_bytes(compiled()["orbital"])
        host.put(tmp_path / "orbital.exe", ORBITAL_EXE)
        host.sh(ORBITAL)
        assert orbital(host) == {"installed": True, "version": None, "running": True}

        unnamed = host.role("connector_uninstall", connector_uninstall_orbital=True)
        assert "connector_uninstall_orbital_product is not its product code" in unnamed.error
        asked = {"connector_uninstall_orbital": True, "connector_uninstall_orbital_product": CODE}
        wrong = host.role("connector_uninstall", **asked | {"connector_uninstall_orbital_product": OTHER})
        assert "msiexec.exe ended with 1605" in wrong.error
        assert orbital(host)["running"] is True

        predicted = host.role("connector_uninstall", check=True, **asked)
        assert len(predicted.changed) == 1, predicted.output[-3000:]
        removed = host.role("connector_uninstall", **asked)
        assert removed.rc == 0, removed.error
        assert removed.changed == ["ampops.secure_endpoint.connector_uninstall : Remove the product of Orbital"]
        assert removed.fact("connector_uninstall_result")["reboot_pending"] is True
        assert orbital(host) == {"installed": False, "version": None, "running": False}
        assert host.role("connector_uninstall", **asked).changed == []
        record("connector_uninstall", "windows", "removes Orbital where asked")
