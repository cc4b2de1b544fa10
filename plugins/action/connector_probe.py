# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_probe: one script on the host, which takes no Python there; judged here."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import load_templates
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._host_probe import look

load_templates()  # which every task of the roles needs

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
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
        return {**result, "changed": False, **look(self, options, root_required=options["root_required"])}
