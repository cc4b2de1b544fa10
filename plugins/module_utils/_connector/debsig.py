# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A debsig-verify policy: which key it wants and under which file name, so that a throw-away keyring can be laid
out."""

from __future__ import annotations

import re

_ORIGIN = re.compile(r"""<Origin\b[^>]*\bid\s*=\s*["']([0-9A-Fa-f]{8,40})["']""")
_FILE = re.compile(r"""<Required\b[^>]*\bFile\s*=\s*["']([A-Za-z0-9][A-Za-z0-9._-]{0,99})["']""")


class PolicyError(ValueError):
    """The text is no policy that debsig-verify could use."""


def read_policy(text: str) -> tuple[str, str]:
    """(id of the origin, file name of its keyring). The file is the user's own, so it is read, not judged."""
    origin, keyrings = _ORIGIN.search(text), set(_FILE.findall(text))
    if not origin:
        raise PolicyError("is no debsig-verify policy: it has no Origin with the id of a key")
    if len(keyrings) != 1:
        raise PolicyError("does not name exactly one keyring file in its Required elements")
    return origin.group(1).upper(), keyrings.pop()
