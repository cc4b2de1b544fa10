# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file between a module that tells and an action that shows."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._progress import VARIABLE, Progress
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._progress_lines import followed

SOON = 30  # seconds that a test waits for what comes at once


def test_the_newest_line_is_shown() -> None:
    shown: queue.Queue[str] = queue.Queue()
    with followed(shown.put, every=0.01) as path:
        progress = Progress(path)
        progress.tell("500 of 1200 records")
        assert shown.get(timeout=SOON) == "500 of 1200 records"
        for number in range(100):
            progress.tell(f"{number} " + "x" * 50)
        last = ""
        while not last.startswith("99 "):
            last = shown.get(timeout=SOON)
        assert Path(path).stat().st_mode & 0o777 == 0o600
    assert not Path(path).exists()
    assert shown.empty()  # a line is shown once


def test_half_a_line_is_not_shown_yet() -> None:
    shown: queue.Queue[str] = queue.Queue()
    with followed(shown.put, every=0.01) as path, Path(path).open("w", encoding="utf-8") as half:
        half.write("whole\nhal")
        half.flush()
        assert shown.get(timeout=SOON) == "whole"
        half.write("f\n")
        half.flush()
        assert shown.get(timeout=SOON) == "half"


@pytest.mark.parametrize("named", ["", "not-there", "link"])
def test_where_nothing_can_be_told_nothing_fails(named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    target.touch()
    (tmp_path / "link").symlink_to(target)
    monkeypatch.setenv(VARIABLE, str(tmp_path / named) if named else "")

    Progress().tell("told")

    assert target.read_text(encoding="utf-8") == ""
    assert not (tmp_path / "not-there").exists()


def test_a_full_disk_is_no_failure() -> None:
    progress = Progress("/dev/full")
    progress.tell("told")
    progress.tell("told again")
