# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a path end together with the job that writes it?

AWX, Automation Platform and ansible-runner run plays in containers whose file system is thrown away afterwards. What
must outlive the job (a stream's password, drained events) is therefore not written there. Imports nothing of ours, no
ansible. This file is private to the collection.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

CONTAINER_MARKS = ("run/.containerenv", ".dockerenv")
# Root file systems of containers. A mark alone is not enough: a virtual machine made from a container image keeps it.
CONTAINER_ROOTS = frozenset({"overlay", "aufs", "fuse.fuse-overlayfs", "vfs"})
VOLATILE = frozenset({"tmpfs", "ramfs", "overlay", "aufs", "fuse.fuse-overlayfs"})
KUBERNETES_JOB_VOLUME = "kubernetes.io~empty-dir"


class Mount(NamedTuple):
    """One line of /proc/self/mountinfo."""

    point: str
    source: str
    kind: str


def ephemeral_reason(path: str, environ: Mapping[str, str] | None = None, root: str = "/") -> str | None:
    """Return why what is written to `path` ends with the job; None if it stays.

    `environ` and `root` (where the marks and proc/self/mountinfo are looked for) are there for tests.
    """
    environ = os.environ if environ is None else environ
    mounts = _mounts(root)
    mark = _job_mark(environ, root, mounts)
    if mark is None:
        return None
    mount = _mount_of(os.path.realpath(path), mounts)
    if mount.point == "/":
        where = "it is on no mounted volume"
    elif mount.point == _runner_folder(environ):
        where = f"{mount.point} is the job's own folder"
    elif mount.kind in VOLATILE or KUBERNETES_JOB_VOLUME in mount.source:
        where = f"the volume mounted at {mount.point} is a temporary one ({mount.kind})"
    else:
        return None
    return f"this folder ends with the job: the task runs in a job container ({mark}) and {where}"


def _job_mark(environ: Mapping[str, str], root: str, mounts: Iterable[Mount]) -> str | None:
    for variable in ("AWX_ISOLATED_DATA_DIR", "KUBERNETES_SERVICE_HOST"):
        if environ.get(variable):
            return f"{variable} is set"
    if _mount_of("/", mounts).kind not in CONTAINER_ROOTS:
        return None
    found = (mark for mark in CONTAINER_MARKS if os.path.exists(os.path.join(root, mark)))
    return next((f"/{mark} is there" for mark in found), None)


def _runner_folder(environ: Mapping[str, str]) -> str | None:
    """Return the private folder of ansible-runner, /runner in its containers. AWX removes it when the job is over."""
    artifacts, _slash, _ident = environ.get("AWX_ISOLATED_DATA_DIR", "").rstrip("/").rpartition("/")
    return os.path.dirname(artifacts) if os.path.basename(artifacts) == "artifacts" else None


def _mounts(root: str) -> list[Mount]:
    try:
        with open(os.path.join(root, "proc/self/mountinfo"), encoding="utf-8", errors="surrogateescape") as table:
            return [mount for mount in map(_parse_mount, table) if mount is not None]
    except OSError:  # not Linux, so not a job container either, unless the environment says so
        return []


def _parse_mount(line: str) -> Mount | None:
    """Parse a line of proc(5): id, parent, device, root, mount point, options, optional ..., '-', type, source, ..."""
    left, dash, right = line.partition(" - ")
    fields, kind = left.split(" "), right.split(" ")
    if not dash or len(fields) < 5:
        return None
    return Mount(point=_unescape(fields[4]), source=_unescape(fields[3]), kind=kind[0])


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), field)


def _mount_of(path: str, mounts: Iterable[Mount]) -> Mount:
    """Return the mount that holds `path`. Of several mounts on one point only the last one is visible."""
    found = Mount(point="/", source="/", kind="")
    for mount in mounts:
        inside = mount.point == "/" or path == mount.point or path.startswith(mount.point + "/")
        if inside and len(mount.point) >= len(found.point):
            found = mount
    return found
