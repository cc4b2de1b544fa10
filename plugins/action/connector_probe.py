# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_probe: one script on the host, which takes no Python there; judged here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import (
    ProbeError,
    asked_as_root,
    host_of,
    probe_arguments,
    read_probe,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import judge
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import load_filters_with

load_filters_with("ansible.builtin.ternary")  # of core, which every task of the roles uses

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "script": {"type": "path", "required": True},
    "system": {"type": "str", "choices": ["linux", "macos"], "required": True},
    "ampcli_timeout": {"type": "int", "default": 10},
    "await": {"type": "str", "choices": ["", "running", "stopped", "registered"], "default": ""},
    "await_timeout": {"type": "int", "default": 120},
    "root_required": {"type": "bool", "default": True},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs the script as the user that the task runs as, and returns the status that its answer amounts to."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        script = Path(self._find_needle("files", options["script"])).read_text(encoding="utf-8")
        command = shlex.join(["/bin/sh", "-c", script, "probe", *probe_arguments(options["system"], options)])
        answer = self._low_level_execute_command(command, executable=False)
        if answer["rc"] != 0:
            return {**result, **answer, "failed": True, "msg": "non-zero return code"}
        return {**result, "changed": False, **found_of(answer["stdout"], options["root_required"])}


def found_of(output: str, root_required: bool) -> Mapping[str, Any]:
    """Return what the probe's output amounts to, as the result of a module.

    Where the probe fails the task fails; that is never taken for "not installed".
    """
    if not asked_as_root(output) and not root_required:
        return {"root": False}
    try:
        return {"root": True, "host": host_of(output), "status": judge(read_probe(output))}
    except ProbeError as error:
        return {"failed": True, "msg": f"{error}."}
    except ImportError:
        return {"failed": True, "msg": missing_required_lib("lxml")}
