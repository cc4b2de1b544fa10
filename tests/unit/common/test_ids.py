# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a GUID or a SHA-256, and nothing that only resembles one."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_guid, is_sha256

GUID = "0b4883d4-8ecf-4404-9453-13cba0ee7662"
SHA256 = "8b6f4e3f" * 8


@pytest.mark.parametrize(("is_one", "text"), [(is_guid, GUID), (is_sha256, SHA256)], ids=["GUID", "SHA-256"])
def test_either_case_is_taken_and_nothing_around_it(is_one: object, text: str) -> None:
    assert callable(is_one)
    assert is_one(text)
    assert is_one(text.upper())
    for wrong in (
        "",
        text[:-1],
        text + "0",
        f" {text}",
        text + "\n",
        text[:-1] + "g",
        text[:-1] + "\u0660",
        "{" + text + "}",
    ):
        assert not is_one(wrong)
