# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module that talks to the cloud: it runs the module in the worker that Ansible forked anyway.

Building and starting a module takes 0.3 s, which is nearly all of a short task. Where the result is the same (R50:
local, as the same user, with the same Python), this action leaves out both: core's `_execute_module` and AnsibleModule
do their work as always, only *build* has no payload and *run* calls `main()`. Everything else takes core's way.

Each module has an action plugin of its own name, because that is the one that Ansible loads before it forks: the
libraries are imported once a play instead of once a task. This file is private to the collection.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.session import REQUESTS_IMPORT_ERROR
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._progress import VARIABLE
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils import _direct_core as core
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._direct_run import run_main
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._progress_lines import followed

SWITCH = "SECURE_ENDPOINT_DIRECT"
OWN_VARIABLES = "SECURE_ENDPOINT_"
MISSING = "Failed to import the required Python library"  # begins core's text for it
ADVICE = (
    " Ansible runs this module with {theirs}, while Ansible itself runs with {ours}. To use the Python of Ansible,"
    ' set ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}" for this host.'
)
# OpenSSL loads its algorithms with the first context of a process, which takes 4 ms: here once a play, before Ansible
# forks, instead of in the worker of each task.
ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_said: set[str] = set()  # in this worker, which runs one task on one host, however long its loop


class DirectAction(NormalAction):  # type: ignore[misc]
    """Runs `module` directly where that is the same, else as the normal action does. Shows progress at -v."""

    module: ModuleType

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        with self._progress():
            self._environment: dict[str, Any] = {}
            self._compute_environment_string(self._environment)
            self._interpreter: str | None = None
            reason = next(self._reasons_against(task_vars or {}), None)
            self._runs_directly = reason is None
            self._say(f"runs as a module of its own: {reason}" if reason else "", "runs in the process of Ansible")
            result: dict[str, Any] = super().run(tmp, task_vars)
        return self._advised(result)

    def _reasons_against(self, task_vars: dict[str, Any]) -> Iterator[str]:
        """Yield why this task has to be a module of its own."""
        turned_off = str(self._environment.get(SWITCH, os.environ.get(SWITCH, "true"))).lower()
        if turned_off in ("false", "0", "no", "off"):
            yield f"{SWITCH} is {turned_off}"
        if self._connection.transport != "local":
            yield f"the connection is {self._connection.transport}"
        if self._connection.become:
            yield "become is on"
        if self._task.async_val:
            yield "async is on"
        foreign = sorted(name for name in self._environment if not name.startswith(OWN_VARIABLES))
        if foreign:
            yield f"the task sets the environment variable {', '.join(foreign)}"
        if core.release() not in core.TESTED:
            yield f"it was not tested with ansible-core {core.release()}"
        if sys.platform == "darwin":
            yield "proxies cannot be looked up in a forked process of macOS"
        if constants.DEFAULT_KEEP_REMOTE_FILES:
            yield "ANSIBLE_KEEP_REMOTE_FILES is set"
        if REQUESTS_IMPORT_ERROR is not None:
            yield "the Python of Ansible lacks the library requests"
        yield from self._reasons_in_python(task_vars)

    def _reasons_in_python(self, task_vars: dict[str, Any]) -> Iterator[str]:
        host = self._task.delegate_to
        self._interpreter = core.interpreter_of(
            task_vars["ansible_delegated_vars"][host] if host else task_vars, self._templar
        )
        if self._interpreter is None:
            yield "Ansible has yet to discover the Python of this host"
        elif not same_python(self._interpreter, sys.executable):
            yield f"its Python is {self._interpreter}, the one of Ansible {sys.executable}"

    def _say(self, at_v: str, at_vv: str) -> None:
        display = Display()
        line = f"{self._name()} {at_v or at_vv}"
        if line not in _said:
            _said.add(line)
            (display.v if at_v else display.vv)(line)

    def _name(self) -> str:
        return str(self._task.action).rpartition(".")[2]

    @contextmanager
    def _progress(self) -> Iterator[None]:
        """Show at -v what the module writes while it runs; not on another host, and not under async."""
        display = Display()
        if display.verbosity < 1 or self._task.async_val or self._connection.transport != "local":
            yield
            return
        environment = self._task.environment
        with followed(lambda line: display.v(f"{self._name()}: {line}")) as path:
            self._task.environment = [*(environment or []), {VARIABLE: path}]
            try:
                yield
            finally:
                self._task.environment = environment

    def _advised(self, result: dict[str, Any]) -> dict[str, Any]:
        """Add what to do to the error for a library that only the Python of Ansible has."""
        theirs = self._interpreter or self._discovered_interpreter
        text = str(result.get("msg"))
        if result.get("failed") and text.startswith(MISSING) and theirs and not same_python(theirs, sys.executable):
            result["msg"] = core.untrusted(text + ADVICE.format(theirs=theirs, ours=sys.executable))
        return result

    # What core's `_execute_module` calls, in this order.

    def _is_pipelining_enabled(self, module_style: str, wrap_async: bool = False) -> bool:
        """Say yes for a direct task: nothing is written to a temporary folder."""
        return self._runs_directly or bool(super()._is_pipelining_enabled(module_style, wrap_async))

    def _configure_module(self, module_name: str, module_args: dict[str, Any], task_vars: dict[str, Any]) -> Any:
        """Build: keep the arguments, make no payload."""
        if not self._runs_directly:
            return super()._configure_module(module_name, module_args, task_vars)
        self._arguments = core.encoded(module_name, module_args)
        return core.built_module(str(self.module.__file__))

    def _low_level_execute_command(self, cmd: str, *args: Any, **kwargs: Any) -> Any:
        """Run: call `main()`."""
        if not self._runs_directly:
            return super()._low_level_execute_command(cmd, *args, **kwargs)
        environment = {name: str(value) for name, value in self._environment.items()}
        status, out, err = run_main(self.module.main, self._arguments, environment, self._loader.get_basedir())
        return {
            "rc": status,
            "stdout": out,
            "stdout_lines": out.splitlines(),
            "stderr": err,
            "stderr_lines": err.splitlines(),
        }


def same_python(one: str | None, other: str) -> bool:
    """Compare two interpreters by folder and real path: a virtual environment links to the Python that made it."""
    if one is None:
        return False
    folders = {os.path.realpath(os.path.dirname(os.path.abspath(path))) for path in (one, other)}
    return len(folders) == 1 and os.path.realpath(one) == os.path.realpath(other)
