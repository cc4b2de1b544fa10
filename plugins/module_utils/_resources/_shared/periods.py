# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates as people write them in options. This file is private to the collection."""

from __future__ import annotations

from ..._api.errors import Refused
from ..._common.text import quoted
from ..._common.time import moment_of


def moment(option: str, text: str) -> float:
    """Return ISO 8601 as seconds since 1970, UTC without a zone. Raises Refused, which names the option."""
    try:
        return moment_of(text).timestamp()
    except ValueError:
        raise Refused(
            f"{option} is not a date such as 2026-01-31 or 2026-01-31T12:00:00Z: {quoted(text, 40)}."
        ) from None


def period(options: dict[str, str | None]) -> dict[str, str]:
    """Return those of two options that are given. Raises Refused for an invalid date or an end before its start."""
    given = {name: text for name, text in options.items() if text is not None}
    moments = [moment(name, text) for name, text in given.items()]
    if moments != sorted(moments):
        raise Refused(f"{' is after '.join(given)}. Swap them.")
    return given
