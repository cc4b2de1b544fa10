# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions that reach a Linux or macOS host make of its answer."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.action.connector_package import sha256_of, told
from ansible_collections.ampops.secure_endpoint.plugins.action.connector_probe import found_of

pytestmark = pytest.mark.ansible
STAGE = Path(__file__).resolve().parents[3] / "roles/connector_deploy/files/stage_package.sh"
ROOT = "uid=0\nprobe=1\nservice=cisco-amp\nmanager=apt-get\nend=1\n"
CHECKED: dict[str, Any] = {"kind": "deb", "folder": None, "signature": "required", "signer": {"debsig_policy": "c.pol"}}


def test_a_user_who_is_not_root_is_told_where_root_was_needed_and_no_failure_where_not() -> None:
    assert found_of("uid=1000\n", root_required=False) == {"root": False}
    refused = found_of("uid=1000\n", root_required=True)
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
