# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of README.md and of the guides, as the suite runs them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
MARKDOWN_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RST_BLOCK = re.compile(r"^\.\. code-block:: (\w[\w+-]*)\n\n((?:[ \t]+.*\n|\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """One block of code in a document; `language` decides how it is run."""

    document: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


def examples() -> Iterator[Example]:
    """Every code block of README.md and docs/docsite/rst, in order."""
    guides = sorted((CHECKOUT / "docs" / "docsite" / "rst").glob("*.rst"))
    for document, pattern in [(CHECKOUT / "README.md", MARKDOWN_BLOCK), *((guide, RST_BLOCK) for guide in guides)]:
        text = document.read_text(encoding="utf-8")
        for block in pattern.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            yield Example(document.name, line, block[1], textwrap.dedent(block[2]).strip() + "\n")
