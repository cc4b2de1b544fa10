# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that reach a Linux or macOS host make of its answer."""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible_collections.ampops.secure_endpoint.plugins.action.connector_package import sha256_of, told
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _detached_module as detached
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._host_probe import found_of, look

pytestmark = pytest.mark.ansible
STAGE = Path(__file__).resolve().parents[3] / "roles/connector_deploy/files/stage_package.sh"
ROOT = "system=Linux\nuid=0\nprobe=1\nservice=cisco-amp\nmanager=apt-get\nend=1\n"
CHECKED: dict[str, Any] = {"kind": "deb", "folder": None, "signature": "required", "signer": {"debsig_policy": "c.pol"}}


def test_a_user_who_is_not_root_is_told_where_root_was_needed_and_no_failure_where_not() -> None:
    somebody = "system=Darwin\nuid=1000\n"
    assert found_of(somebody, root_required=False) == {"root": False, "system": "macos"}
    refused = found_of(somebody, root_required=True)
    assert refused["failed"]
    assert "only be looked at as root, but tasks run as user" in refused["msg"]


def test_an_answer_gives_the_status_and_what_is_known_of_the_host() -> None:
    found = found_of(ROOT.replace("\n", "\r\n"), root_required=False)
    assert (found["root"], found["host"]["manager"], found["status"]["installed"]) == (True, "apt-get", False)


@pytest.mark.parametrize("root_required", [True, False])
def test_an_answer_that_was_cut_off_is_not_taken_for_nothing_installed(root_required: bool) -> None:
    found = found_of(ROOT.removesuffix("end=1\n"), root_required)
    assert found["failed"]
    assert found["msg"].startswith("the probe's answer is cut off")


def answer(rc: int, stdout: str, stderr: str = "") -> dict[str, Any]:
    return {"rc": rc, "stdout": stdout, "stderr": stderr}


def test_a_package_that_is_not_signed_leaves_its_folder_to_the_caller() -> None:
    found = told(answer(10, "folder=/run/ampops.x\r\nstaged=1\r\n"), CHECKED)
    assert (found["failed"], found["path"]) == (True, "/run/ampops.x")
    assert "has no signature" in found["msg"]
    assert told(answer(0, "folder=/run/ampops.x\nstaged=1\n"), CHECKED) == {"path": "/run/ampops.x"}


def test_a_check_that_never_began_is_not_taken_for_a_check_that_passed() -> None:
    found = told(answer(0, "folder=/run/ampops.x\n", "cp: no space"), CHECKED)
    assert (found["path"], found["msg"]) == (
        "/run/ampops.x",
        "The package could not be copied to the host: cp: no space",
    )
    assert told(answer(1, ""), CHECKED)["msg"].endswith("it ended with 1")


def stage(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", str(STAGE), *words], check=False, capture_output=True, text=True, timeout=30)


def test_the_script_takes_only_the_file_that_it_was_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    copied = tmp_path / "package"
    copied.write_bytes(b"a package")
    assert sha256_of(str(copied)) == hashlib.sha256(b"a package").hexdigest()
    wrong = told(vars(stage("deb", str(copied), "0" * 64, "", "")) | {"rc": 1}, CHECKED)
    assert "another SHA-256" in wrong["msg"]
    copied.write_bytes(b"a package")
    done = stage(
        "deb", str(copied), sha256_of(str(copied)) if copied.exists() else "", "", 'echo "checked $1 $4"', "key"
    )
    folder = Path(done.stdout.splitlines()[0].removeprefix("folder="))
    assert done.stdout.splitlines()[1:] == ["staged=1", "checked deb key"]
    assert (folder / "connector.deb").read_bytes() == b"a package"
    assert not copied.exists()
    assert folder.stat().st_mode & 0o777 == 0o700


class Connected:
    """An action whose commands run here; each of `lost` is a connection that is lost first."""

    def __init__(self, lost: int = 0) -> None:
        self.lost, self.resets = lost, 0
        self._task = SimpleNamespace(async_val=0, environment=[])
        self._connection = SimpleNamespace(reset=self._reset)

    def _reset(self) -> None:
        self.resets += 1
        raise NotImplementedError

    def _low_level_execute_command(self, command: str, executable: object) -> dict[str, Any]:
        assert executable is False
        if self.lost:
            self.lost -= 1
            raise AnsibleConnectionFailure("it is gone")
        done = subprocess.run(shlex.split(command), check=False, capture_output=True, text=True, timeout=30)
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}

    def _execute_module(self, module_name: str, wrap_async: bool, **_given: Any) -> dict[str, Any]:
        assert (module_name, wrap_async, self._task.async_val) == ("ansible.builtin.apt", True, 60)
        return {"results_file": "/root/.ansible_async/j1.2", "started": 1, "finished": 0}


def job(tmp_path: Path, content: object, seconds: int = 60) -> dict[str, Any]:
    file = tmp_path / "j1.2"
    file.write_text(json.dumps(content))
    return {"file": str(file), "began": int(time.time()), "seconds": seconds, "mark": "0a1b2c3d"}


def test_a_module_is_started_with_its_time_out_and_the_task_is_none_of_async() -> None:
    action: Any = Connected()
    started = detached.start(action, "ansible.builtin.apt", {}, 60, {})
    assert (started["file"], started["seconds"]) == ("/root/.ansible_async/j1.2", 60)
    assert action._task.async_val == 0


def test_a_connection_that_is_lost_is_made_anew_until_the_result_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "_PAUSE", 0)
    action: Any = Connected(lost=2)
    # The words of the result are not those of a job that has not ended.
    result = {"changed": True, "stdout": '"started": 1, "finished": 0'}
    assert detached.wait(action, job(tmp_path, result)) == result
    assert action.resets == 2


def test_a_host_that_stays_away_is_unreachable_once_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "_PATIENCE", 0)
    action: Any = Connected(lost=9)
    with pytest.raises(AnsibleConnectionFailure, match="it is gone"):
        detached.wait(action, job(tmp_path, {}, seconds=1))


def test_a_job_that_never_ends_is_timed_out_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detached, "_PATIENCE", 0)
    running = {"started": True, "finished": False, "ansible_job_id": "j1.2"}
    action: Any = Connected()
    with (
        subprocess.Popen(["sleep", "60"], env={"AMPOPS_JOB": "0a1b2c3d"}) as its_own,
        subprocess.Popen(["sleep", "60"], env={"AMPOPS_JOB": "0a1b2c3d4"}) as another,
    ):
        assert detached.wait(action, job(tmp_path, running, seconds=1))["msg"] == "Timeout exceeded"
        assert its_own.wait(10) == -9
        assert another.poll() is None
        another.kill()


def test_an_answer_without_a_result_is_a_failure_with_what_was_said() -> None:
    gone = detached.result_of(answer(1, "", "cat: j1.2: No such file"))
    assert gone is not None
    assert (gone["failed"], gone["msg"]) == (True, "The result on the host cannot be read: cat: j1.2: No such file")


def test_a_probe_that_does_not_run_says_what_it_ended_with() -> None:
    said = {"rc": 127, "stdout": "", "stderr": "/bin/sh: not found"}
    action = SimpleNamespace(_low_level_execute_command=lambda *_, **__: said)
    found = look(action, {"ampcli_timeout": 1, "await": "", "await_timeout": 0}, root_required=True)
    assert (found["failed"], found["msg"]) == (True, 'The probe of the connector ended with 127: "/bin/sh: not found".')
