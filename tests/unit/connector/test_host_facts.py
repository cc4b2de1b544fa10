# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe tells of a system is what Ansible would gather, or nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.facts.system.distribution import Distribution
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.host_facts import facts_of
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import ProbeError, system_of

pytestmark = pytest.mark.ansible
SCRIPT = Path(__file__).resolve().parents[3] / "roles" / "connector_status" / "files" / "probe.sh"

# The lines of os-release, as the distributions have them.
KNOWN = {
    "Debian": ('ID=debian\nVERSION_ID="12"', "12"),
    "Ubuntu": ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"', "22"),
    "RedHat": ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"', "9"),
    "CentOS": ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"', "7"),
    "AlmaLinux": ('ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"', "9"),
    "Rocky": ('ID="rocky"\nVERSION_ID="8.10"', "8"),
    "OracleLinux": ('ID="ol"\nVERSION_ID="8.9"', "8"),
    "Amazon": ("ID='amzn'\nVERSION_ID='2023'", "2023"),
}


def probed(folder: Path, os_release: str | None) -> dict[str, str]:
    """Return what the script says first, with an os-release of the test's own."""
    file = folder / "os-release"
    if os_release is not None:
        file.write_text(f'NAME="x"\n{os_release}\nPRETTY_NAME="x"\n', encoding="utf-8")
    script = SCRIPT.read_text(encoding="utf-8").replace("/etc/os-release", str(file))
    # No look at this machine is wanted: as another user the script ends after the system.
    (folder / "id").write_text("#!/bin/sh\necho 1000\n", encoding="utf-8")
    (folder / "id").chmod(0o755)
    words = ["/bin/sh", "-c", script, "probe", "10", "", "0", "0"]
    env = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    output = subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout
    assert system_of(output) == "linux"
    return dict(line.split("=", 1) for line in output.splitlines())


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_system_is_told_by_its_os_release(name: str, tmp_path: Path) -> None:
    os_release, major = KNOWN[name]
    facts = facts_of(probed(tmp_path, os_release))
    assert (facts["distribution"], facts["distribution_major_version"]) == (name, major)
    assert facts["os_family"] == Distribution.OS_FAMILY[name]
    assert facts["architecture"] == os.uname().machine


@pytest.mark.parametrize(
    "os_release",
    [
        None,
        "",
        'ID="sles"\nVERSION_ID="15.5"',
        "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=21",
        "ID=debian",
        "ID=debian\nVERSION_ID=trixie/sid",
        'ID=debian\nVERSION_ID="$(touch /tmp/x)"',
        f"ID=debian\nVERSION_ID={'1' * 41}",
    ],
)
def test_of_another_system_nothing_is_told(os_release: str | None, tmp_path: Path) -> None:
    assert facts_of(probed(tmp_path, os_release)) == {}


def test_a_system_without_a_connector_is_refused() -> None:
    with pytest.raises(ProbeError, match='no connector for "FreeBSD": Windows, macOS and Linux are known'):
        system_of("system=FreeBSD\nmachine=amd64\n")
    with pytest.raises(ProbeError, match="cut off"):
        system_of("Last login: yesterday\n")
