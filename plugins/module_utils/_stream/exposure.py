# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warns of files with secrets, and of state folders, that every user of the host can read or change.

The state folder is ours, so it is mended; files that an administrator or another program wrote are left alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .._common.text import printable

OTHERS = 0o006
WRITE_OF_OTHERS = 0o022
OWN_MODE = 0o700


def exposed_file(path: str | Path, what: str) -> str:
    """Return a warning if every user can read or change this file, which holds `what`; else an empty text."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        return ""
    if not mode & OTHERS:
        return ""
    return f"{printable(path)}: holds {what} and is open to every user of this host (mode {mode:04o}); chmod 0600 it"


def exposed_credentials(streams: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return a warning for each credentials file of these options of streams that every user can read or change."""
    paths = (one.get("credentials_path") for one in streams)
    warnings = (exposed_file(path, "a stream's password") for path in paths if isinstance(path, str))
    return [warning for warning in dict.fromkeys(warnings) if warning]


def mended_folder(path: Path, names_of_ours: Iterable[str]) -> str:
    """Close a state folder that others can change, if it is ours; return a warning, or an empty text.

    It is ours if we own it and it holds nothing, or one of the names that only a state folder has. Anything else may be
    a folder of many, such as /tmp: it is not touched.
    """
    status = os.stat(path)
    mode = stat.S_IMODE(status.st_mode)
    if not mode & WRITE_OF_OTHERS:
        return ""
    what = f"{printable(path)}: other users of this host could change files in the state folder (mode {mode:04o})"
    held = set(os.listdir(path))
    ours = status.st_uid == os.geteuid() and not mode & stat.S_ISVTX and (not held or held & set(names_of_ours))
    if not ours:
        return f"{what}; give a folder of its own with mode 0700"
    os.chmod(path, OWN_MODE)
    return f"{what}; it has mode 0700 now. Check that what is in it is yours"
