# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_installation: it waits on the host for what connector_package started there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import (
    is_locked,
    plan_shortcoming,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.package_steps import Step
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import freeze
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._detached_module import start, wait
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._installation import (
    SHARED_SPEC,
    failed,
    looked,
    steps_of,
)

freeze()

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "job": {"type": "dict", "required": True},
    "newer": {"type": "str", "choices": ["accept", "fail", "downgrade"], "default": "accept"},
    "golden_image": {"type": "bool", "default": False},
    "start_timeout": {"type": "int", "default": 120},
    **SHARED_SPEC,
}
_PAUSE = 5  # seconds until it is tried again where another package manager is at work


class ActionModule(ActionBase):  # type: ignore[misc]
    """Waits for the first step, runs the others, removes the folder, and fails unless the planned version runs."""

    _supports_async = False
    _supports_check_mode = False
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        self._task_vars = task_vars or {}
        job = {**options["job"], **{name: int(options["job"][name]) for name in ("began", "seconds")}}
        self._left = [options["path"], job["file"]]
        step, done = self._installed(job, options)
        result |= {"changed": True} | {name: done[name] for name in ("stdout", "stderr") if done.get(name)}
        if done.get("failed"):
            return {**result, **failed(self, options, self._left, step.name, done)}
        awaited = {"await": "" if options["golden_image"] else "running", "await_timeout": options["start_timeout"]}
        found = looked(self, options, self._left, **awaited, since=int(time.time()) - job["began"])
        result |= found
        problem = "" if found.get("failed") else shortcoming_of(found["status"], options)
        return {**result, "failed": True, "msg": problem} if problem else result

    def _installed(self, job: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Step, dict[str, Any]]:
        """Return the last step and its result."""
        until = time.time() + options["lock_timeout"]
        steps = steps_of(options, options["path"])
        done = wait(self, job)
        for number, step in enumerate(steps):
            if number:
                done = self._again(step, options)
            while is_locked(done) and not step.may_fail and time.time() + _PAUSE < until:
                time.sleep(_PAUSE)
                done = self._again(step, options)
            if done.get("failed") and not step.may_fail:
                break
        return step, done

    def _again(self, step: Step, options: Mapping[str, Any]) -> dict[str, Any]:
        job = start(self, step.module, step.arguments, options["install_timeout"], self._task_vars)
        if job.get("failed"):
            return job
        self._left.append(job["file"])
        return wait(self, job)


def shortcoming_of(status: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    """Return why the installation is not what was planned."""
    return plan_shortcoming(
        status,
        options["plan"],
        newer=options["newer"],
        golden_image=options["golden_image"],
        seconds=options["start_timeout"],
    )
