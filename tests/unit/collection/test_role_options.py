# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give an option of a role as text, as a survey and the command line (`-e name=value`) give all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).resolve().parents[3] / "roles").iterdir())


def options_of(role: Path) -> dict[str, dict[str, Any]]:
    specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text())["argument_specs"]
    options: dict[str, dict[str, Any]] = specs["main"]["options"]
    return options


TYPES = {name: option["type"] for role in ROLES for name, option in options_of(role).items()}
CALCULATION = r"(?: *(?://|[<>+*-]) | \| (?:float|min|max)\b)"
ROLE_FILES = [file for role in ROLES for part in ("tasks", "vars") for file in sorted((role / part).glob("*.yml"))]


@pytest.mark.parametrize("file", ROLE_FILES, ids=lambda file: f"{file.parts[-3]}/{file.name}")
def test_no_file_of_a_role_takes_an_option_for_more_than_text(file: Path) -> None:
    """`false` as text is true where it is not made a bool, `600` cannot be divided, and JSON text has no attributes."""
    found = []
    for value in expressions_of(yaml.safe_load(file.read_text())):
        for name in re.findall(r"\b[a-z]\w+", value):
            if TYPES.get(name) == "bool" and value.strip() != name and re.search(rf"\b{name}\b(?! \| bool)", value):
                found.append(f"{name} | bool: {value}")
            if TYPES.get(name) == "int" and re.search(rf"\b{name}{CALCULATION}|[<>] {name}\b(?! \| int)", value):
                found.append(f"{name} | int: {value}")
            silent = name.startswith("connector_")  # the consumer's template refuses text
            if silent and TYPES.get(name) == "dict" and re.search(rf"\b{name}(?:[.]|\[)", value):
                found.append(f"{name} | from_json unless it is a mapping: {value}")
    assert found == []


def expressions_of(value: Any, condition: bool = False) -> Iterator[str]:
    """Return every expression in a file of tasks: what is in braces, and conditions without. A condition gets `()`."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("tags", "name"):
                yield from expressions_of(inner, key in ("when", "until", "failed_when", "changed_when", "that"))
    elif isinstance(value, list):
        for inner in value:
            yield from expressions_of(inner, condition)
    elif isinstance(value, str):
        yield from [f"({value})"] if condition else re.findall(r"{{(.*?)}}", value, re.DOTALL)
