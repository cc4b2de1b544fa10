# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a long task has done so far: the module writes lines to a file, the action plugin shows the newest at -v.

A module cannot print while it runs. The action plugin makes the file and names it in the module's environment; where
there is none (below -v, on a remote host, under async) nothing is written. It imports nothing of ours and no ansible.
This file is private to the collection.
"""

from __future__ import annotations

import os
from contextlib import suppress

VARIABLE = "SECURE_ENDPOINT_PROGRESS"


class Progress:
    """Appends a line each time; a file that cannot be written is no reason for a task to fail."""

    def __init__(self, path: str | None = None) -> None:
        path = os.environ.get(VARIABLE) if path is None else path
        self._file: int | None = None
        if path:
            with suppress(OSError):  # made by another user, or gone
                self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)

    def tell(self, text: str) -> None:
        """Write one line. It must hold whole numbers and names of our own only: it is shown as it is."""
        if self._file is None:
            return
        try:
            os.write(self._file, f"{text}\n".encode())
        except OSError:
            self._file = None
