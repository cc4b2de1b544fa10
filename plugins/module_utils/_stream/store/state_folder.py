# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder in which one consumer keeps its state: fit for a database, and held by one process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
from collections.abc import Iterable
from pathlib import Path

from ..._common.text import printable
from ..errors import StateFolderInUse, StoreError
from ..exposure import mended_folder

FOLDER_MODE = 0o700
LOCK_NAME = "lock"
MOUNTS = Path("/proc/self/mountinfo")

# SQLite's locks and its shared memory do not work across hosts, and fsync means little there.
_NETWORK = re.compile(
    "9p|afs|beegfs|ceph|cifs|coda|davfs|gfs2?|glusterfs|gpfs|lustre|ncpfs|nfs4?|ocfs2|orangefs|prl_fs|smb3|smbfs|vboxsf"
    "|vmhgfs|fuse[.](ceph|davfs|glusterfs|rclone|s3fs|sshfs)"
).fullmatch


class StateFolder:
    """Make the folder if need be and hold its lock until `release`. Raises StoreError, StateFolderInUse.

    `warning` is not empty if other users could change files in the folder.
    """

    def __init__(self, path: str | Path, mounts: Path = MOUNTS) -> None:
        self.path = Path(os.path.abspath(path))
        try:
            self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            self.warning = mended_folder(self.path, (LOCK_NAME,))
        except OSError as error:
            raise _unusable(self.path, error) from error
        kind = file_system(self.path, mounts)
        if kind and _NETWORK(kind):
            raise StoreError(
                f"{self.path}: lies on a network file system ({kind}), where the database could be damaged; give a"
                " folder on a local disk"
            )
        self._lock = self._acquire()

    def _acquire(self) -> int:
        try:
            lock = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _unusable(self.path, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = printable(os.read(lock, 200).decode("utf-8", "replace").strip()) or "another process"
            os.close(lock)
            raise StateFolderInUse(
                f"{self.path}: two consumers cannot share a state folder, and {holder} holds this one."
                " Stop it, or give each consumer a folder of its own"
            ) from None
        except OSError as error:
            os.close(lock)
            raise _unusable(self.path, error) from error
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"process {os.getpid()} on {socket.gethostname()}\n".encode(), 0)
        except OSError:  # a full disk: the lock holds without its note, and what needs the space will say so
            pass
        return lock

    def release(self) -> None:
        os.close(self._lock)


def file_system(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that holds `path`; None where the system does not say (no /proc)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    return _deepest(os.path.realpath(path), lines)


def _deepest(path: str, lines: Iterable[str]) -> str | None:
    best, kind = "", None
    for line in lines:
        words, separator, tail = line.partition(" - ")
        fields = words.split(" ")
        if not separator or len(fields) < 5:
            continue
        point = fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape")  # \040 is a space
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # the last of equals: it was mounted over the others
            best, kind = point, tail.split(" ")[0]
    return kind


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable: a new or renamed file is not safe before that."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reason_of(error: OSError) -> str:
    """Return an operating system's failure in words, with what to do about the common ones."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; make room and start again, the events wait in the queue"
    if error.errno == errno.EFBIG:
        return "the file has reached the largest size that this process may write"
    return printable(error.strerror or type(error).__name__)


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(f"{path}: cannot be used as state folder: {reason_of(error)}")
