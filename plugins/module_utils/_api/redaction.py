# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from the cloud, made fit to be shown: no control characters, no secrets, no endless lines.

This file is private to the collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 300
MASK = "********"

# C0 and C1 controls (so ANSI sequences and newlines too), line separators, marks that turn the direction of writing,
# invisible joiners, and lone surrogates that no terminal can encode.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_USER_INFO = re.compile(r"//[^/@\s]*@")


def printable(text: object, longest: int = LONGEST) -> str:
    """`text` with everything escaped that could forge or hide output, cut to `longest` characters."""
    shown = str(text)
    shown = shown if len(shown) <= longest else shown[: longest - 3] + "..."
    return _UNPRINTABLE.sub(lambda character: f"\\u{ord(character[0]):04x}", shown)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """`text` with each secret and the user part of every URL (a proxy's password) masked."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return _USER_INFO.sub(f"//{MASK}@", text)
