# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules have in common: specs that merge, errors at the edge, check mode that cannot write."""

from __future__ import annotations

from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils import _module
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._shared.bulk import (
    ItemResult,
    bulk_result,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._shared.plan import (
    Call,
    Plan,
    changing_result,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._shared.tenant import Tenant
from unit.scripted_cloud import GET, ScriptedCloud, run


def module_of(function: Any, **options: dict[str, Any]) -> Any:
    return SimpleNamespace(main=lambda: run_module(ArgumentSpec(**options).merge(connection_spec()), function))


def test_specs_merge_with_their_rules() -> None:
    first = ArgumentSpec(a={"type": "str"}, b={"type": "str"}).mutually_exclusive("a", "b").required_if("a", "x", ["b"])
    second = ArgumentSpec(c={"type": "str"}).required_one_of("a", "c").mutually_exclusive("a", "c")
    assert first.merge(second).for_ansible_module() == {
        "argument_spec": {name: {"type": "str"} for name in "abc"},
        "mutually_exclusive": [("a", "b"), ("a", "c")],
        "required_if": [("a", "x", ["b"], False)],
        "required_one_of": [("a", "c")],
    }


def test_an_option_of_both_specs_is_a_defect() -> None:
    with pytest.raises(ValueError, match="region"):
        ArgumentSpec(region={"type": "str"}).merge(connection_spec())


@pytest.mark.usefixtures("cloud")
def test_a_failure_carries_what_was_done_before_it() -> None:
    def function(_tenant: Tenant, _options: Any) -> dict[str, Any]:
        raise Refused("No.", result={"changed": True, "entries": [1]})

    result = run(module_of(function))
    assert (result.failed, result.msg, result.changed, result["entries"]) == (True, "No.", True, [1])
    assert result["error"]["kind"] == "refused"


@pytest.mark.usefixtures("cloud")
def test_no_text_of_an_inner_exception_comes_along_even_at_high_verbosity() -> None:
    def function(_tenant: Tenant, _options: Any) -> dict[str, Any]:
        try:
            raise ValueError("hunter2")
        except ValueError as error:
            raise Refused("No.") from error

    assert "hunter2" not in str(run(module_of(function)))


def test_in_check_mode_a_write_is_a_defect_that_shows(cloud: ScriptedCloud) -> None:
    def function(tenant: Tenant, _options: Any) -> dict[str, Any]:
        tenant.client.post("/v1/x")
        return {}

    with pytest.raises(RuntimeError, match="a write in check mode"):
        _module._attempt(
            SimpleNamespace(check_mode=True, _diff=False, warn=None, params={}, no_log_values=()),  # type: ignore[arg-type]
            function,
            lambda _options: _module.ConnectionOptions("api.amp.cisco.com", "id", "key"),
        )
    assert cloud.requests == []


def test_without_requests_the_interpreter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module, "REQUESTS_IMPORT_ERROR", "no module named requests")
    result = run(module_of(lambda _tenant, _options: {}))
    assert result.failed
    assert "requests" in result.msg
    assert "python" in result.msg.lower()


def test_options_reach_the_function_and_the_warnings_the_result(cloud: ScriptedCloud) -> None:
    def function(tenant: Tenant, options: Any) -> dict[str, Any]:
        tenant.warn("careful")
        tenant.client.get("/v1/version")
        return {"changed": False, "colour": options["colour"], "check": tenant.check_mode}

    cloud.expects(GET("/v1/version").answers({}))
    result = run(module_of(function, colour={"type": "str"}), _check=True, colour="red")
    assert (result["colour"], result["check"], result.warnings) == ("red", True, ["careful"])


@pytest.mark.usefixtures("cloud")
def test_a_warning_shows_no_secret_of_the_task() -> None:
    def function(tenant: Tenant, options: Any) -> dict[str, Any]:
        encoded = b64encode(f"id:{options['api_key']}".encode()).decode()
        tenant.warn(f"said {options['unlock_code']}, {options['api_key']} and {encoded}")
        return {"changed": False}

    (warning,) = run(module_of(function, unlock_code={"type": "str", "no_log": True}), unlock_code="hunter22").warnings
    assert warning == "said ********, ******** and aWQ********"


def test_a_plan_changes_something_by_its_calls_or_by_what_differs() -> None:
    assert not Plan({"a": 1}, {"a": 1}).changed
    assert Plan({"a": 1}, {"a": 2}).changed
    assert Plan({"a": 1}, {"a": 1}, (Call("PUT", "/v1/x"),)).changed
    assert Plan(None, {"a": 1}).changed


def test_a_changing_result_has_what_design_names() -> None:
    plan = Plan({"g": 1}, {"g": 2}, (Call("PATCH", "/v1/x", {"g": 2}),), {"g": "one"}, {"g": "two"})
    assert changing_result(plan, made=1, after={"id": "7", "g": 2}) == {
        "changed": True,
        "before": {"g": 1},
        "after": {"id": "7", "g": 2},
        "diff": {"before": {"g": "one"}, "after": {"g": "two"}},
        "calls": {"planned": 1, "made": 1},
    }
    assert str(plan.calls[0]) == "PATCH /v1/x"


def test_bulk_results_keep_their_order_and_are_counted() -> None:
    results = [ItemResult("a", "added"), ItemResult("b", "failed", "because"), ItemResult("c", "added")]
    assert bulk_result("entries", results) == {
        "entries": [
            {"item": "a", "outcome": "added", "detail": None},
            {"item": "b", "outcome": "failed", "detail": "because"},
            {"item": "c", "outcome": "added", "detail": None},
        ],
        "counts": {"added": 2, "failed": 1},
    }
