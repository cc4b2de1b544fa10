# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a drain, here or in a process of its own, and looks at what it left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _stream
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.broker.settings import StreamSettings
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun

from .deliveries import lines

MODULE_UTILS = str(Path(_stream.__path__[0]).parent)
CHILD = Path(__file__).with_name("child.py")


def options(folder: Path, *streams: StreamSettings, **more: Any) -> dict[str, Any]:
    """The module's options, all of them, with `folder/state` and `folder/events.jsonl`."""
    return {
        "streams": [{key: value for key, value in vars(one).items() if value is not None} for one in streams],
        "state_dir": str(folder / "state"),
        "output_path": str(folder / "events.jsonl"),
        "max_events": None,
        "max_seconds": None,
        "rules": ["same_hash", "same_hash_same_computer", "same_computer"],
        "window_seconds": 300,
        "lateness_seconds": 60,
        "flush": False,
        "tell_final": False,
        "output_kinds": ["event"],
        "sinks": [],
        "sinks_timeout": 60,
        "retention": {},
        "ack": "after_store",
        "limit": 1000,
        "allow_ephemeral": True,
        **more,
    }


def drained(folder: Path, *streams: StreamSettings, **more: Any) -> dict[str, Any]:
    """One run that goes well."""
    run = IntervalRun(options(folder, *streams, **more))
    result = run.drain()
    assert run.failures == []
    return {**result, "warnings": run.warnings}


def numbers(folder: Path) -> list[int]:
    """The ids of all lines of the file, in their order."""
    return [int(line["event"]["id"]) for line in lines(folder / "events.jsonl")]


def child(
    folder: Path, *streams: StreamSettings, die_at: dict[str, int] | None = None, **order: Any
) -> subprocess.Popen[str]:
    """A process that drains. Its answer is the last line of its output; a test that waits for it uses `answer`."""
    given = {key: order.pop(key) for key in ("file_limit",) if key in order}
    process = subprocess.Popen(
        [sys.executable, str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=_environment()
    )
    message = {
        "module_utils": MODULE_UTILS,
        "options": options(folder, *streams, **order),
        "die_at": die_at or {},
        **given,
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(message))
    process.stdin.close()
    return process


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the process said last, once it has ended; empty if it was killed."""
    assert process.stdout is not None
    said = process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    return json.loads(said[-1]) if said and said[-1].startswith("{") else {}


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "ANSIBLE"))}
