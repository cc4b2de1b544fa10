# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module controller_objects: reads, plans, and runs the modules of awx.awx or ansible.controller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.kinds import KINDS
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.plan import (
    CHANGES,
    REFUSE,
    REMOVE,
    Step,
    Wanted,
    blocked_by,
    calls_of,
    in_order,
    keep_used_types,
    removal_of,
    step_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._controller.reading import Reader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.writing import yaml_text

# Who has ansible.controller has the Automation Platform; the PyPI package ansible brings awx.awx to everybody.
COLLECTIONS = ("ansible.controller", "awx.awx")
WHERE = (
    "The controller and the login come from the environment: CONTROLLER_HOST, CONTROLLER_OAUTH_TOKEN (or"
    " CONTROLLER_USERNAME and CONTROLLER_PASSWORD), CONTROLLER_VERIFY_SSL"
)
HIDDEN = "(not shown)"
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "objects": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "kind": {"type": "str", "required": True, "choices": list(KINDS)},
            "name": {"type": "str", "required": True},
            "settings": {"type": "dict", "default": {}},
            "initial": {"type": "dict", "default": {}},
        },
    },
    "mark": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "adopt": {"type": "bool", "default": False},
    "collection": {"type": "str", "choices": ["auto", *COLLECTIONS], "default": "auto"},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Makes or removes objects of the controller."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(ARGUMENT_SPEC)
        self._variables = task_vars or {}
        self._collection = self._installed(options["collection"])
        wanted = [Wanted(one["kind"], one["name"], one["settings"], one["initial"]) for one in options["objects"]]
        try:
            steps = self._plan(wanted, options)
        except AnsibleError as error:
            raise AnsibleError(f"The controller could not be read: {error}. {WHERE}.") from error
        foreign = [step for step in steps if step.action == REFUSE and options["state"] == "present"]
        only_told = self._task.check_mode or foreign
        records = [step.result() for step in steps] if only_told else self._apply(steps)
        result |= _told(steps, records, nothing_done=bool(foreign))
        if self._task.diff:
            result["diff"] = [_diff(step) for step in steps if step.action in CHANGES]
        return result

    def _installed(self, wanted: str) -> str:
        """Return the collection whose modules do the work."""
        names = COLLECTIONS if wanted == "auto" else (wanted,)
        for name in names:
            with suppress(ImportError):
                import_module(f"ansible_collections.{name}")
                return name
        raise AnsibleError(
            f"{' or '.join(names)} is not installed. Install the one of your controller: for AWX `ansible-galaxy"
            " collection install awx.awx`; for the Automation Platform ansible.controller, from Automation Hub."
        )

    def _query(self, endpoint: str, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        loader = self._shared_loader_obj.lookup_loader
        lookup = loader.get(f"{self._collection}.controller_api", loader=self._loader, templar=self._templar)
        found: list[dict[str, Any]] = lookup.run(
            [endpoint], variables=self._variables, query_params=dict(filters), return_all=True
        )
        return found

    def _plan(self, wanted: list[Wanted], options: Mapping[str, Any]) -> list[Step]:
        reader, mark = Reader(self._query), options["mark"]
        if options["state"] == "absent":
            ordered = in_order(wanted, removing=True)
            steps = [removal_of(one, reader.find(one).here, mark) for one in ordered]
            types = [one.name for one in ordered if one.kind == "credential_type"]
            return keep_used_types(steps, {name: reader.users_of(name) for name in types})
        found = [(one, reader.find(one)) for one in in_order(wanted)]
        return [step_of(one, there.here, there.elsewhere, mark, options["adopt"]) for one, there in found]

    def _apply(self, steps: list[Step]) -> list[dict[str, str]]:
        """Carry out the plan. What needs an object that was refused is left out; everything else is done."""
        records: list[dict[str, str]] = []
        failed: set[tuple[str, str]] = set()
        for step in steps:
            if step.action not in CHANGES:
                records.append(step.result())
                continue
            missing = None if step.action == REMOVE else blocked_by(step.wanted, failed)
            problem = f"needs {missing}, which was refused" if missing else self._carry_out(step)
            if problem:
                failed.add((KINDS[step.wanted.kind].endpoint, step.wanted.name))
            records.append(step.result(REFUSE + "d", problem) if problem else step.result())
        return records

    def _carry_out(self, step: Step) -> str:
        """Run the module of one object; return why it was refused, or nothing."""
        module, shown = f"{self._collection}.{step.wanted.kind}", self._task.no_log
        # Modules write their options into the journal of the machine, and those of awx.awx do not mark all secrets.
        self._task.no_log = shown or bool(KINDS[step.wanted.kind].secret)
        try:
            for options in calls_of(step):
                ended = self._execute_module(module_name=module, module_args=options, task_vars=self._variables)
                if ended.get("failed"):
                    return str(printable(ended.get("msg") or "the module gave no reason"))
        finally:
            self._task.no_log = shown
        return ""


def _told(steps: list[Step], records: list[dict[str, str]], nothing_done: bool) -> dict[str, Any]:
    refused = [record for record in records if record["outcome"] == "refused"]
    planned = {step.action for step in steps}
    done = {record["outcome"] for record in records} & {"created", "updated", "removed"}
    result: dict[str, Any] = {
        "changed": bool(done and planned & set(CHANGES)) and not nothing_done,
        "objects": records,
        "counts": dict(Counter(record["outcome"] for record in records)),
    }
    if refused:
        first = refused[0]
        result["failed"] = True
        result["msg"] = (
            f"{len(refused)} of {len(records)} objects refused, first {first['kind']} {first['name']}: "
            f"{first['detail']}." + (" Nothing was changed." if nothing_done else "")
        )
    return result


def _diff(step: Step) -> dict[str, str]:
    """Return the settings of an object before and after, as Ansible shows them with --diff; no secret among them."""
    secret = KINDS[step.wanted.kind].secret

    def text(settings: Mapping[str, Any]) -> str:
        shown = {name: HIDDEN if name in secret else value for name, value in settings.items()}
        return str(yaml_text(shown)) if shown else ""

    return {
        "before_header": step.label,
        "after_header": step.label,
        "before": text(step.before),
        "after": text(step.after),
    }
