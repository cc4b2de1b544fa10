# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs any module of the collection and shows at -v how far it is: pages of a long read, requests left, a wait.

meta/runtime.yml routes every module of the action group `api` here; the name is that of one of them because
ansible-test wants an action plugin to have a module for its documentation. Below -v, on a remote host and under async
it is the plain action.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._progress import VARIABLE

EVERY = 2.0  # seconds between two lines
NEWEST = 400  # bytes that hold the newest line


class ActionModule(NormalAction):  # type: ignore[misc]
    """The normal action, with lines in between."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        display = Display()
        if display.verbosity < 1 or self._task.async_val or self._connection.transport != "local":
            return self._plain(tmp, task_vars)
        name = self._task.action.rpartition(".")[2]
        environment = self._task.environment
        with followed(lambda line: display.v(f"{name}: {line}")) as path:
            self._task.environment = [*(environment or []), {VARIABLE: path}]
            try:
                return self._plain(tmp, task_vars)
            finally:
                self._task.environment = environment

    def _plain(self, tmp: Any, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        return result


@contextmanager
def followed(show: Callable[[str], None], every: float = EVERY) -> Iterator[str]:
    """Yield the path of a file whose newest line is shown every so many seconds, as long as the block runs."""
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
    """The last complete line of an open file; empty where there is none."""
    size = os.fstat(handle).st_size
    lines = os.pread(handle, NEWEST, max(0, size - NEWEST)).split(b"\n")
    return lines[-2].decode("utf-8", "replace") if len(lines) > 1 else ""
