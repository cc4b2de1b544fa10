# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection says about its modules is what they are: action group, argument specs, documentation."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic
from unit.scripted_cloud import TAKEN_KEYS

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
NOT_OF_THE_API = {
    "connector_installation",
    "connector_package",
    "connector_plan",
    "connector_prediction",
    "connector_probe",
    "controller_objects",
    "event_stream_drain",
    "installer_cache",
    "notify",
}
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if not path.stem.startswith("_"))
API_MODULES = [name for name in MODULES if name not in NOT_OF_THE_API]


class Stopped(Exception):
    """The module has told its argument spec."""


def module_of(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.ampops.secure_endpoint.plugins.modules.{name}")


def spec_of(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    caught: dict[str, Any] = {}

    def catch(_self: object, **arguments: Any) -> None:
        caught.update(arguments)
        raise Stopped

    monkeypatch.setattr(basic.AnsibleModule, "__init__", catch)
    with pytest.raises(Stopped):
        module_of(name).main()
    return caught


def documented(name: str) -> dict[str, Any]:
    """The options of the documentation with those of its fragments."""
    document = yaml.safe_load(module_of(name).DOCUMENTATION)
    options: dict[str, Any] = dict(document.get("options") or {})
    for fragment in document.get("extends_documentation_fragment", []):
        file, _dot, part = fragment.removeprefix("ampops.secure_endpoint.").partition(".")
        loaded = importlib.import_module(
            f"ansible_collections.ampops.secure_endpoint.plugins.doc_fragments.{file}"
        ).ModuleDocFragment
        options |= yaml.safe_load(getattr(loaded, part.upper() or "DOCUMENTATION")).get("options") or {}
    return options


def test_the_action_group_holds_every_module_of_the_api_and_no_other() -> None:
    runtime = yaml.safe_load((PLUGINS.parent / "meta" / "runtime.yml").read_text())
    assert sorted(runtime["action_groups"]["api"]) == API_MODULES


@pytest.mark.parametrize("name", API_MODULES)
def test_documentation_and_argument_spec_are_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    caught = spec_of(name, monkeypatch)
    assert caught["supports_check_mode"] is True
    compare(documented(name), caught["argument_spec"], name)


def compare(options: dict[str, Any], spec: dict[str, Any], where: str) -> None:
    assert options.keys() == spec.keys(), where
    for option, described in options.items():
        real, here = spec[option], f"{where}.{option}"
        assert described["type"] == real.get("type", "str"), here
        assert described.get("elements") == real.get("elements"), here
        assert described.get("default") == real.get("default"), here
        assert list(described.get("choices") or []) == list(real.get("choices") or []), here
        assert sorted(described.get("aliases") or []) == sorted(real.get("aliases") or []), here
        assert bool(described.get("required")) == bool(real.get("required")), here
        assert described["description"], here
        if "suboptions" in described or "options" in real:
            compare(described["suboptions"], real["options"], here)


@pytest.mark.parametrize("name", API_MODULES)
def test_every_module_tells_what_it_supports_and_shows_how_it_is_used(name: str) -> None:
    module = module_of(name)
    document = yaml.safe_load(module.DOCUMENTATION)
    assert document["module"] == name
    assert "ampops.secure_endpoint._connection" in document["extends_documentation_fragment"]
    info = "ampops.secure_endpoint._attributes.info" in document["extends_documentation_fragment"]
    assert info is name.endswith("_info")
    if not info:
        assert {"check_mode", "diff_mode", "idempotent"} <= set(document["attributes"])
    examples = yaml.safe_load(module.EXAMPLES)
    used = set().union(*(tasks_of(example) for example in examples))
    assert f"ampops.secure_endpoint.{name}" in used
    assert yaml.safe_load(module.RETURN)


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_options_that_there_are_of_every_module_in_them(name: str) -> None:
    for task in flat(yaml.safe_load(module_of(name).EXAMPLES)):
        for key, arguments in task.items():
            used = key.removeprefix("ampops.secure_endpoint.")
            if used in MODULES and used != key:
                options = documented(used)
                aliases = {alias for option in options.values() for alias in option.get("aliases", [])}
                assert set(arguments or {}) <= {*options, *aliases}, f"{task['name']}: {used}"


@pytest.mark.parametrize("name", API_MODULES)
def test_the_key_and_every_other_secret_is_no_log(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(name, monkeypatch)["argument_spec"]
    assert spec["api_key"]["no_log"] is True
    assert "no_log" not in spec["client_id"]


@pytest.mark.parametrize("name", MODULES)
def test_no_key_of_a_result_is_a_word_of_ansible_or_jinja(name: str) -> None:
    assert not yaml.safe_load(module_of(name).RETURN).keys() & TAKEN_KEYS


def flat(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for task in tasks for one in ([task] if "block" not in task else [task, *flat(task["block"])])]


def tasks_of(task: dict[str, Any]) -> set[str]:
    return {key for one in flat([task]) for key in one}
