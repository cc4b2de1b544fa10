# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comments cite ("R17", "api-contract 13") can be followed: each number is an anchor in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
RST = CHECKOUT / "docs" / "docsite" / "rst"
PREFIX = "ansible_collections.ampops.secure_endpoint.docsite."
PLACES = ("plugins", "extensions", "roles", "playbooks", "tests", "docs", "meta", ".ci")
SUFFIXES = {".py", ".yml", ".yaml", ".md", ".rst", ".j2", ".sh", ".c", ".ps1", ".json", ""}

RULE = re.compile(r"\bR(\d{1,2}[a-z]?)\b")
SECTION = re.compile(r"\bcontract(?:\.md)?(?: sections?)? (\d+(?:(?:, | and | to )\d+)*)")


def files() -> Iterator[Path]:
    yield from (path for path in CHECKOUT.iterdir() if path.is_file() and path.suffix in SUFFIXES)
    for place in PLACES:
        for path in (CHECKOUT / place).rglob("*"):
            if path.is_file() and path.suffix in SUFFIXES and not {"__pycache__", "output"} & set(path.parts):
                yield path


def cited(pattern: re.Pattern[str]) -> dict[str, str]:
    """Every number that is cited, with one of the places."""
    found: dict[str, str] = {}
    for path in files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for match in pattern.finditer(text):
            for number in re.findall(r"\d+[a-z]?", match[1]):
                found.setdefault(number, str(path.relative_to(CHECKOUT)))
    return found


def anchors(page: str, prefix: str) -> list[str]:
    text = (RST / page).read_text("utf-8")
    return re.findall(rf"^\.\. _{re.escape(PREFIX + prefix)}(\w+):$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("pattern", "page", "prefix", "least"),
    [(RULE, "guide_rules.rst", "rule_r", 30), (SECTION, "guide_contract.rst", "contract_", 10)],
)
def test_everything_that_is_cited_is_a_place_in_the_documentation(
    pattern: re.Pattern[str], page: str, prefix: str, least: int
) -> None:
    found, there = cited(pattern), anchors(page, prefix)
    assert len(found) >= least, "the search finds what is there"
    assert {number: place for number, place in found.items() if number not in there} == {}


@pytest.mark.parametrize(("page", "mark"), [("guide_rules.rst", "R{}: "), ("guide_contract.rst", "{}. ")])
def test_each_anchor_stands_once_before_the_heading_of_its_number(page: str, mark: str) -> None:
    text = (RST / page).read_text("utf-8")
    places = re.findall(rf"^\.\. _{re.escape(PREFIX)}(?:rule_r|contract_)(\w+):\n\n(.*)$", text, re.MULTILINE)
    assert len({number for number, _heading in places}) == len(places) > 15
    for number, heading in places:
        assert heading.startswith(mark.format(number)), heading


def test_the_pages_are_registered() -> None:
    registered = re.findall(r"^\s+- (guide_\w+)$", (CHECKOUT / "docs/docsite/extra-docs.yml").read_text(), re.MULTILINE)
    assert sorted(registered) == sorted(path.stem for path in RST.glob("*.rst"))
