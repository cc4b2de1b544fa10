# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first lines of a file are true, and those of a function that others import begin with a verb."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
PLACES = ("plugins", "extensions", "roles", "tests")
FILES = [path for place in PLACES for path in (CHECKOUT / place).rglob("*.py")]
KNOWN = {path.name for path in (*FILES, *CHECKOUT.glob("*.py"))}
# Words that begin a phrase instead of a sentence, of which ruff's D401 knows few.
NO_VERBS = (
    "a all an as at by each every for from how if in its of on one that the these this those to what when where whether"
    " which who with"
)
FOREIGN = {"data.py"}  # Cisco's own health checker


def test_no_head_names_a_file_that_is_not_there() -> None:
    wrong = {}
    for path in FILES:
        head = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        missing = set(re.findall(r"\b([a-z]\w*\.py)\b", head)) - KNOWN - FOREIGN
        if missing:
            wrong[str(path.relative_to(CHECKOUT))] = missing
    assert wrong == {}


def test_a_docstring_of_what_others_import_begins_with_a_verb() -> None:
    wrong = []
    for path in (CHECKOUT / "plugins" / "module_utils").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
                words = (ast.get_docstring(node) or "None").split()
                if words[0].strip(".,:").lower() in NO_VERBS.split():
                    wrong.append(f"{path.name}:{node.lineno} {' '.join(words[:8])}")
    assert wrong == []
