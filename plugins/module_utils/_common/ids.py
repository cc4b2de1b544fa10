# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What identifies something: GUIDs, SHA-256s, regions and their hosts. Private to the collection."""

from __future__ import annotations

import re

API_HOSTS = {
    "na": "api.amp.cisco.com",
    "eu": "api.eu.amp.cisco.com",
    "apjc": "api.apjc.amp.cisco.com",
}
CONSOLE_HOSTS = {
    "na": "console.amp.cisco.com",
    "eu": "console.eu.amp.cisco.com",
    "apjc": "console.apjc.amp.cisco.com",
}
"""Both from api-contract.md section 2. A private cloud has hosts of its own."""

REGIONS = tuple(API_HOSTS)

_GUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_SHA256 = re.compile("[0-9a-f]{64}", re.IGNORECASE | re.ASCII)


def is_guid(text: str) -> bool:
    """Return whether `text` is a GUID (8-4-4-4-12 hexadecimal digits), in any case."""
    return _GUID.fullmatch(text) is not None


def is_sha256(text: str) -> bool:
    """Return whether `text` is a SHA-256 (64 hexadecimal digits), in any case."""
    return _SHA256.fullmatch(text) is not None
