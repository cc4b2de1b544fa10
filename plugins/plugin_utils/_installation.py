# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions connector_package and connector_installation share: how an installation ends. Private to the
collection.

The one starts the installation and the other waits for it, so that all hosts of a batch install at the same time,
however few of them Ansible works on at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import failure
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.package_steps import Step, package_steps
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._host_probe import look

SHARED_SPEC: dict[str, dict[str, Any]] = {
    "plan": {"type": "dict", "required": True},
    "host": {"type": "dict", "required": True},
    "install_timeout": {"type": "int", "default": 900},
    "lock_timeout": {"type": "int", "default": 120},
    "ampcli_timeout": {"type": "int", "default": 10},
}


def steps_of(options: Mapping[str, Any], folder: str) -> list[Step]:
    """Return the steps that install the package in `folder`; `options` are those of SHARED_SPEC."""
    plan = options["plan"]
    package = f"{folder}/connector.{plan['kind']}"
    return package_steps(plan["action"], package, options["host"], options["lock_timeout"])


def looked(action: ActionBase, options: Mapping[str, Any], removing: Sequence[str], **awaited: Any) -> dict[str, Any]:
    """Remove what is left of the installation, and return the status of the connector and what is known of the host, or
    why it cannot be looked at."""
    asked = {"await": "", "await_timeout": 0, "ampcli_timeout": options["ampcli_timeout"], **awaited}
    found = look(action, asked, root_required=True, removing=removing)
    return {name: found[name] for name in ("status", "host", "failed", "msg") if name in found}


def failed(
    action: ActionBase, options: Mapping[str, Any], removing: Sequence[str], step: str, done: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result of a task whose `step` ended with `done`: what failed, and what is left on the host."""
    found = looked(action, options, removing)
    plan = options["plan"]
    said = failure(done, found.get("status", {}), options["install_timeout"])
    begin = f"The {plan['action']} of version {plan['installer']['version']} failed at"
    return {**found, "failed": True, "msg": f'{begin} "{step}": {said}'}
