# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a function as a module: merge argument specs, connect, turn errors into failures.

This is the only file of module_utils that imports ansible. It is private to the collection.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from ._api.client import Client
from ._api.errors import SecureEndpointError
from ._api.options import (
    DEFAULTS,
    ENVIRONMENT,
    ConnectionOptions,
)
from ._api.session import REQUESTS_IMPORT_ERROR
from ._common.ids import REGIONS
from ._common.text import Secrets
from ._resources._shared.tenant import Tenant

Options = Mapping[str, Any]

DEEPEST = 64  # levels of a result
TOO_DEEP = {
    "msg": f"An answer of the cloud is nested more than {DEEPEST} levels deep, which no answer of this API is."
    " Is api_host another service?"
}


class ArgumentSpec:
    """Options of a module together with the rules between them; specs merge."""

    def __init__(self, **options: dict[str, Any]) -> None:
        self.options = options
        self.rules: dict[str, list[Any]] = {}

    def mutually_exclusive(self, *names: str) -> ArgumentSpec:
        return self._rule("mutually_exclusive", names)

    def required_one_of(self, *names: str) -> ArgumentSpec:
        return self._rule("required_one_of", names)

    def required_together(self, *names: str) -> ArgumentSpec:
        return self._rule("required_together", names)

    def required_if(self, name: str, value: object, needed: list[str], *, any_of: bool = False) -> ArgumentSpec:
        return self._rule("required_if", (name, value, needed, any_of))

    def merge(self, other: ArgumentSpec) -> ArgumentSpec:
        """Return a spec with the options and rules of both. Raises ValueError for an option that both have."""
        twice = self.options.keys() & other.options.keys()
        if twice:
            raise ValueError(f"options of both specs: {', '.join(sorted(twice))}")
        merged = ArgumentSpec(**self.options, **other.options)
        for kind in (*self.rules, *other.rules):
            merged.rules[kind] = [*self.rules.get(kind, []), *other.rules.get(kind, [])]
        return merged

    def for_ansible_module(self) -> dict[str, Any]:
        return {"argument_spec": self.options, **self.rules}

    def _rule(self, kind: str, rule: tuple[Any, ...]) -> ArgumentSpec:
        self.rules.setdefault(kind, []).append(rule)
        return self


def connection_spec() -> ArgumentSpec:
    """Return the options that every module takes; documented in `doc_fragments/_connection.py`.

    `region` and `api_host` have no fallback here: one given in a task must set aside the other one's variable.
    """
    return ArgumentSpec(
        region={"type": "str", "choices": list(REGIONS)},
        api_host={"type": "str"},
        client_id=_from_environment("client_id", {"type": "str"}),
        api_key=_from_environment("api_key", {"type": "str", "no_log": True}),
        ca_path=_from_environment("ca_path", {"type": "path"}),
        validate_certs={"type": "bool", "default": DEFAULTS["validate_certs"]},
        timeout={"type": "float", "default": DEFAULTS["timeout"]},
        rate_limit_wait={"type": "int", "default": DEFAULTS["rate_limit_wait"]},
        rate_limit_reserve={"type": "int", "default": DEFAULTS["rate_limit_reserve"]},
        concurrency={"type": "int", "default": DEFAULTS["concurrency"]},
    ).mutually_exclusive("region", "api_host")


def run_module(
    spec: ArgumentSpec,
    function: Callable[[Tenant, Options], dict[str, Any]],
    connection: Callable[[Options], ConnectionOptions] = ConnectionOptions.parse,
) -> None:
    """Run `function` as a module: options in, its result out, our errors as failures.

    In check mode the client refuses to write, so a function that forgets to look fails instead of changing something.
    """
    module = AnsibleModule(**spec.for_ansible_module(), supports_check_mode=True)
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=REQUESTS_IMPORT_ERROR)
    failure, result = _attempt(module, function, connection)
    if hasattr(sys.modules["__main__"], "_module_fqn"):  # set by core: the process is this module's
        gc.freeze()  # it ends here: its last search for garbage would take some 25 ms, a tenth of a short task
    if failure:
        module.fail_json(**{**result, **failure})
    module.exit_json(**result)


def _attempt(
    module: AnsibleModule,
    function: Callable[[Tenant, Options], dict[str, Any]],
    connection: Callable[[Options], ConnectionOptions],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the failure, if any, and the result. The module fails outside of `except`, without inner exceptions."""
    try:
        options = connection(module.params)
        warn = warner(module)
        if not options.validate_certs:
            warn("validate_certs is false: anybody on the way can read the API key and answer for the cloud.")
        client = Client(options, read_only=module.check_mode)
        result = function(Tenant(client, module.check_mode, module._diff, warn), module.params)
    except SecureEndpointError as error:
        return {"msg": str(error), "error": error.as_result()}, error.result
    except RecursionError:
        return TOO_DEEP, {}
    return (TOO_DEEP, {}) if is_deeper_than(result, DEEPEST) else ({}, result)


def warner(module: AnsibleModule) -> Callable[[str], None]:
    """Return `module.warn` with the module's secrets masked: ansible-core 2.19 and later do not mask warnings."""
    secrets = Secrets(module.no_log_values)
    return lambda text: module.warn(secrets.mask(text))


def is_deeper_than(value: object, levels: int) -> bool:
    """Return whether lists and dictionaries are nested more than `levels` deep. Ansible fails on very deep ones."""
    layer = [value]
    for _level in range(levels):
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)  # type: ignore[attr-defined]
            if isinstance(inner, (dict, list))
        ]
        if not layer:
            return False
    return True


def _from_environment(name: str, option: dict[str, Any]) -> dict[str, Any]:
    return {**option, "fallback": (env_fallback, [ENVIRONMENT[name]])}
