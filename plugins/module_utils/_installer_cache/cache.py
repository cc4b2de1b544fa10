# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find installers on the controller, or download them into the cache; several plays may share one cache folder.

A file is written as NAME.part, which is locked while it is written, checked, and renamed to NAME. So NAME is always
whole, a download that was killed leaves only a NAME.part that the next one overwrites, and of several processes that
want the same file one downloads it and the others wait and then find it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import BinaryIO

from .._connector.installers import WAIVED, Installer, label
from .._connector.package_files import PackageFileError, read_package
from .download import CHUNK, DownloadError, Limits, Received, download

PART = ".part"
WAIT = 0.2  # seconds between two attempts to lock
FOUND, FETCHED, FAILED = "found", "fetched", "failed"


@dataclass(frozen=True)
class Record:
    """What became of one installer.

    `detail` says what failed, or why `package` is not known. `path` is empty unless the file is on the controller now.
    """

    index: int
    item: str
    outcome: str
    detail: str = ""
    path: str = ""
    sha256: str = ""
    size: int = 0
    package: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Cache:
    """A folder for downloaded installers. With `check` nothing is written and nothing is asked of a server."""

    folder: str
    limits: Limits
    check: bool = False

    def prepare(self) -> bool:
        """Create the folder for its owner alone. Return whether that changes something. Raises DownloadError."""
        try:
            mode = stat.S_IMODE(os.stat(self.folder).st_mode)
        except FileNotFoundError:
            mode = None
        except OSError as error:
            raise DownloadError(f"the cache folder {self.folder} cannot be read: {error.strerror}") from None
        if mode == 0o700 or self.check:
            return mode != 0o700
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            os.chmod(self.folder, 0o700)
        except OSError as error:
            raise DownloadError(f"the cache folder {self.folder} cannot be made private: {error.strerror}") from None
        return True

    def get(self, installer: Installer, url: str) -> Record:
        """Return the record of one installer, after downloading it where it is missing."""
        record = Record(installer.index, label(installer), FAILED)
        try:
            if installer.path:
                path, outcome = installer.path, FOUND
                found = _of_path(path, installer.sha256)
            else:
                path = os.path.join(self.folder, installer.cache_name)
                there = _fitting(path, installer.sha256)
                if there is None and self.check:
                    return replace(record, outcome=FETCHED)
                outcome, found = (FOUND, there) if there else self._fetch(path, installer.sha256, url)
        except DownloadError as error:
            return replace(record, detail=str(error))
        package, unread = _package(path)
        return Record(record.index, record.item, outcome, unread, path, found.sha256, found.size, package)

    def _fetch(self, path: str, sha256: str, url: str) -> tuple[str, Received]:
        with _locked(path + PART, self.limits.seconds) as part:
            found = _fitting(path, sha256)  # another process may have been faster
            if found is not None:
                return FOUND, found
            received = download(url, part, self.limits)
            if sha256 not in (WAIVED, received.sha256):
                raise DownloadError(_other(received.sha256, sha256))
            os.replace(path + PART, path)
            return FETCHED, received


def get_all(cache: Cache, wanted: Sequence[tuple[Installer, str]], concurrency: int) -> list[Record]:
    """Return a record for each of `wanted`, in order, with at most `concurrency` downloads at a time.

    Threads end with the process: a task that is stopped does not wait for them.
    """
    records: list[Record | None] = [None] * len(wanted)
    errors: list[BaseException] = []
    places = iter(range(len(wanted)))
    taking = threading.Lock()

    def work() -> None:
        while True:
            with taking:
                place = next(places, None)
            if place is None or errors:
                return
            try:
                records[place] = cache.get(*wanted[place])
            except BaseException as error:  # noqa: BLE001 - raised again below, in the thread of the task
                errors.append(error)

    if len(wanted) <= 1:
        return [cache.get(*each) for each in wanted]
    threads = [threading.Thread(target=work, daemon=True) for _thread in range(min(concurrency, len(wanted)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [record for record in records if record is not None]


def _of_path(path: str, sha256: str) -> Received:
    """Return what is in a file that the user put on the controller. Raises DownloadError where it does not fit."""
    found = _look(path)
    if found is None:
        raise DownloadError(f"is not at {path} on the controller")
    if sha256 not in (WAIVED, found.sha256):
        raise DownloadError(_other(found.sha256, sha256))
    return found


def _fitting(path: str, sha256: str) -> Received | None:
    """Return what is in a file of the cache, or None where it is missing or damaged, so that it is fetched again."""
    found = _look(path)
    return found if found is not None and sha256 in (WAIVED, found.sha256) else None


def _look(path: str) -> Received | None:
    """Read a whole file, or return None where there is none. Raises DownloadError for anything but a file."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise DownloadError(f"is not a file: {path} on the controller")
        with open(path, "rb") as file:
            digest, size = hashlib.sha256(), 0
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DownloadError(f"cannot be read at {path} on the controller: {error.strerror}") from None
    return Received(digest.hexdigest(), size)


def _other(found: str, wanted: str) -> str:
    return f"has the SHA-256 {found}, but the manifest says {wanted}"


def _package(path: str) -> tuple[dict[str, str] | None, str]:
    """Return name, version and architecture of an RPM or DEB; for another file nothing, with the reason."""
    try:
        with open(path, "rb") as file:
            return asdict(read_package(file)), ""
    except OSError as error:
        return None, f"cannot be read at {path} on the controller: {error.strerror}"
    except PackageFileError as error:
        return None, str(error)


@contextmanager
def _locked(path: str, seconds: float) -> Iterator[BinaryIO]:
    """Open `path` for writing by this process alone, and remove it at the end unless it was renamed.

    The lock is the system's, so it ends with its process. Raises DownloadError after waiting for `seconds`.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DownloadError(f"could not be fetched: {path} cannot be written: {error.strerror}") from None
        with os.fdopen(number, "r+b") as file:
            while not _lock(file):
                if time.monotonic() > until:
                    raise DownloadError(
                        f"could not be fetched: another process has been writing {path} for {seconds:.0f} seconds"
                    )
                time.sleep(WAIT)
            if not _is_at(file, path):
                continue  # its writer finished: the file was renamed or removed while this process waited
            try:
                file.truncate(0)
                yield file
            finally:
                if _is_at(file, path):
                    os.unlink(path)
            return


def _lock(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: BinaryIO, path: str) -> bool:
    """Return whether `path` still names this open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.lstat(path))
    except FileNotFoundError:
        return False
