# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published schema is the one by which trees are checked, and the guide explains each of its keys."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.schema import SCHEMA
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.tree import load_tree

CHECKOUT = Path(__file__).resolve().parents[3]
PUBLISHED = ("docs/tenant.schema.json", "roles/tenant_config/files/tenant.schema.json")
GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_config_as_code.rst").read_text("utf-8")


def keys_of(schema: Any) -> Iterator[str]:
    """Every key that a tree may have."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from keys_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from keys_of(inner)


@pytest.mark.parametrize("path", PUBLISHED)
def test_the_schema_is_published_as_it_is(path: str) -> None:
    text = json.dumps(SCHEMA, indent=2) + "\n"
    assert (CHECKOUT / path).read_text("utf-8") == text, "write the file anew: json.dumps(SCHEMA, indent=2)"


def test_the_guide_explains_each_key() -> None:
    assert {key for key in keys_of(SCHEMA) if f"``{key}``" not in GUIDE} == set()


def test_the_tree_of_the_guide_is_sound(tmp_path: Path) -> None:
    [block] = re.findall(r"^    groups:\n(?:    .*\n)+", GUIDE, re.MULTILINE)
    (tmp_path / "tenant.yml").write_text(textwrap.dedent(block), encoding="utf-8")
    (tmp_path / "hashes.txt").write_text("# none yet\n", encoding="utf-8")
    tree, problems = load_tree(str(tmp_path))
    assert not problems
    assert tree.sections == {"groups", "file_lists", "computers", "event_streams"}


@pytest.mark.parametrize("name", ["apply", "drift", "export"])
def test_the_guide_documents_each_variable_of_the_playbooks(name: str) -> None:
    survey = yaml.safe_load((CHECKOUT / "playbooks" / "surveys" / f"tenant_{name}.yml").read_text("utf-8"))
    asked = {question["variable"] for question in survey["spec"]}
    assert set(re.findall(rf"``(tenant_{name}_\w+)``", GUIDE)) == asked
