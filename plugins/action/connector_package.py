# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_package: one file and a few commands to the host, in one worker of Ansible."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_sha256
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signatures import signature_problem
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signer_files import read_signer
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._before_fork import load_filters_with
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._detached_module import start
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._installation import (
    SHARED_SPEC,
    failed,
    steps_of,
)

load_filters_with("ampops.secure_endpoint.connector_faults")  # which the tasks of the playbooks behind this one need

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {"src": {"type": "path"}, "folder": {"type": "path"}, **SHARED_SPEC}
_STAGED = "staged=1"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Copies the package, unless the host has it, checks that the signer of the manifest signed it, and starts."""

    _supports_async = False
    _supports_check_mode = False
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(
            ARGUMENT_SPEC, mutually_exclusive=[["src", "folder"]], required_one_of=[["src", "folder"]]
        )
        step, done = "Copy the package and check who signed it", self._staged(options)
        folder = done.get("path")
        if not done.get("failed"):
            first = steps_of(options, str(folder))[0]
            step, seconds = first.name, options["install_timeout"]
            done = start(self, first.module, first.arguments, seconds, task_vars or {})
        if not done.get("failed"):
            return {**result, "changed": True, "path": folder, "job": done}
        return {**result, **failed(self, options, [folder] if folder else [], step, done)}

    def _staged(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the package into a folder that only root can read, and return the folder and what is wrong, if so."""
        plan, folder = options["plan"], options["folder"]
        installer, kind = plan["installer"], plan["kind"]
        check = [""]
        if installer["signature"] == "required":
            signer = read_signer(installer["signer"])
            if signer["problem"]:
                return {"path": folder, "failed": True, "msg": signer["problem"]}
            check = [self._script("check_signature.sh")]
            check += [signer[name] for name in ("key", "policy", "key_id", "keyring")]
        copied = self._copied(options["src"], installer["sha256"]) if options["src"] else ("", "")
        words = [self._script("stage_package.sh"), "stage_package", kind, *copied, folder or "", *check]
        answer = self._low_level_execute_command(shlex.join(["/bin/sh", "-c", *words]), executable=False)
        return told(answer, {**installer, "kind": kind, "folder": folder})

    def _copied(self, source: str, sha256: str) -> tuple[str, str]:
        """Copy the file to the user's own temporary folder on the host, and return its place there and its SHA-256."""
        place = self._connection._shell.join_path(self._make_tmp_path(), "package")
        self._transfer_file(source, place)
        return place, sha256 if is_sha256(sha256) else sha256_of(source)

    def _script(self, name: str) -> str:
        return Path(self._find_needle("files", name)).read_text(encoding="utf-8")


def sha256_of(path: str) -> str:
    """Return the SHA-256 of a file of the controller."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def told(answer: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script's answer amounts to, as the result of a module.

    `package` has its kind, its signature and signer as in the manifest, and the folder that it was in, if any.
    """
    before, staged, said = str(answer["stdout"]).replace("\r\n", "\n").partition(f"{_STAGED}\n")
    lines = before.splitlines()
    folder = next((line.removeprefix("folder=") for line in lines if line.startswith("folder=")), package["folder"])
    result = {"path": folder} if folder else {}
    if not staged:
        words = [*(line for line in lines if not line.startswith("folder=")), str(answer["stderr"])]
        error = " ".join(words).strip() or f"it ended with {answer['rc']}"
        return {**result, "failed": True, "msg": f"The package could not be copied to the host: {error}"}
    if package["signature"] == "waived":
        return result
    problem = signature_problem(package["kind"], {**answer, "stdout": said}, package["signer"])
    if problem:
        problem = problem.replace(f"{folder}/connector.{package['kind']}", "the package")
        return {**result, "failed": True, "msg": problem}
    return result
