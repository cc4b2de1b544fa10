# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_probe: one script on the host, which takes no Python there; judged here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.vars.clean import namespace_facts
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.host_facts import are_enough, facts_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import load_templates
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._host_probe import look
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._other_action import run_action

load_templates()  # which every task of the roles needs

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "ampcli_timeout": {"type": "int", "default": 10},
    "await": {"type": "str", "choices": ["", "running", "stopped", "registered"], "default": ""},
    "await_timeout": {"type": "int", "default": 120},
    "root_required": {"type": "bool", "default": True},
    "without_python": {"type": "bool", "default": False},
}
_FACTS = {"gather_subset": ["!all", "!min", "platform", "distribution"]}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Runs the script as the user that the task runs as, and returns the status that its answer amounts to.

    Facts are gathered in the same worker where the play has none and the script cannot tell the system.
    """

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        variables = task_vars or {}
        facts: Mapping[str, Any] = variables.get("ansible_facts") or {}
        told = options["without_python"] or are_enough(facts)
        result["changed"] = False
        if not told and self._has_facts_of_its_own(variables):
            gathered = self._gathered(variables)
            result |= gathered
            if gathered.get("failed"):
                return result
            told, facts = True, namespace_facts(gathered["ansible_facts"])["ansible_facts"]
        if facts.get("os_family") == "Windows" and not options["without_python"]:
            return {**result, "system": "windows"}
        result |= look(self, options, root_required=options["root_required"])
        if "host" in result and not told and not facts_of(result["host"]):
            result |= self._gathered(variables)
        return result

    def _has_facts_of_its_own(self, variables: Mapping[str, Any]) -> bool:
        """Return whether the host may have no shell for the script: it runs Windows, or the inventory names another
        module of facts for it."""
        return bool(getattr(self._connection._shell, "_IS_WINDOWS", False)) or "ansible_facts_modules" in variables

    def _gathered(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Return the facts that tell the system, or why they cannot be gathered."""
        gathered = run_action(self, "ansible.builtin.gather_facts", _FACTS, variables)
        return {name: gathered[name] for name in ("ansible_facts", "failed", "msg", "warnings") if name in gathered}
