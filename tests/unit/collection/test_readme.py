# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's tables name everything that the collection has for users, and nothing that it has not."""

from __future__ import annotations

import re
from pathlib import Path

import matrix
import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
# Started by rulebooks, not by people.
OF_RULEBOOKS = {"rulebook_block_hash", "rulebook_check", "rulebook_isolate", "rulebook_retry"}


def named_in(first_cell_of: str) -> set[str]:
    """The names in the first column of the table whose heading starts with this word."""
    table = README.split(f"\n| {first_cell_of} | |\n")[1].split("\n\n")[0]
    return {name for row in table.splitlines() for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}


@pytest.mark.parametrize(("heading", "folder"), [("modules", "plugins/modules"), ("playbooks", "playbooks")])
def test_every_file_is_in_the_table(heading: str, folder: str) -> None:
    files = {file.stem for file in (CHECKOUT / folder).iterdir() if file.suffix in (".py", ".yml")}
    assert named_in(heading) == files - {"__init__"} - OF_RULEBOOKS


def test_every_role_is_in_the_table() -> None:
    assert named_in("roles") == {folder.name for folder in (CHECKOUT / "roles").iterdir() if folder.is_dir()}


def test_every_guide_is_linked() -> None:
    guides = {guide.name for guide in (CHECKOUT / "docs" / "docsite" / "rst").glob("*.rst")}
    assert set(re.findall(r"docs/docsite/rst/(\w+\.rst)", README)) == guides


def test_every_link_into_the_repository_points_at_a_file() -> None:
    repository = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text())["repository"]
    linked = re.findall(rf"\]\({re.escape(repository)}/blob/main/([^)#]+)", README)
    assert [path for path in linked if not (CHECKOUT / path).is_file()] == []
    assert len(linked) > 9


def test_the_tested_versions_are_those_of_the_matrix() -> None:
    assert matrix.readme_table() in README, "`python tests/matrix.py` writes the table"
    locks = {core.lock.name: f"\nansible-core=={core.release} " for core in matrix.CORES}
    assert {name for name, pin in locks.items() if pin not in (matrix.MATRIX / name).read_text()} == set()
