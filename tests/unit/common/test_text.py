# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from outside cannot forge output, and no secret can be read in it."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import (
    MASK,
    Secrets,
    mask,
    printable,
    quoted,
)
from hypothesis import given
from hypothesis import strategies as st

KEY = "0d4c8f6e-3a5b-4c1d-9e7f-112233445566"
AWKWARD = 'p/ss+w"rd=\\ü 漢'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 漢字", "plain ünïcode 漢字"),
        ("two\nlines", r"two\nlines"),
        ("\x1b[2Jgone", r"\x1b[2Jgone"),
        ("invoice\u202efdp.exe", r"invoice\u202efdp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("lone \ud800", r"lone \ud800"),
        ("x" * 400, "x" * 297 + "..."),
        (7, "7"),
    ],
)
def test_what_could_forge_output_is_escaped(text: object, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "marks",
    [
        [*range(0x20), *range(0x7F, 0xA0)],
        [0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A)],
        [0xFEFF, *range(0xFFF9, 0xFFFC)],
        range(0xD800, 0xE000),
    ],
    ids=["controls", "direction and invisible", "byte order and annotations", "lone surrogates"],
)
def test_every_mark_that_acts_instead_of_showing_is_escaped(marks: list[int]) -> None:
    assert all(printable(chr(mark)).startswith("\\") and printable(chr(mark)).isascii() for mark in marks)


@given(st.text(st.characters()), st.integers(min_value=15, max_value=60))
def test_whatever_comes_one_printable_line_remains(text: str, longest: int) -> None:
    shown = printable(text, longest)
    assert shown.isprintable()
    assert len(shown) <= longest
    shown.encode()


@given(st.text(st.sampled_from("a\n\x1b\u202e\ud800\U000e0001")), st.integers(min_value=3, max_value=60))
def test_no_escape_is_cut_in_two(text: str, longest: int) -> None:
    shown = printable(text, longest)
    whole = printable(text, 10 * len(text) + 10)
    kept = shown if shown == whole else shown.removesuffix("...")
    assert re.fullmatch(r"(a|\\n|\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8})*", kept)
    assert whole.startswith(kept)


def test_quoted_is_printable_between_quotes() -> None:
    assert quoted("two\nlines") == r'"two\nlines"'


def test_secrets_and_the_users_of_urls_are_masked() -> None:
    text = mask(f"key {KEY} via http://joe:pw@proxy:3128/ and again {KEY}", [KEY, ""])
    assert text == "key ******** via http://********@proxy:3128/ and again ********"


@pytest.mark.parametrize("secret", [KEY, AWKWARD], ids=["an API key", "a password with marks"])
@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda secret: quote(secret, safe=""),
        lambda secret: quote(secret),
        quote_plus,
        lambda secret: quote(secret, safe="").lower(),
        lambda secret: json.dumps(secret)[1:-1],
        lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
        lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    ],
    ids=["clear", "quoted", "path", "form", "lower", "JSON", "JSON in UTF-8", "JSON with slashes"],
)
def test_a_secret_is_masked_however_it_is_written(secret: str, write: object) -> None:
    assert callable(write)
    assert mask(f"before {write(secret)} behind", [secret]) == f"before {MASK} behind"


@given(
    st.text(min_size=4, max_size=40),
    st.binary(max_size=8),
    st.binary(max_size=8),
    st.sampled_from([b64encode, urlsafe_b64encode]),
)
def test_a_secret_is_masked_within_base64_wherever_it_stands(secret: str, before: bytes, behind: bytes, encode) -> None:  # type: ignore[no-untyped-def] # hypothesis
    text = encode(before + secret.encode() + behind).decode()
    shown = mask(text, [secret])
    # Only characters that hold nothing but the neighbours' bits remain.
    remains = len(shown.replace(MASK, "").replace("=", ""))
    assert MASK in shown
    assert remains <= -(-len(before) * 8 // 6) + -(-len(behind) * 8 // 6)


@given(st.lists(st.text("abc1", min_size=4, max_size=8), min_size=1, max_size=4), st.text("abc1"), st.text("abc1"))
def test_no_part_of_secrets_that_overlap_remains(secrets: list[str], before: str, behind: str) -> None:
    text = before + "".join(secrets) + behind
    assert not any(secret in mask(text, secrets) for secret in secrets)


def test_secrets_that_overlap_get_one_mask() -> None:
    assert mask("x-abcdefgh-x", ["abcdef", "cdefgh"]) == f"x-{MASK}-x"


def test_a_basic_header_that_is_repeated_shows_nothing_of_the_key() -> None:
    header = b64encode(f"3a9b8c7d6e5f4a3b2c1d:{KEY}".encode()).decode()
    shown = mask(f"Authorization: Basic {header}", [KEY])
    assert shown.startswith("Authorization: Basic M2E5")
    assert shown.rstrip("=").endswith(MASK)


def test_a_secret_of_few_characters_is_masked_only_as_a_word() -> None:
    assert mask("a cat; password a; ab: abc", ["a", "ab"]) == f"{MASK} cat; password {MASK}; {MASK}: abc"


@given(st.text(st.characters(exclude_characters="0123456789/")), st.text("0123456789", min_size=4))
def test_text_without_a_secret_stays(text: str, secret: str) -> None:
    assert mask(text, [secret]) == text


def test_a_secret_that_printable_would_cut_is_masked_first() -> None:
    shown = printable(Secrets([KEY]).mask("x" * 280 + KEY))
    assert KEY[:4] not in shown
