# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths end together with the job (R22)."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._job_container import ephemeral_reason

HOST = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"
OVERLAY = "600 500 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l,upperdir=/u"
RUNNER = "601 600 8:1 /tmp/awx_533_x /runner rw,relatime - xfs /dev/sda1 rw"
VOLUME = "602 600 8:1 /data /var/lib/streams rw,relatime - xfs /dev/sda1 rw"
SPACED = r"603 600 8:1 /data /my\040volume rw,relatime - xfs /dev/sda1 rw"
TMPFS = "604 600 0:60 / /dev/shm rw - tmpfs shm rw"
EMPTY_DIR = "605 600 8:1 /pods/x/volumes/kubernetes.io~empty-dir/scratch /scratch rw - xfs /dev/sda1 rw"
IN_RUNNER = "606 600 8:1 /kept /runner/kept rw - xfs /dev/sda1 rw"
AWX = {"AWX_ISOLATED_DATA_DIR": "/runner/artifacts/533"}


def machine(folder: Path, *mounts: str, mark: str | None = None) -> str:
    """A root folder as seen by the function: its mounts and, for a container, the engine's mark."""
    table = folder / "proc/self/mountinfo"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(mounts) + "\nrubbish\n")
    if mark:
        (folder / mark).parent.mkdir(exist_ok=True)
        (folder / mark).touch()
    return str(folder)


def test_on_a_host_every_path_stays(tmp_path: Path) -> None:
    assert ephemeral_reason("/etc/streams/soc.json", {}, machine(tmp_path, HOST)) is None


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_a_machine_made_from_a_container_image_is_no_container(tmp_path: Path, mark: str) -> None:
    assert ephemeral_reason("/etc/soc.json", {}, machine(tmp_path, HOST, mark=mark)) is None


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_in_a_container_a_path_on_no_volume_ends(tmp_path: Path, mark: str) -> None:
    reason = ephemeral_reason("/etc/soc.json", {}, machine(tmp_path, OVERLAY, VOLUME, mark=mark))
    assert reason is not None
    assert "this folder ends with the job" in reason
    assert mark in reason


def test_an_overlay_without_a_mark_is_somebodys_root_file_system(tmp_path: Path) -> None:
    assert ephemeral_reason("/etc/soc.json", {}, machine(tmp_path, OVERLAY)) is None


@pytest.mark.parametrize("environ", [AWX, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}])
def test_awx_and_kubernetes_are_known_by_their_variables(tmp_path: Path, environ: dict[str, str]) -> None:
    assert ephemeral_reason("/etc/soc.json", environ, machine(tmp_path, OVERLAY)) is not None


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("/var/lib/streams/soc.json", True),
        ("/var/lib/streams", True),
        ("/var/lib/streams2/soc.json", False),
        ("/var/lib/streams/../soc.json", False),
        ("/my volume/soc.json", True),
        ("/runner/project/soc.json", False),
        ("/runner/kept/soc.json", True),
        ("/dev/shm/soc.json", False),  # noqa: S108 - the path as such is the case
        ("/scratch/soc.json", False),
        ("/soc.json", False),
    ],
)
def test_only_what_is_mounted_to_last_lasts(tmp_path: Path, path: str, stays: bool) -> None:
    root = machine(tmp_path, OVERLAY, RUNNER, VOLUME, SPACED, TMPFS, EMPTY_DIR, IN_RUNNER)
    assert (ephemeral_reason(path, AWX, root) is None) is stays


def test_the_last_of_two_mounts_on_one_point_is_the_one_that_is_seen(tmp_path: Path) -> None:
    hidden = "607 600 0:60 / /var/lib/streams rw - tmpfs tmpfs rw"
    assert ephemeral_reason("/var/lib/streams/a", AWX, machine(tmp_path, OVERLAY, VOLUME, hidden)) is not None


def test_without_a_table_of_mounts_only_the_environment_counts(tmp_path: Path) -> None:
    assert ephemeral_reason("/etc/soc.json", {}, str(tmp_path)) is None
    assert ephemeral_reason("/etc/soc.json", AWX, str(tmp_path)) is not None
