# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two plays deploy to one host at the same time, as when two people press the button."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from roles.linux import packages
from roles.macos import installers as macos
from roles.pretend.hosts import Host, pretend_host
from roles.windows import installers as windows

INSTALLERS: dict[str, tuple[str, Any]] = {
    "debian": ("1.26.0", lambda version: packages.installer("debian", version)),
    "el": ("1.26.0", lambda version: packages.installer("el", version)),
    "macos": ("1.22.4", macos.installer),
    "windows": ("8.2.3.30119", windows.installer),
}
PLAY = (
    "import json, sys; from roles.pretend.hosts import Host; host = Host(sys.argv[1], sys.argv[2]);"
    "done = host.role('connector_deploy', connector_deploy_installers=json.loads(sys.argv[3]));"
    "print(done.error or done.output[-4000:]); sys.exit(done.rc)"
)


def both(host: Host, manifest: list[dict[str, Any]], folder: Path) -> tuple[list[int], str]:
    """Exit codes and words of two plays that start together."""
    command = [sys.executable, "-c", PLAY, host.name, host.family, json.dumps(manifest)]
    with ExitStack() as files:
        logs = [files.enter_context((folder / str(each)).open("w")) for each in (1, 2)]
        here = Path(__file__).resolve().parents[1]
        plays = [subprocess.Popen(command, cwd=here, stdout=log, stderr=subprocess.STDOUT) for log in logs]
        codes = [play.wait() for play in plays]
    return codes, "".join((folder / str(each)).read_text() for each in (1, 2))


@pytest.mark.parametrize("family", sorted(INSTALLERS))
def test_two_plays_leave_one_connector_that_runs(family: str, tmp_path: Path) -> None:
    """Package managers take turns, so both succeed; an installer without a lock may lose, and says so."""
    version, installer = INSTALLERS[family]
    with pretend_host(family) as host:
        codes, said = both(host, [installer(version)], tmp_path)
        assert 0 in codes, said
        if family in ("debian", "el"):
            assert codes == [0, 0], said
        status = host.role("connector_status").fact("connector_status_result")
        assert (status["version"], status["running"], status["problems"]) == (version, True, []), said
        assert not [name for name in host.sh("ls /tmp").split() if name.startswith("ampops.")]
