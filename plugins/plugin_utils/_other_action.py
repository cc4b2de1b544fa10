# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run another action within the worker of a task. Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase


def run_action(
    action: ActionBase, name: str, arguments: Mapping[str, Any], task_vars: dict[str, Any]
) -> dict[str, Any]:
    """Return the result of the action `name`, run as if the task were its own. Raises what that action raises."""
    task = action._task.copy(exclude_parent=True)
    task._parent = action._task._parent  # where the play and its module_defaults are
    task.args = dict(arguments)
    other = action._shared_loader_obj.action_loader.get(
        name,
        task=task,
        connection=action._connection,
        play_context=action._play_context,
        loader=action._loader,
        templar=action._templar,
        shared_loader_obj=action._shared_loader_obj,
    )
    result: dict[str, Any] = other.run(task_vars=task_vars)
    return result
