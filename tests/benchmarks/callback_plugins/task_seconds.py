# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write, for each task of a play on one host, its name and the seconds from its start to its result."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
---
name: task_seconds
type: aggregate
short_description: Wall time of each task, as JSON Lines
description:
  - Writes to the file that the environment variable E(TASK_SECONDS) names.
"""


class CallbackModule(CallbackBase):
    """From the moment the strategy starts a task until its result is back: what a user waits for."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_seconds"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._started = 0.0
        self._record = open(os.environ["TASK_SECONDS"], "w", encoding="utf-8")  # noqa: SIM115

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        del task, is_conditional
        self._started = time.perf_counter()

    def v2_runner_on_ok(self, result: Any) -> None:
        elapsed = time.perf_counter() - self._started
        self._record.write(json.dumps({"task": result._task.get_name(), "seconds": elapsed}) + "\n")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        del stats
        self._record.close()
