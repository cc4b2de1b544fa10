# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_plan: it decides on the controller and never reaches the host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.actions import NONE
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.host_facts import are_enough, facts_of
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.plans import (
    Order,
    Plan,
    Target,
    plan,
    predicted,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.preflight import Preflight
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signer_files import read_signer
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import load_action
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._other_action import run_action

CACHE = "ampops.secure_endpoint.installer_cache"
load_action(CACHE)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "installers": {"type": "list", "elements": "dict", "required": True},
    "status": {"type": "dict", "required": True},
    "facts": {"type": "dict"},
    "found": {"type": "dict", "default": {}},
    "cache_dir": {"type": "path"},
    "allowed_hosts": {"type": "list", "elements": "str", "default": []},
    "proxy": {"type": "str", "no_log": True},
    "channel": {"type": "str", "choices": ["n", "n-1"], "default": "n"},
    "version": {"type": "raw", "default": ""},
    "newer": {"type": "str", "choices": ["accept", "fail", "downgrade"], "default": "accept"},
    "upgrade_only": {"type": "bool", "default": False},
    "golden_image": {"type": "bool", "default": False},
    "profile": {"type": "str", "choices": ["auto", "desktop", "server"], "default": "auto"},
    "ui": {"type": "bool", "default": True},
    "switches": {"type": "dict", "default": {}},
    "extra_switches": {"type": "list", "elements": "str", "default": []},
    "minimum_free_mb": {"type": "int", "default": 2048},
    "preflight": {"type": "str", "choices": ["fail", "warn", "skip"], "default": "fail"},
    "without_python": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Returns the plan, or fails with the sentence that refuses the deployment."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        target = Target(facts_for(options, task_vars or {}), options["status"], options["found"])
        cached: dict[str, Any] = {}
        try:
            made = plan(options["installers"], order_of(options), target)
            refuse_unreadable_signer(made)
            if made.needs_file and options["cache_dir"]:
                cached = self._cached(made, options, task_vars)
                made = plan(options["installers"], order_of(options), target, file_of(cached))
        except ValueError as error:
            return {**result, "failed": True, "msg": f"{str(error).rstrip('.')}. Nothing was touched on the host."}
        would_change = self._task.check_mode and made.action != NONE
        result |= {"plan": made.as_result(), "file": file_of(cached).get("path") or ""}
        result["changed"] = would_change or bool(cached.get("changed"))
        diffs = [cached["diff"]] if cached.get("diff") and cached["changed"] else []
        if self._task.diff and would_change:
            diffs.append(diff_of(made, options["status"]))
        return {**result, "diff": diffs} if diffs else result

    def _cached(self, made: Plan, options: Mapping[str, Any], task_vars: Any) -> dict[str, Any]:
        """Return what installer_cache says of the one installer that is needed. Raises ValueError where it refuses."""
        asked = {name: options[name] for name in ("installers", "cache_dir", "allowed_hosts")}
        asked |= {"wanted": [made.installer.index]} | ({"proxy": options["proxy"]} if options["proxy"] else {})
        cached = run_action(self, CACHE, asked, task_vars or {})
        if "installers" not in cached:
            raise ValueError(cached["msg"])
        return cached


def facts_for(options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the facts in the options, else those of the play, else those that the probe found."""
    if options["facts"] is not None:
        return dict(options["facts"])
    facts: Mapping[str, Any] = task_vars.get("ansible_facts") or {}
    return facts if are_enough(facts) else facts_of(options["found"]) or facts


def order_of(options: Mapping[str, Any]) -> Order:
    """Return what the user asks for, from the options of the task."""
    return Order(
        channel=options["channel"],
        version=options["version"],
        newer=options["newer"],
        golden_image=options["golden_image"],
        upgrade_only=options["upgrade_only"],
        profile=options["profile"],
        ui=options["ui"],
        switches=options["switches"],
        extra_switches=options["extra_switches"],
        preflight=Preflight(options["minimum_free_mb"], options["preflight"], options["without_python"]),
    )


def refuse_unreadable_signer(made: Plan) -> None:
    """Raise ValueError where the controller's files that say who signed the package cannot be used."""
    if made.installs and made.kind in ("rpm", "deb") and made.installer.signature == "required":
        problem = read_signer(made.installer.signer)["problem"]
        if problem:
            raise ValueError(problem)


def file_of(cached: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one record of what installer_cache returned, empty where it did not run."""
    records: list[Mapping[str, Any]] = cached.get("installers") or [{}]
    return records[0]


def diff_of(made: Plan, status: Mapping[str, Any]) -> dict[str, str]:
    """Return the connector before and after, as Ansible shows it with --diff."""
    before, after = predicted(made, status)
    return {"before_header": "connector", "after_header": "connector", "before": before, "after": after}
