# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with secrets and state folders that are open to others are warned of, and mended where they are ours."""

from __future__ import annotations

import json
from pathlib import Path
from stat import S_IMODE

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._credentials_file import StreamCredentials
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.service.cli import WELL, main
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.state_folder import StateFolder

from .deliveries import PASSWORD
from .draining import options

DIRECT = {"host": "broker.example", "queue_name": "q", "user_name": "u", "password": PASSWORD}


@pytest.mark.parametrize(("mode", "warned"), [(0o644, True), (0o606, True), (0o640, False), (0o600, False)])
def test_a_credentials_file_that_everyone_can_read_is_warned_of(tmp_path: Path, mode: int, warned: bool) -> None:
    path = tmp_path / "soc.json"
    path.write_text(StreamCredentials("1", "soc", "broker.example", 443, "u", PASSWORD, "q").to_json())
    path.chmod(mode)
    run = IntervalRun({**options(tmp_path), "streams": [{"credentials_path": str(path)}]})
    assert [str(path) in one and f"mode {mode:04o}" in one for one in run.warnings] == [True] * warned
    assert S_IMODE(path.stat().st_mode) == mode, "it is not ours to change"


@pytest.mark.parametrize(("mode", "warned"), [(0o644, 1), (0o640, 0)])
def test_a_configuration_with_a_password_that_everyone_can_read_is_warned_of(
    tmp_path: Path, mode: int, warned: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"streams": [DIRECT], "state_dir": str(tmp_path / "state")}))
    path.chmod(mode)
    assert main(["check-config", "--config", str(path)]) == WELL
    assert capsys.readouterr().err.count(f"warning: {path}: holds a stream's password") == warned


def test_a_state_folder_that_others_can_change_is_closed_and_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "state"
    StateFolder(path).release()
    path.chmod(0o777)
    folder = StateFolder(path)
    folder.release()
    assert "mode 0777" in folder.warning
    assert S_IMODE(path.stat().st_mode) == 0o700
    again = StateFolder(path)
    again.release()
    assert again.warning == ""


@pytest.mark.parametrize(("mode", "held"), [(0o777, "someone.else"), (0o1777, "lock")])
def test_a_folder_of_many_is_warned_of_and_not_touched(tmp_path: Path, mode: int, held: str) -> None:
    path = tmp_path / "shared"
    path.mkdir()
    (path / held).touch()
    path.chmod(mode)
    folder = StateFolder(path)
    folder.release()
    assert "give a folder of its own" in folder.warning
    assert S_IMODE(path.stat().st_mode) == mode
