# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions compare as numbers, and the shorter of two decides how far: 7.2.7 means every 7.2.7.x."""

from __future__ import annotations

import re

from .._common.text import quoted

MOST_PARTS = 6
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,5}")


def is_version(text: str) -> bool:
    """Return whether `text` is numbers joined by dots."""
    return _VERSION.fullmatch(text) is not None


def numbers(version: str) -> tuple[int, ...]:
    """ "7.2.7" as (7, 2, 7). Raises ValueError for anything that is not numbers joined by dots."""
    if not is_version(version):
        raise ValueError(f"{quoted(version, 40)} is not a version: give numbers joined by dots, such as 7.2.7")
    return tuple(int(part) for part in version.split("."))


def padded(version: str) -> tuple[int, ...]:
    """Return a key to sort versions by, in which missing parts count as 0: 7.2.7 and 7.2.7.0 have the same."""
    parts = numbers(version)
    return parts + (0,) * (MOST_PARTS - len(parts))


def compare(left: str, right: str) -> int:
    """-1, 0 or 1 as `left` is older than, the same as, or newer than `right`, over the parts that both have."""
    ours, theirs = numbers(left), numbers(right)
    shared = min(len(ours), len(theirs))
    return (ours[:shared] > theirs[:shared]) - (ours[:shared] < theirs[:shared])
