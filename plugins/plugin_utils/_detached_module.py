# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a module on a host so that it outlives the connection, and wait for it there. Private to the collection.

The module runs as with the keywords `async` and `poll`, which stop it after its time-out. Where they ask again and
again with one more module, one command waits on the host, up to a minute each.
"""

from __future__ import annotations

import json
import secrets
import shlex
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

_SLICE = 60  # seconds of one command: what is silent for longer may be cut off by a firewall
_PAUSE = 3  # seconds until a host is tried again whose connection was lost
_PATIENCE = 30  # seconds that the host may take after the time-out to stop the module and to say so
# A job that has not ended has the key "started" in its file; in the result of a module the quotes would be escaped.
_WAIT = 'while grep -q \'"started":\' "$1" && [ "$2" -gt 0 ]; do sleep 1; set -- "$1" $(($2 - 1)); done; cat "$1"'

_TIMED_OUT = "Timeout exceeded"  # as core says it
_MARK = "AMPOPS_JOB"  # a variable in the environment of the module, and so of all that it starts
# Core kills the group of the module's processes, which misses them where they were started before it was made a group.
_KILL = 'for p in /proc/[0-9]*; do if grep -qsz "^$1\\$" "$p/environ"; then kill -9 "${p#/proc/}"; fi; done'


def start(
    action: ActionBase, module: str, arguments: Mapping[str, Any], seconds: int, task_vars: dict[str, Any]
) -> dict[str, Any]:
    """Start a module for so many seconds at most, as core does for a task with `async`.

    Returns what `wait` takes: the job's file on the host and when it began; or a failed result.
    """
    began, mark, environment = int(time.time()), secrets.token_hex(8), action._task.environment
    action._task.async_val = seconds  # for as long as core builds the command
    action._task.environment = [*(environment or []), {_MARK: mark}]
    try:
        job = action._execute_module(
            module_name=module, module_args=dict(arguments), task_vars=task_vars, wrap_async=True
        )
    finally:
        action._task.async_val, action._task.environment = 0, environment
    if "results_file" not in job:
        return {**job, "failed": True}
    return {"file": job["results_file"], "began": began, "seconds": seconds, "mark": mark}


def wait(action: ActionBase, job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of the module that `start` started.

    The job's file stays. A connection that is lost meanwhile is tried again until the job's time is over. Raises
    AnsibleConnectionFailure where it stays lost.
    """
    deadline = max(job["began"] + job["seconds"], time.time()) + _PATIENCE
    while (result := _looked(action, job["file"], deadline)) is None:
        if time.time() >= deadline:
            result = {"failed": True, "msg": _TIMED_OUT}
            break
    if result.get("msg") == _TIMED_OUT:
        words = ["/bin/sh", "-c", _KILL, "kill", f"{_MARK}={job['mark']}"]
        action._low_level_execute_command(shlex.join(words), executable=False)
    return result


def _looked(action: ActionBase, file: str, deadline: float) -> dict[str, Any] | None:
    """Wait on the host for a minute at most; return the module's result once there is one."""
    seconds = max(0, min(_SLICE, int(deadline - time.time())))
    command = shlex.join(["/bin/sh", "-c", _WAIT, "wait", file, str(seconds)])
    try:
        return result_of(action._low_level_execute_command(command, executable=False))
    except AnsibleConnectionFailure:
        if time.time() + _PAUSE >= deadline:
            raise
        with suppress(Exception):  # some connections need it, some cannot do it
            action._connection.reset()
        time.sleep(_PAUSE)
        return None


def result_of(answer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the module's result from what was in the file of its job; None where it has not ended."""
    text = str(answer["stdout"])
    try:
        result: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    except ValueError:
        said = str(answer["stderr"]).strip() or text.strip() or f"it ended with {answer['rc']}"
        return {"failed": True, "msg": f"The result on the host cannot be read: {said}"}
    return None if "started" in result and "finished" in result else result
