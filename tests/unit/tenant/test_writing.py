# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a tenant calls its things, what is written is read back as it was, by the C and the Python loader."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.references import (
    Reference,
    join_path,
    parse_reference,
    split_path,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.writing import yaml_text
from hypothesis import example, given
from hypothesis import strategies as st

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORDS = st.sampled_from(
    ["no", "1e3", "0x1f", "2026-01-02", "1:30", "~", "- a", "a: b", "a #b", "@a", "12e45", "Guard (x)"]
)
SCALARS = st.one_of(TEXTS, WORDS, st.integers(), st.booleans(), st.none())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@given(TREES)
@example({"a": [{"b": [], "c": {}}, [["x"], {}]], "yes": "no", "": ""})
def test_what_is_written_is_read_back(value: Any) -> None:
    text = yaml_text(value)
    assert yaml.load(text, yaml.SafeLoader) == value
    assert yaml.load(text, yaml.CSafeLoader) == value


def test_plain_names_are_written_plainly() -> None:
    tree = {"groups": {"Branch North/Kiosk": {"policies": {"windows": "Kiosk Lockdown"}}}, "entries": ["ab" * 32]}
    assert yaml_text(tree) == (
        f"groups:\n  Branch North/Kiosk:\n    policies:\n      windows: Kiosk Lockdown\nentries:\n  - {'ab' * 32}\n"
    )


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=4))
@example(["a/b", "\\", "c\\/d"])
def test_a_path_is_its_names(names: list[str]) -> None:
    assert split_path(join_path(names)) == tuple(names)


@pytest.mark.parametrize("text", ["", "/", "a//b", "a/", "a\\b"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="a path is names"):
        split_path(text)


def test_a_reference_may_have_an_id() -> None:
    guid = "FEDD82F8-c74f-49f4-a463-e576d3beee92"
    assert parse_reference(f"Branch North/Kiosk [{guid}]") == Reference("Branch North/Kiosk", guid.lower())
    assert parse_reference("soc [1474]") == Reference("soc", "1474")
    assert parse_reference("soc [a]") == Reference("soc [a]")
