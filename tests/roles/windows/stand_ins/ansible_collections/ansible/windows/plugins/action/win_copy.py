# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-in for ansible.windows.win_copy: ansible.builtin.copy to the place of the Windows path in the prefix."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

OPTIONS = {"src", "dest", "content", "force", "backup"}


class ActionModule(ActionBase):
    """Copy a file of the controller into a folder that exists."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        arguments = dict(self._task.args)
        if set(arguments) - OPTIONS or not re.match(r"[A-Za-z]:\\", arguments["dest"]):
            raise AnsibleActionFail(f"stand-in win_copy takes {sorted(OPTIONS)} and a full Windows path")
        drive, below = arguments["dest"][0].lower(), arguments["dest"][3:].replace("\\", "/")
        arguments["dest"] = f"/win/drive_{drive}/{below}"
        task = self._task.copy()
        task.args = arguments
        copy = self._shared_loader_obj.action_loader.get(
            "ansible.builtin.copy", task=task, connection=self._connection, play_context=self._play_context,
            loader=self._loader, templar=self._templar, shared_loader_obj=self._shared_loader_obj)  # fmt: skip
        result = copy.run(task_vars=task_vars)
        result["dest"] = self._task.args["dest"]
        return result
