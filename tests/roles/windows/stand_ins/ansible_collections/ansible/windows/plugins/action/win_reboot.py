# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_reboot: wine's whole session ends and begins anew, as the registry sees it."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

OPTIONS = frozenset(
    {"reboot_timeout", "msg", "pre_reboot_delay", "post_reboot_delay", "connect_timeout", "test_command"}
)


class ActionModule(ActionBase):
    """Ask PID 1 for a reboot and wait until it has counted one more boot."""

    _VALID_ARGS = OPTIONS
    _supports_check_mode = True

    def _command(self, line: str) -> str:
        return self._low_level_execute_command(line)["stdout"].strip()

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        if self._task.check_mode:
            return result | {"changed": True, "elapsed": 0, "rebooted": True}
        boots = self._command("cat /run/boots")
        begun = time.monotonic()
        timeout = float(self._task.args.get("reboot_timeout", 600))
        self._command("kill -HUP 1")
        while time.monotonic() - begun < timeout:
            if self._command("cat /run/boots") != boots:
                return result | {"changed": True, "elapsed": int(time.monotonic() - begun), "rebooted": True}
            time.sleep(0.5)
        message = f"Timed out waiting for last boot time check (timeout={timeout})"
        return result | {"failed": True, "rebooted": True, "elapsed": int(timeout), "msg": message}
