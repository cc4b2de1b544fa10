# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pretend Windows host cannot prove is held in place here, against the real collection's own documentation.

The stand-ins of tests/roles/windows answer to the names of ansible.windows modules, so they may take nothing that the
real ones do not take, and the roles may use nothing that the stand-ins do not know.
"""

from __future__ import annotations

import ast
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
STAND_INS = CHECKOUT / "tests/roles/windows/stand_ins/ansible_collections/ansible/windows/plugins"
TASK_FILES = sorted(CHECKOUT.glob("roles/connector_*/tasks/windows*.yml"))
# Run on the controller, whatever the host is. wait_for is delegated to it.
CONTROLLER_ACTIONS = {"set_fact", "fail", "debug", "include_tasks", "include_role", "fetch", "wait_for"}
OWN_ACTIONS = {"connector_prediction"}  # which never reach the host
KEYWORDS = {
    "name", "when", "register", "loop", "loop_control", "until", "retries", "delay", "changed_when", "failed_when",
    "no_log", "vars", "check_mode", "delegate_to", "become", "async", "poll", "diff", "block", "rescue", "always",
}  # fmt: skip
# What win_powershell does is not run on a pretend host; its arguments are still checked.
ACTION_STAND_INS = {
    "win_copy": {"src", "dest", "content", "force", "backup"},
    "win_reboot": {"reboot_timeout", "msg", "pre_reboot_delay", "post_reboot_delay", "connect_timeout", "test_command"},
}


@cache
def real_collection() -> Path:
    """The real ansible.windows, which lies inside the PyPI package `ansible`."""
    spec = find_spec("ansible")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))).parent / "ansible_collections/ansible/windows/plugins"


def assigned(path: Path, name: str) -> Any:
    """The YAML in the text that a Python file assigns to `name`, at its top or in its class."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return yaml.safe_load(ast.literal_eval(node.value))
    raise AssertionError(f"{path} has no {name}")


@cache
def documented(module: str) -> dict[str, Any]:
    """The options of a module of the real collection, those of its documentation fragments included."""
    sidecar = real_collection() / "modules" / f"{module}.yml"
    if sidecar.exists():
        about = yaml.safe_load(sidecar.read_text(encoding="utf-8"))["DOCUMENTATION"]
    else:
        about = assigned(sidecar.with_suffix(".py"), "DOCUMENTATION")
    fragments = about.get("extends_documentation_fragment", [])
    options = dict(about["options"])
    for fragment in [fragments] if isinstance(fragments, str) else fragments:
        if fragment.startswith("ansible.windows."):
            path = real_collection() / "doc_fragments" / f"{fragment.rpartition('.')[2]}.py"
            for name, option in assigned(path, "DOCUMENTATION").get("options", {}).items():
                options[name] = {**option, **options.get(name, {})}
    return options


def default_of(option: dict[str, Any]) -> Any:
    """A documented default, as the module gets it: one word may stand for a list of one."""
    default = option.get("default")
    return [default] if option.get("type") == "list" and isinstance(default, str) else default


def argument_spec(path: Path) -> dict[str, Any]:
    """The argument spec that a stand-in gives to AnsibleModule, with the constants of its file filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.List)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "AnsibleModule":
            return dict(eval(compile(ast.Expression(node.args[0]), str(path), "eval"), {}, constants))  # noqa: S307 - our file
    raise AssertionError(f"{path} makes no AnsibleModule")


MODULES = {path.stem: path for path in sorted((STAND_INS / "modules").glob("*.py"))}


@pytest.mark.parametrize("module", MODULES)
def test_a_stand_in_takes_only_what_the_real_module_documents(module: str) -> None:
    real = documented(module)
    for name, ours in argument_spec(MODULES[module]).items():
        assert name in real, f"{module}: the real one has no option {name}"
        theirs = real[name]
        assert ours.get("type", "str") == theirs.get("type", "str"), f"{module}.{name}: type"
        assert ours.get("elements") == theirs.get("elements"), f"{module}.{name}: elements"
        assert ours.get("default") == default_of(theirs), f"{module}.{name}: default"
        assert set(ours.get("choices", [])) <= set(theirs.get("choices", [])), f"{module}.{name}: choices"
        assert set(ours.get("aliases", [])) <= set(theirs.get("aliases", [])), f"{module}.{name}: aliases"
        if theirs.get("required"):
            assert ours.get("required"), f"{module}.{name}: required"


@pytest.mark.parametrize("module", ACTION_STAND_INS)
def test_an_action_stand_in_takes_only_what_the_real_module_documents(module: str) -> None:
    tree = ast.parse((STAND_INS / "action" / f"{module}.py").read_text(encoding="utf-8"))
    options = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "OPTIONS"
    )
    taken = {each.value for each in ast.walk(options) if isinstance(each, ast.Constant)}
    assert taken == ACTION_STAND_INS[module]
    assert taken <= set(documented(module))


def tasks_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All tasks, those of blocks included."""
    found = []
    for entry in entries:
        for part in ("block", "rescue", "always"):
            found += tasks_of(entry.get(part, []))
        if "block" not in entry:
            found.append(entry)
    return found


def actions() -> list[tuple[str, str, str, Any, dict[str, Any]]]:
    """(file, task, action, its arguments, the task) of every task that Windows hosts get."""
    found = []
    for path in TASK_FILES:
        for task in tasks_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
            action = next(key for key in task if key not in KEYWORDS)
            found.append((f"{path.parts[-3]}/{path.name}", task["name"], action, task[action], task))
    return found


def test_there_are_task_files_to_judge() -> None:
    assert {path.parts[-3] for path in TASK_FILES} >= {
        "connector_status", "connector_deploy", "connector_service", "connector_uninstall", "connector_troubleshoot",
    }  # fmt: skip


@pytest.mark.parametrize(("file", "name", "action", "arguments", "task"), actions())
def test_windows_tasks_use_ansible_windows_or_the_controller(
    file: str, name: str, action: str, arguments: Any, task: dict[str, Any]
) -> None:
    collection, _dot, module = action.rpartition(".")
    if collection == "ansible.builtin":
        assert module in CONTROLLER_ACTIONS, f"{file}, {name}: {action} does not run on Windows"
        if module == "wait_for":
            assert (task["delegate_to"], task["become"]) == ("localhost", False)
        return
    if collection == "ampops.secure_endpoint":
        assert module in OWN_ACTIONS, f"{file}, {name}: {action} does not run on Windows"
        return
    assert collection == "ansible.windows", f"{file}, {name}: {action}"
    assert isinstance(arguments, dict), f"{file}, {name}: arguments as a mapping"
    options = documented(module)
    for option, value in arguments.items():
        assert option in options, f"{file}, {name}: {action} has no option {option}"
        choices = options[option].get("choices")
        if choices and isinstance(value, str) and "{{" not in value:
            assert value in choices, f"{file}, {name}: {action} {option}={value}"
    required = {option for option, about in options.items() if about.get("required")}
    assert required <= set(arguments), f"{file}, {name}: {action} needs {required}"
    known = ACTION_STAND_INS.get(module) or set(argument_spec(MODULES[module]))
    assert set(arguments) <= known, f"{file}, {name}: the stand-in of {action} does not know {set(arguments) - known}"


@pytest.mark.parametrize(("file", "name", "action", "arguments", "task"), actions())
def test_passwords_are_arguments_of_their_own_and_hidden(
    file: str, name: str, action: str, arguments: Any, task: dict[str, Any]
) -> None:
    if action != "ansible.windows.win_command" or "password" not in str(arguments):
        return
    assert set(arguments) == {"argv"}, f"{file}, {name}: a password belongs into argv"
    assert task["no_log"] is True, f"{file}, {name}: no_log"
