# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of an installer is told in one sentence, without its URL."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.fetching import problem

SHA, OTHER = "a" * 64, "b" * 64
SKIPPED: dict[str, Any] = {"skipped": True}


def stat(checksum: str = SHA, *, exists: bool = True, isreg: bool = True) -> dict[str, Any]:
    return {"exists": exists, "isreg": isreg, "checksum": checksum} if exists else {"exists": False}


def told(
    found: dict[str, Any],
    *,
    cached: bool = True,
    sha256: str = SHA,
    asked: dict[str, Any] | None = None,
    followed: dict[str, Any] | None = None,
    came: dict[str, Any] | None = None,
) -> str:
    other = {"item": {"file": "/other"}, "stat": stat(OTHER)}
    looked = {"item": {"file": "/cache/x"}, "stat": found}
    wanted = {"file": "/cache/x", "cached": cached, "sha256": sha256}
    return problem(
        wanted, [other, looked], [SKIPPED, asked or SKIPPED], [SKIPPED, followed or SKIPPED], [SKIPPED, {"stat": came}]
    )


def test_a_file_that_fits_is_no_problem() -> None:
    assert told(stat()) == ""
    assert told(stat(OTHER), sha256="waived") == ""
    assert told(stat(exists=False), asked={"status": 200}, came=stat()) == ""
    assert told(stat(OTHER), asked={"status": 302}, followed={"status": 200}, came=stat()) == ""


def test_a_file_of_the_controller_is_told_by_its_path() -> None:
    assert told(stat(exists=False), cached=False) == "is not at /cache/x on the controller"
    assert told(stat(isreg=False), cached=False) == "is no file: /cache/x on the controller"
    assert told(stat(OTHER), cached=False) == f"has the SHA-256 {OTHER}, but the manifest says {SHA}"


@pytest.mark.parametrize(
    ("asked", "followed", "words"),
    [
        (SKIPPED, SKIPPED, "is not in the cache yet"),
        ({"status": 404}, SKIPPED, "the server answered 404"),
        ({"status": -1, "msg": "no route"}, SKIPPED, "could not be reached"),
        ({"failed": True}, SKIPPED, "could not be reached"),
        ({"status": 302}, SKIPPED, "on no allowed host"),
        ({"status": 302}, {"status": 302}, "points elsewhere again"),
        ({"status": 302}, {"status": 503}, "the server answered 503"),
        ({"status": 200}, SKIPPED, "has the SHA-256"),
    ],
)
def test_what_a_fetch_can_end_with(asked: dict[str, Any], followed: dict[str, Any], words: str) -> None:
    assert words in told(stat(exists=False), asked=asked, followed=followed, came=stat(OTHER))


def test_a_file_that_was_not_looked_at_is_not_taken_for_a_good_one() -> None:
    assert "was not looked at" in problem({"file": "/y", "cached": True, "sha256": SHA}, [], [], [], [])
