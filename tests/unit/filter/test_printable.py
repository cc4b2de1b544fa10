# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter printable: names that an endpoint chose, in what a playbook prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.filter.printable import FilterModule

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
printable: Any = FilterModule().filters()["printable"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("PC-0001", "PC-0001"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("a\nok: [all]", "a\\nok: [all]"),
        ("\x1b[31mred", "\\x1b[31mred"),
        (None, ""),
        (7, "7"),
    ],
)
def test_what_a_terminal_acts_on_is_escaped(text: object, shown: str) -> None:
    assert printable(text) == shown


def test_a_long_text_is_cut() -> None:
    assert printable("x" * 50, longest=10) == "xxxxxxx..."


def test_playbooks_show_no_host_name_as_it_is() -> None:
    """An endpoint chooses its own name: in a message it goes through the filter."""
    shown = re.compile(
        r"\{\{ [a-z_.]*\.(hostname|application|user|file_name) (?!\| ampops\.secure_endpoint\.printable)"
    )
    for playbook in (*PLAYBOOKS.glob("*.yml"), *PLAYBOOKS.glob("tasks/*.yml")):
        bare = [
            line.strip()
            for line in playbook.read_text().splitlines()
            if shown.search(line) and re.match(r"\s*(- \"|msg:|label:|\{\{)", line)
        ]
        assert not bare, f"{playbook.name}: {bare}"
