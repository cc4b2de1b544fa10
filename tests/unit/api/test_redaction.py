# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from the cloud cannot forge output, and secrets are masked."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.redaction import printable, without_secrets
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 漢字", "plain ünïcode 漢字"),
        ("two\nlines", r"two\u000alines"),
        ("\x1b[2Jgone", r"\u001b[2Jgone"),
        ("invoice\u202efdp.exe", r"invoice\u202efdp.exe"),
        ("zero\u200bwidth", r"zero\u200bwidth"),
        ("lone \ud800", r"lone \ud800"),
        ("x" * 400, "x" * 297 + "..."),
        (7, "7"),
    ],
)
def test_what_could_forge_output_is_escaped(text: object, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_comes_one_printable_line_remains(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    shown.encode()


def test_secrets_and_the_users_of_urls_are_masked() -> None:
    text = without_secrets("key k3y via http://joe:pw@proxy:3128/ and again k3y", ("k3y", ""))
    assert text == "key ******** via http://********@proxy:3128/ and again ********"
