# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a report all at once or not at all: what stands there stays until each new one is on disk."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from .._common.text import printable

MODE = 0o600  # a report names users and machines

Writer = Callable[[IO[str]], object]


class ReportError(Exception):
    """The report cannot be made; the text says what is wrong, where, and what to do."""


def write_all(writers: Mapping[Path, Writer]) -> None:
    """Write every file beside its place, then rename them in the order given. Raises ReportError.

    A file that is there keeps its permissions.
    """
    fresh: dict[Path, Path] = {}
    try:
        for path, writer in writers.items():
            fresh[path] = path.with_name(f".{path.name}.{os.getpid()}.new")
            _write(fresh[path], path, writer)
        for path, new in fresh.items():
            os.replace(new, path)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {_reason(error)}. What was there before is unchanged") from error
    finally:
        for new in fresh.values():
            with suppress(OSError):
                new.unlink()


def _write(new: Path, old: Path, writer: Writer) -> None:
    with suppress(FileNotFoundError):  # of a process of the same number that was killed
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
    with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        with suppress(FileNotFoundError):
            os.fchmod(file.fileno(), stat.S_IMODE(old.stat().st_mode))
        writer(file)
        file.flush()
        os.fsync(file.fileno())


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; make room"
    if error.errno == errno.ENOENT:
        return "there is no such folder; create it"
    return printable(error.strerror or type(error).__name__)
