# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of Cisco's workflows names what there is, and only what the tests run from end to end."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_workflows.rst").read_text("utf-8")
NAMES = set(re.findall(r"``([a-z_]+)``", PAGE))
TESTS = "\n".join(
    file.read_text("utf-8")
    for folder in ("tests/integration", "tests/roles", "docs/docsite/rst")  # the examples of guides are run
    for file in (CHECKOUT / folder).rglob("*")
    if file.suffix in (".py", ".yml", ".rst") and file.name != "guide_workflows.rst"
)


def named(folder: str) -> set[str]:
    """What the page names of a folder of the collection."""
    return {path.stem for path in (CHECKOUT / folder).iterdir()} & NAMES


def test_every_playbook_module_and_role_on_the_page_is_run_by_a_test() -> None:
    there = {
        folder: named(folder)
        for folder in ("playbooks", "plugins/modules", "plugins/lookup", "plugins/filter", "roles")
    }
    for folder, names in there.items():
        assert names, folder
        assert sorted(name for name in names if name not in TESTS) == [], folder


def test_what_the_page_calls_a_playbook_is_one() -> None:
    called = re.findall(r"playbooks? ((?:``[a-z_]+``(?:, ?\s*)?)+)", PAGE)
    names = {name for text in called for name in re.findall(r"``([a-z_]+)``", text)}
    assert names
    assert sorted(name for name in names if not (CHECKOUT / "playbooks" / f"{name}.yml").exists()) == []
