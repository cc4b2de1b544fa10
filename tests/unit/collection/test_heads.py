# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first lines of a file are true: a file of ours that they name is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PLACES = ("plugins", "extensions", "roles", "tests")
FILES = [path for place in PLACES for path in (CHECKOUT / place).rglob("*.py")]
KNOWN = {path.name for path in (*FILES, *CHECKOUT.glob("*.py"))}
FOREIGN = {"data.py"}  # Cisco's own health checker


def test_no_head_names_a_file_that_is_not_there() -> None:
    wrong = {}
    for path in FILES:
        head = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        missing = set(re.findall(r"\b([a-z]\w*\.py)\b", head)) - KNOWN - FOREIGN
        if missing:
            wrong[str(path.relative_to(CHECKOUT))] = missing
    assert wrong == {}
