# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/surveys/NAME.yml is the survey of playbooks/NAME.yml in AWX's own form, and asks for what that takes.

A playbook has a survey as soon as it checks its variables with tasks/check_variables.yml. The playbooks for connectors
take the options of the roles under their own names, and say beside them how the roll-out goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import ROLLOUT

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
CHECK = "tasks/check_variables.yml"
INCLUDES = ("ansible.builtin.include_tasks", "ansible.builtin.import_tasks")
# What AWX stores of a question; nothing else is in the file, so that it can be posted as it is.
KEYS = {"question_name", "question_description", "variable", "type", "required", "default", "min", "max", "choices"}
TEXTS = {"text", "textarea"}
KINDS = {"int": {"integer"}, "float": {"float"}, "str": TEXTS, "path": TEXTS, "list": TEXTS}
SURVEYS = {file.stem: yaml.safe_load(file.read_text("utf-8")) for file in sorted((PLAYBOOKS / "surveys").glob("*.yml"))}


def tasks_of(file: Path, seen: tuple[Path, ...] = ()) -> Iterator[dict[str, Any]]:
    """The tasks of a playbook or task file, those of blocks and of task files that it includes as well.

    A task file is looked for beside the one that includes it, then beside the playbooks. One may include itself.
    """
    waiting = list(yaml.safe_load(file.read_text("utf-8")))
    while waiting:
        task = waiting.pop(0)
        yield task
        for part in ("tasks", "pre_tasks", "block", "rescue", "always"):
            waiting += task.get(part, [])
        included = next((task[name] for name in INCLUDES if isinstance(task.get(name), str)), CHECK)
        if included != CHECK and "{{" not in included:
            path = next(path for path in (file.parent / included, PLAYBOOKS / included) if path.exists())
            yield from () if path in seen else tasks_of(path, (*seen, file, path))


def variables_of(playbook: Path) -> tuple[str, dict[str, dict[str, Any]]] | None:
    """The prefix and the argument spec that a playbook gives to tasks/check_variables.yml."""
    for task in tasks_of(playbook):
        if CHECK in [task.get(name) for name in INCLUDES]:
            return task["vars"]["check_prefix"], task["vars"]["check_variables"]
    return None


CHECKED = {file.stem: found for file in sorted(PLAYBOOKS.glob("*.yml")) if (found := variables_of(file))}
CONNECTOR_PLAYBOOKS = sorted(file.stem for file in PLAYBOOKS.glob("connector_*.yml"))


def question_kinds(option: dict[str, Any]) -> set[str]:
    """The types of question that can fill a variable; none where no survey can (dictionaries)."""
    if option.get("no_log"):
        return {"password"}
    if option["type"] == "bool":
        return {"multiplechoice"}
    if "choices" in option:
        return {"multiselect" if option["type"] == "list" else "multiplechoice"}
    return KINDS.get(option["type"], set()) if option.get("elements", "str") != "dict" else set()


def disagreements(prefix: str, variables: dict[str, dict[str, Any]], survey: dict[str, Any]) -> list[str]:
    """What differs between the variables of a playbook and its survey."""
    asked = {question["variable"]: question for question in survey["spec"]}
    wanted = {name for name, option in variables.items() if question_kinds(option)}
    found = [f"{name} does not begin with {prefix}" for name in variables if not name.startswith(prefix)]
    found += [f"nobody asks for {name}" for name in sorted(wanted - asked.keys())]
    found += [f"{name} is no variable of the playbook" for name in sorted(asked.keys() - variables.keys())]
    for name in sorted(wanted & asked.keys()):
        option, question = variables[name], asked[name]
        if question["type"] not in question_kinds(option):
            found.append(f"{name}: a question of type {question['type']} cannot fill {option['type']}")
        if question["required"] is not option.get("required", False):
            found.append(f"{name}: required differs")
        if question.get("choices") != (["true", "false"] if option["type"] == "bool" else option.get("choices")):
            found.append(f"{name}: choices differ")
    return found


def test_a_playbook_that_checks_its_variables_has_a_survey_and_every_survey_a_playbook() -> None:
    assert SURVEYS.keys() == CHECKED.keys() | set(CONNECTOR_PLAYBOOKS)


@pytest.mark.parametrize("name", CHECKED)
def test_the_survey_asks_for_what_the_playbook_takes(name: str) -> None:
    assert disagreements(*CHECKED[name], SURVEYS[name]) == []


@pytest.mark.parametrize("name", CONNECTOR_PLAYBOOKS)
def test_the_survey_of_a_playbook_for_connectors_asks_how_it_goes_and_for_options_of_its_role(name: str) -> None:
    texts = [(PLAYBOOKS / f"{name}.yml").read_text("utf-8")]
    texts += [(PLAYBOOKS / included).read_text("utf-8") for included in re.findall(r"tasks/\w+\.yml", texts[0])]
    read = {word for text in texts for word in re.findall(r"connector_\w+(?= \| (?:default|bool)| is |[,)} ])", text)}
    asked = {question["variable"]: question for question in SURVEYS[name]["spec"]}
    role = {"connector_upgrade": "connector_deploy", "connector_installers": "connector_deploy"}.get(name, name)
    options = yaml.safe_load((PLAYBOOKS.parent / "roles" / role / "meta/argument_specs.yml").read_text("utf-8"))
    options = options["argument_specs"]["main"]["options"]
    assert asked.keys() & ROLLOUT == read & ROLLOUT
    assert asked.keys() - ROLLOUT <= options.keys()
    for variable in asked.keys() & options.keys():
        option, question = options[variable], asked[variable]
        assert question["type"] in question_kinds(option | ({"type": "str"} if option["type"] == "raw" else {}))
        if question["type"] == "multiplechoice":
            choices = ["true", "false"] if option["type"] == "bool" else option["choices"]
            needed = f"- {variable} | default" in texts[0]
            assert sorted(question["choices"]) == sorted(choices)
            assert question["required"], "a role takes no empty answer where it has choices"
            assert question["default"] == ("" if needed else str(option["default"]).lower())
        else:
            assert not question["required"]
            assert option["default"] == question["default"] == "", "an empty answer is the role's own default"
    for variable in asked.keys() & ROLLOUT:
        assert asked[variable]["required"] is (variable == "connector_hosts" and "Refuse to guess" in texts[0])


@pytest.mark.parametrize("name", SURVEYS)
def test_a_survey_is_what_awx_takes(name: str) -> None:
    survey = SURVEYS[name]
    assert survey.keys() == {"name", "description", "spec"}
    assert survey["name"] + survey["description"] == "", "AWX ignores both"
    for question in survey["spec"]:
        assert {"question_name", "question_description", "variable", "type", "required", "default"} <= question.keys()
        assert question.keys() <= KEYS
        assert question["question_description"].endswith("."), "a sentence: the documentation shows it, too"
        assert question["type"] != "password" or question["default"] == "", "no secret in a file"
        if question["type"] in ("text", "textarea", "password"):
            assert 0 <= question["min"] < question["max"] <= (32768 if question["type"] == "textarea" else 1024)
        if question["type"] == "multiplechoice":
            assert question["default"] in ("", *question["choices"])


def test_what_differs_is_found() -> None:
    variables = {
        "x_hosts": {"type": "list", "elements": "str", "required": True},
        "x_act": {"type": "bool"},
        "x_streams": {"type": "list", "elements": "dict"},
        "y": {"type": "str"},
    }
    spec = [
        {"variable": "x_hosts", "type": "text", "required": False},
        {"variable": "x_act", "type": "multiplechoice", "required": False, "choices": ["true"]},
        {"variable": "x_old", "type": "text", "required": False},
    ]
    assert disagreements("x_", variables, {"spec": spec}) == [
        "y does not begin with x_",
        "nobody asks for y",
        "x_old is no variable of the playbook",
        "x_act: choices differ",
        "x_hosts: required differs",
    ]
