# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty RPM that stands for the distribution below an image, so that dnf, yum and zypper find what packages require.

base_rpm.py NAME VERSION OUT.rpm
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROVIDES = (
    "/bin/sh",
    "/usr/bin/sh",
    "/bin/bash",
    "/usr/bin/bash",
    "systemd = 252",
    "glibc = 2.34",
    "libc.so.6()(64bit)",
    "redhat-release = {version}",
    "system-release = {version}",
    "system-release(releasever) = {major}",
    "distribution-release = {version}",
)
SPEC = """Name: {name}
Version: {version}
Release: 1
Summary: stands for the distribution in a test image
License: GPL-3.0-or-later
BuildArch: noarch
{provides}
%description
Stands for the distribution in a test image.
%files
"""


def build(name: str, version: str, out: Path) -> None:
    """Write the RPM to `out`."""
    major = version.split(".")[0]
    provides = "\n".join("Provides: " + each.format(version=version, major=major) for each in PROVIDES)
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "base.spec")
        spec.write_text(SPEC.format(name=name, version=version, provides=provides))
        command = [
            "rpmbuild",
            "--quiet",
            "--define",
            f"_topdir {folder}",
            "--define",
            f"_rpmdir {folder}/out",
            "-bb",
            str(spec),
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (built,) = Path(folder, "out").rglob("*.rpm")
        shutil.copy(built, out)


if __name__ == "__main__":
    build(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
