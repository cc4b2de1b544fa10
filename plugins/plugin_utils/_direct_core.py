# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a direct task needs from inside ansible-core, and where the releases of core differ.

Everything here is private to core, so `TESTED` names the releases that the suite runs; `_direct.py` runs a task
directly on those only. This file is private to the collection.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible.errors import AnsibleError
from ansible.executor import module_common
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as module_warnings
from ansible.release import __version__ as core_version

try:  # since 2.19
    from ansible.module_utils import _internal
    from ansible.module_utils._internal._ansiballz._loader import _handle_exception
    from ansible.module_utils.common.json import Direction, get_module_encoder
except ImportError:
    _internal = None

TESTED = ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")
PROFILE = "legacy"  # how modules without metadata of their own serialize, since 2.19


def release() -> str:
    """Return the release series of the running ansible-core, e.g. `2.19`."""
    return ".".join(str(core_version).split(".")[:2])


def interpreter_of(task_vars: dict[str, Any], templar: Any) -> str | None:
    """Return the Python that core would start a module with; None where core has yet to discover it."""
    try:
        return str(module_common._get_shebang("/usr/bin/python", task_vars, templar)[1])
    except module_common.InterpreterDiscoveryRequiredError:
        return None


def encoded(module: str, arguments: dict[str, Any]) -> bytes:
    """Return the arguments as core sends them to a module. Raises AnsibleError for what JSON cannot hold."""
    document = {"ANSIBLE_MODULE_ARGS": arguments}
    try:
        if _internal:
            return json.dumps(document, cls=get_module_encoder(PROFILE, Direction.CONTROLLER_TO_MODULE)).encode()
        from ansible.module_utils.common.json import AnsibleJSONEncoder

        return json.dumps(document, cls=AnsibleJSONEncoder, vault_to_text=True).encode()
    except TypeError as error:
        raise AnsibleError(f"Failed to serialize arguments for the {module!r} module.") from error


def untrusted(text: str) -> str:
    """Return a text for a result, in which nothing is a template."""
    if _internal:
        return text
    from ansible.utils.unsafe_proxy import wrap_var

    return str(wrap_var(text))


def built_module(path: str) -> Any:
    """Return what core's `_configure_module` returns, for a module without payload."""
    shebang = f"#!{sys.executable}"
    if not _internal:
        return "new", shebang, b"", path
    bits = module_common._BuiltModule(
        b_module_data=b"", module_style="new", shebang=shebang, serialization_profile=PROFILE
    )
    return bits, path


@contextmanager
def arguments_and_warnings(arguments: bytes) -> Iterator[None]:
    """Let an AnsibleModule find its arguments, and collect its warnings as in a process of its own.

    Since 2.19 a module in the controller's process would hand its warnings to the display instead of to its result.
    """
    kept = module_warnings._global_warnings, module_warnings._global_deprecations
    module_warnings._global_warnings, module_warnings._global_deprecations = (type(one)() for one in kept)
    basic._ANSIBLE_ARGS = arguments
    if _internal:
        basic._ANSIBLE_PROFILE = PROFILE
        _internal.is_controller = False
    try:
        yield
    finally:
        basic._ANSIBLE_ARGS = None
        if _internal:
            basic._ANSIBLE_PROFILE = None
            _internal.is_controller = True
        module_warnings._global_warnings, module_warnings._global_deprecations = kept


def tell_crash(error: Exception) -> None:
    """Print what the wrapper of core prints for a module that raised `error`. Since 2.19 it ends with SystemExit."""
    if _internal:
        _handle_exception(error, PROFILE)
    traceback.print_exception(error)
