# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Building a package of the test connector leaves no process behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from roles.linux import packages  # noqa: F401 - puts the builder on the path


def processes(word: str) -> list[str]:
    """The command lines that hold a word."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended meanwhile
    return [line for line in lines if word in line]


@pytest.mark.fast
def test_no_agent_of_gpg_is_left_behind(tmp_path: Path) -> None:
    from build import Build, build

    before = processes("gpg-agent")
    build("deb", tmp_path / "connector.deb", Build("1.26.0"), tmp_path / "keys")
    assert [line for line in processes("gpg-agent") if line not in before and "gnupg" in line] == []
    assert processes(f"{tmp_path}/keys") == []
