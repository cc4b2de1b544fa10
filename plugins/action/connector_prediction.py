# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_prediction: a change that check mode would skip without a word."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "what": {"type": "str", "required": True},
    "before": {"type": "str", "required": True},
    "after": {"type": "str", "required": True},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Reports a change in check mode, and nothing otherwise."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        result["changed"] = self._task.check_mode and options["before"] != options["after"]
        if self._task.check_mode:
            result["prediction"] = f"{options['before']} -> {options['after']}"
        if self._task.diff and result["changed"]:
            what = options["what"]
            before, after = (f"{options[side]}\n" if options[side] else "" for side in ("before", "after"))
            result["diff"] = {"before_header": what, "after_header": what, "before": before, "after": after}
        return result
