# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of the connector roles promise, read without running them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import OPTIONS, RESULTS

CHECKOUT = Path(__file__).resolve().parents[3]
ROLES = sorted((CHECKOUT / "roles").glob("connector_*"))
KEYWORDS = {
    "name",
    "when", "loop", "loop_control", "register", "vars", "become", "changed_when", "failed_when", "check_mode",
    "delegate_to", "run_once", "until", "retries", "delay", "environment", "no_log", "async", "poll", "notify",
    "listen",
    "block", "rescue", "always", "ignore_errors", "tags", "args", "throttle", "timeout",
}  # fmt: skip
# Its own task looks at the connector after an installation, so it says what connector_status would say.
FACTS_OF_OTHERS = {"connector_deploy": {"connector_status_result"}}


def tasks_of(role: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every task of the role, those in blocks too, with the name of its file."""

    def walk(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for task in tasks:
            yield task
            for part in ("block", "rescue", "always"):
                yield from walk(task.get(part, []))

    for file in sorted((role / "tasks").glob("*.yml")):
        for task in walk(yaml.safe_load(file.read_text()) or []):
            yield f"{role.name}/{file.name}: {task.get('name')}", task


ALL_TASKS = [each for role in ROLES for each in tasks_of(role)]


def test_the_six_roles_are_there() -> None:
    names = ("deploy", "service", "status", "troubleshoot", "uninstall", "upgrade")
    assert [role.name for role in ROLES] == [f"connector_{name}" for name in names]


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_a_task_uses_what_every_controller_has_and_is_named(where: str, task: dict[str, Any]) -> None:
    modules = [key for key in task if key not in KEYWORDS]
    assert task.get("name"), where
    assert all(key.startswith(("ansible.builtin.", "ansible.windows.", "ampops.secure_endpoint.")) for key in modules)
    assert len(modules) == (0 if "block" in task else 1), where


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_no_two_tasks_of_a_role_have_the_same_name(role: Path) -> None:
    names = Counter(task["name"] for _where, task in tasks_of(role))
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_a_name_is_an_imperative_and_no_sentence_about_the_task(where: str, task: dict[str, Any]) -> None:
    assert task["name"][0].isupper(), where
    assert not task["name"].startswith(("Say ", "Tell ", "Judge ", "Learn ")), where


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_a_role_uses_another_one_by_its_entry_points_only(where: str, task: dict[str, Any]) -> None:
    for module in ("ansible.builtin.include_role", "ansible.builtin.import_role"):
        assert "tasks_from" not in task.get(module, {}), where
    for module in ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks"):
        assert ".." not in str(task.get(module, "")), where


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_what_is_delegated_to_the_controller_does_not_become_root(where: str, task: dict[str, Any]) -> None:
    if "delegate_to" in task:
        assert task["delegate_to"] == "localhost", where
        assert task.get("become") is False, where
        # A variable, also an extra variable, wins over the keyword.
        assert task["vars"]["ansible_become"] is False, where
        assert task["vars"]["ansible_become_user"] == "{{ connector_status_controller_user }}", where
    # omit, which leaves the play's own setting alone, works on tasks and not on blocks
    if "block" in task:
        assert "become" not in task, where


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_what_a_role_keeps_for_itself_begins_with_two_underscores(where: str, task: dict[str, Any]) -> None:
    """All else that begins with the name of a role is an option, or a result, so that a misspelt option is noticed."""
    role = where.partition("/")[0]
    names = [task["register"]] if "register" in task else []
    names += [name for name in task.get("ansible.builtin.set_fact", {}) if name != "cacheable"]
    names = [name for name in names if name not in FACTS_OF_OTHERS.get(role, ())]
    assert all(name.startswith(f"__{role}_") or name in RESULTS for name in names), where


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_a_role_reads_nothing_that_another_one_keeps_for_itself(role: Path) -> None:
    texts = [file.read_text() for part in ("tasks", "vars") for file in (role / part).glob("*.yml")]
    private = {name for text in texts for name in re.findall(r"__connector_\w+", text)}
    assert {name for name in private if not name.startswith(f"__{role.name}_")} == set()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_argument_specs_say_the_same(role: Path) -> None:
    defaults = yaml.safe_load((role / "defaults/main.yml").read_text())
    entries = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    options = entries["main"]["options"]
    assert set(options) == set(defaults)
    for name, option in options.items():
        assert option.get("default") == defaults[name], name
        assert not option.get("required"), name
    for entry, spec in entries.items():
        assert (role / "tasks" / f"{entry}.yml").is_file(), entry
        assert spec["short_description"], entry


def options_of(role: Path) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = yaml.safe_load((role / "meta/argument_specs.yml").read_text())[
        "argument_specs"
    ]["main"]["options"]
    return options


def test_the_playbooks_know_every_option_of_a_role_and_no_other() -> None:
    assert {name for role in ROLES for name in options_of(role)} == OPTIONS


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_passwords_are_no_log_in_the_specs(role: Path) -> None:
    for name, option in options_of(role).items():
        for key, value in [(name, option), *option.get("options", {}).items()]:
            if key.endswith("password") or key in ("url", "api_key"):
                assert value.get("no_log") is True, f"{name}.{key}"


@pytest.mark.parametrize(("where", "task"), ALL_TASKS, ids=[where for where, _task in ALL_TASKS])
def test_a_task_that_holds_a_url_or_a_password_is_no_log(where: str, task: dict[str, Any]) -> None:
    shown = {
        key: value for key, value in task.items() if key not in ("when", "name", "block", "rescue", "always", "vars")
    }
    text = repr(shown)
    role = where.partition("/")[0]
    secrets = [
        f"{role}_password",
        "connector_deploy_url",
        "connector_deploy_redirect",
        "].url",
        "connector_deploy_install_raw",
    ]
    if any(secret in text for secret in secrets) and "include_" not in text and "ansible.builtin.fail" not in task:
        assert task.get("no_log") is True, where


@pytest.mark.parametrize("script", sorted(CHECKOUT.glob("roles/connector_*/files/*.sh")), ids=lambda path: path.name)
def test_a_script_says_in_its_head_what_it_is(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0].startswith("# SPDX-FileCopyrightText")
    assert lines[2].startswith("# ")
