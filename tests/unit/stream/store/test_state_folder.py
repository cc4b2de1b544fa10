# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.errors import StateFolderInUse, StoreError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.state_folder import (
    StateFolder,
    file_system,
)

HOLDER = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, b"process 4711 on elsewhere\\n")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    StateFolder(tmp_path / "a" / "state").release()
    assert stat.S_IMODE((tmp_path / "a" / "state").stat().st_mode) == 0o700


def test_a_second_consumer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            StateFolderInUse, match="two consumers cannot share a state folder, and process 4711 on elsewhere"
        ):
            StateFolder(tmp_path)
        holder.stdin.close()
        holder.wait()
    StateFolder(tmp_path).release()


def test_a_folder_that_was_released_can_be_held_again(tmp_path: Path) -> None:
    StateFolder(tmp_path).release()
    StateFolder(tmp_path).release()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p", "glusterfs"])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"21 1 8:1 / / rw - ext4 /dev/vda rw\n22 21 0:5 / {tmp_path} rw shared:1 - {kind} there rw\n")
    with pytest.raises(StoreError, match=f"lies on a network file system \\({kind}\\)"):
        StateFolder(tmp_path / "state", mounts)


def test_the_deepest_mount_counts_and_spaces_are_escaped(tmp_path: Path) -> None:
    folder = tmp_path / "with space" / "state"
    folder.mkdir(parents=True)
    point = str(folder.parent).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"21 1 8:1 / / rw - nfs4 there rw\n22 21 0:5 / {point} rw - xfs /dev/vdb rw\n")
    assert file_system(folder, mounts) == "xfs"


def test_a_file_in_the_folders_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(StoreError, match="cannot be used as state folder"):
        StateFolder(tmp_path / "state")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        StateFolder(tmp_path / "state")
