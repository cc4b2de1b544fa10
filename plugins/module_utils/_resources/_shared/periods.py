# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates as people write them in options. This file is private to the collection."""

from __future__ import annotations

from ..._api.errors import Refused
from ..._common.text import printable
from ..._common.time import moment_of


def moment(option: str, text: str) -> float:
    """ISO 8601 as seconds since 1970; without a zone it is UTC. Raises Refused, naming the option."""
    try:
        return moment_of(text).timestamp()
    except ValueError:
        raise Refused(f"{option} is no date as 2026-01-31 or 2026-01-31T12:00:00Z: {printable(text, 40)}.") from None


def period(options: dict[str, str | None]) -> dict[str, str]:
    """The options among these that are given, as a query; each has to be a date, and the first not after the second."""
    given = {name: text for name, text in options.items() if text is not None}
    moments = [moment(name, text) for name, text in given.items()]
    if moments != sorted(moments):
        raise Refused(f"{' is after '.join(given)}. Nothing lies in between.")
    return given
