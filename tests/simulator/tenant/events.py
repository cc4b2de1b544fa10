# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event as the cloud makes it (api-contract 6), and how its parts are found."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]


def connector_of(event: Event) -> str:
    """Return the connector that an event is of."""
    guid: str = event["computer"]["connector_guid"]
    return guid


def sha256_of(event: Event) -> str | None:
    """Return the hash of the file that an entry is about, lower case."""
    digest = ((event.get("file") or {}).get("identity") or {}).get("sha256")
    return digest.lower() if isinstance(digest, str) else None


def user_of(event: Event) -> str | None:
    """Who was logged in."""
    user: str | None = event.get("user") or event.get("computer", {}).get("user")
    return user
