# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the summary of a fleet where Ansible ends a run before its last play: when every host of a batch disappeared.

Ansible loads what lies beside a playbook by itself. It is silent unless a play has the variable `connector_job` and the
play that sums up did not come.
"""

from __future__ import annotations

from typing import Any

from ansible import context
from ansible.plugins.callback import CallbackBase
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._fleet_summary import summary_of

DOCUMENTATION = """
name: connector_fleet
type: aggregate
short_description: Tells the summary of a fleet where Ansible ends a run early
description:
  - Part of the playbooks for connectors.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Writes to standard error, so that what other callbacks write stays what it is."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "connector_fleet"

    def __init__(self) -> None:
        super().__init__()
        self._play: Any = None
        self._begun: set[str] = set()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Remember a play over a fleet, until the one comes that sums it up."""
        if "connector_job" in play.vars:
            self._play = None if play.vars.get("connector_sums_up") else play

    def v2_runner_on_start(self, host: Any, task: Any) -> None:  # noqa: ARG002 - Ansible's interface
        """Remember which hosts the play came to; the first play of these playbooks is on no host."""
        if self._play is not None:
            self._begun.add(host.get_name())

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - Ansible's interface
        """Tell the summary that no play told."""
        if self._play is None:
            return
        variables = self._play.get_variable_manager().get_vars(play=self._play)
        hosts, job = variables["ansible_play_hosts_all"], str(self._play.vars["connector_job"])
        check = bool(context.CLIARGS.get("check"))
        told = summary_of(variables["hostvars"], hosts, job, check_mode=check, begun=self._begun)
        for line in ["", "SUMMARY (every host of a batch disappeared, so the run ended)", *told["lines"]]:
            self._display.display(line, stderr=True)
