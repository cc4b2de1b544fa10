# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drains in a process of its own, which a test can kill, or which kills itself at a chosen point.

Reads a JSON object from stdin: module_utils (the folder), options (of the module), die_at ({point: n}), file_limit
(bytes).
Imports the package as a service does: a synthetic parent, no ansible.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import types
from collections.abc import Callable
from typing import Any


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Fuse:
    """Burns down with each passing of its point."""

    def __init__(self, left: int) -> None:
        self.left = left

    def pass_by(self, *, before_death: Callable[[], object] = lambda: None) -> None:
        self.left -= 1
        if self.left == 0:
            before_death()
            die()


def arm(point: str, times: int, package: str) -> None:
    """Have the process die when it comes to `point` for the n-th time."""
    fuse = Fuse(times)
    pipeline = importlib.import_module(f"{package}._stream.pipeline.pipeline").Pipeline
    output = importlib.import_module(f"{package}._stream.sinks.json_lines").JsonLines
    consumer = importlib.import_module(f"{package}._stream.drain.drain")

    if point == "before the commit":
        wrap(importlib.import_module(f"{package}._stream.store.store").Store, "append", after=fuse.pass_by)
    elif point == "before the acknowledgement":
        wrap(consumer, "acknowledge", before=fuse.pass_by)
    elif point == "before the file is written":
        wrap(output, "write", before=fuse.pass_by)
    elif point == "in the middle of a line":
        append = output._append

        def torn(self: Any, lines: bytes, following: int) -> None:
            fuse.pass_by(before_death=lambda: os.write(self._file, lines[: len(lines) // 2]))
            append(self, lines, following)

        output._append = torn
    elif point == "after the file is synced":
        wrap(output, "write", after=fuse.pass_by)
    elif point == "before the last places are noted":
        wrap(pipeline, "finish", before=fuse.pass_by)
    else:
        raise ValueError(point)


def wrap(
    owner: Any, name: str, *, before: Callable[[], object] = lambda: None, after: Callable[[], object] = lambda: None
) -> None:
    original = getattr(owner, name)

    def wrapped(*arguments: Any, **named: Any) -> Any:
        before()
        result = original(*arguments, **named)
        after()
        return result

    setattr(owner, name, wrapped)


def main() -> None:
    order = json.load(sys.stdin)
    parent = types.ModuleType("synthetic")
    parent.__path__ = [order["module_utils"]]
    sys.modules["synthetic"] = parent
    interval = importlib.import_module("synthetic._stream.drain.interval")
    errors = importlib.import_module("synthetic._stream.errors")
    for point, times in order.get("die_at", {}).items():
        arm(point, times, "synthetic")
    if "file_limit" in order:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"], resource.RLIM_INFINITY))
    print("ready", flush=True)
    try:
        run = interval.IntervalRun(order["options"])
        result = run.drain()
    except errors.StreamError as error:
        print(json.dumps({"error": str(error), "kind": type(error).__name__}), flush=True)
        return
    print(json.dumps({**result, "failures": run.failures, "warnings": run.warnings}), flush=True)


main()
