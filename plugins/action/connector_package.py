# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module connector_package: one file to the host, and one script there, which takes no Python."""

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

load_filters_with("ampops.secure_endpoint.connector_locked")  # which the tasks behind this one need

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "src": {"type": "path"},
    "sha256": {"type": "str", "default": ""},
    "folder": {"type": "path"},
    "kind": {"type": "str", "choices": ["rpm", "deb"], "required": True},
    "signature": {"type": "str", "choices": ["required", "waived"], "default": "required"},
    "signer": {"type": "dict", "default": {}},
}
_STAGED = "staged=1"


class ActionModule(ActionBase):  # type: ignore[misc]
    """Copies the package, unless the host has it, and fails unless the signer of the manifest signed it."""

    _supports_async = False
    _supports_check_mode = False
    _supports_diff = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(
            ARGUMENT_SPEC, mutually_exclusive=[["src", "folder"]], required_one_of=[["src", "folder"]]
        )
        copied = self._copied(options["src"], options["sha256"]) if options["src"] else ("", "")
        words = [options["kind"], *copied, options["folder"] or ""]
        if options["signature"] == "required":
            signer = read_signer(options["signer"])
            if signer["problem"]:
                return {**result, "failed": True, "msg": signer["problem"]}
            words.append(self._script("check_signature.sh"))
            words += [signer[name] for name in ("key", "policy", "key_id", "keyring")]
        else:
            words.append("")
        command = shlex.join(["/bin/sh", "-c", self._script("stage_package.sh"), "stage_package", *words])
        answer = self._low_level_execute_command(command, executable=False)
        return {**result, "changed": False, **told(answer, options)}

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


def told(answer: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the script's answer amounts to, as the result of a module."""
    before, staged, said = str(answer["stdout"]).replace("\r\n", "\n").partition(f"{_STAGED}\n")
    lines = before.splitlines()
    folder = next((line.removeprefix("folder=") for line in lines if line.startswith("folder=")), options["folder"])
    result = {"path": folder} if folder else {}
    if not staged:
        words = [*(line for line in lines if not line.startswith("folder=")), str(answer["stderr"])]
        error = " ".join(words).strip() or f"it ended with {answer['rc']}"
        return {**result, "failed": True, "msg": f"The package could not be copied to the host: {error}"}
    if options["signature"] == "waived":
        return result
    problem = signature_problem(options["kind"], {**answer, "stdout": said}, options["signer"])
    if problem:
        return {
            **result,
            "failed": True,
            "msg": problem.replace(f"{folder}/connector.{options['kind']}", "the package"),
        }
    return result
