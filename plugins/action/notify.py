# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module notify: it works on the controller and runs the modules that the user has for each target."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._job_container import ephemeral_reason
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.ledger_file import (
    LedgerError,
    load,
    locked,
    save,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.registry import (
    parse_targets,
    target_options,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.run import (
    Sending,
    counts_of,
    failure_of,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.sources import (
    read_folder,
    read_given,
    read_report,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.target import Target
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._report.write import console_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "targets": {"type": "list", "elements": "dict", "required": True, "options": target_options()},
    "incidents": {"type": "list", "elements": "dict", "default": []},
    "health": {"type": "list", "elements": "dict", "default": []},
    "state_dir": {"type": "path"},
    "report_path": {"type": "path"},
    "since": {"type": "str", "default": "7d"},
    "rule": {
        "type": "str",
        "choices": ["same_computer", "same_hash", "same_hash_same_computer"],
        "default": "same_computer",
    },
    "region": {"type": "str", "choices": ["na", "eu", "apjc"]},
    "console_host": {"type": "str"},
    "record_dir": {"type": "path", "default": "~/.secure_endpoint/notify"},
    "max_messages": {"type": "int", "default": 20},
    "allow_ephemeral": {"type": "bool", "default": False},
}
EITHER = [["state_dir", "report_path"]]
LISTED = 200  # notifications in the task's result
RESULT = (
    *("failed", "msg", "error", "exception", "module_stderr", "status", "content", "content_type"),
    *("channel", "ts", "meta", "result"),
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Sends what is due, and fails where something could not be sent."""

    TRANSFERS_FILES = False
    _supports_async = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, given = self.validate_argument_spec(ARGUMENT_SPEC, mutually_exclusive=EITHER)
        options = plain(given)
        try:
            made = self._notify(options, task_vars or {})
        except (Refused, LedgerError) as error:
            return {**result, "failed": True, "msg": f"{str(error).rstrip('.')}."}
        return result | made

    def _notify(self, options: Mapping[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        try:
            targets = parse_targets(options["targets"])
        except ValueError as error:
            raise Refused(f"{error}. Nothing was sent.") from None
        self._check_modules(targets)
        folder = _folder(options)
        now = time.time_ns()
        records = [*read_given(options["incidents"], options["health"]), *_read_source(options, now)]
        pretend = bool(self._task.check_mode)
        with nullcontext() if pretend else locked(folder):
            sending = Sending(
                ledger=load(folder),
                targets=targets,
                post=partial(self._post, task_vars),
                save=partial(save, folder),
                most=options["max_messages"],
                pretend=pretend,
            )
            rows = sending.run(records, now)
        counts, problem = counts_of(rows), failure_of(rows)
        return {
            "changed": any(counts[outcome] for outcome in ("sent", "updated", "sent_again")),
            "notifications": rows[:LISTED],
            "counts": counts,
            **({"failed": True, "msg": problem} if problem else {}),
        }

    def _check_modules(self, targets: list[Target]) -> None:
        """Refuse targets whose module is not installed, before anything is sent."""
        missing = sorted({target.type.MODULE for target in targets if not self._has(target.type.MODULE)})
        if missing:
            collection = missing[0].rpartition(".")[0]
            raise Refused(
                f"{', '.join(missing)}: no such module here. Install it with `ansible-galaxy collection install"
                f" {collection}`, in AWX in the execution environment. Nothing was sent"
            )

    def _has(self, module: str) -> bool:
        found = self._shared_loader_obj.module_loader.find_plugin_with_context(module)
        return bool(found.resolved)

    def _post(self, task_vars: dict[str, Any], module: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a module. Its arguments hold secrets, so that it logs nothing of them (uri does not mark its own)."""
        hidden, self._task.no_log = self._task.no_log, True
        try:
            ended = self._execute_module(module_name=module, module_args=arguments, task_vars=task_vars)
        except AnsibleError as error:
            ended = {"failed": True, "msg": str(error)}
        finally:
            self._task.no_log = hidden
        return {name: plain(ended[name]) for name in RESULT if name in ended}


def _folder(options: Mapping[str, Any]) -> Path:
    folder = Path(options["record_dir"])
    reason = None if options["allow_ephemeral"] else ephemeral_reason(str(folder))
    if reason:
        raise Refused(
            f"record_dir: {printable(folder)}: {reason}, and the next job would send everything again. Give a folder on"
            " a mounted volume, or set allow_ephemeral"
        )
    return folder


def _read_source(options: Mapping[str, Any], now: int) -> list[dict[str, Any]]:
    if options["report_path"]:
        return read_report(Path(options["report_path"]))
    if not options["state_dir"]:
        return []
    console = console_of({**options, "api_host": None}, os.environ)
    return read_folder(Path(options["state_dir"]), options["since"], options["rule"], console, now)
