# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show at -v how far a module is: it writes lines to a file (`module_utils/_progress.py`), this follows the file.

This file is private to the collection.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 2.0  # seconds between two lines
NEWEST = 400  # bytes that hold the newest line


@contextmanager
def followed(show: Callable[[str], None], every: float = EVERY) -> Iterator[str]:
    """Yield the path of a file. Show its newest line every `every` seconds until the block ends."""
    handle, path = tempfile.mkstemp(prefix="secure_endpoint-progress-")
    ended = threading.Event()

    def follow() -> None:
        shown = ""
        while not ended.wait(every):
            line = newest_line(handle)
            if line and line != shown:
                show(line)
                shown = line

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield path
    finally:
        ended.set()
        thread.join()
        os.close(handle)
        os.unlink(path)


def newest_line(handle: int) -> str:
    """Return the last complete line of an open file, or an empty text."""
    size = os.fstat(handle).st_size
    lines = os.pread(handle, NEWEST, max(0, size - NEWEST)).split(b"\n")
    return lines[-2].decode("utf-8", "replace") if len(lines) > 1 else ""
