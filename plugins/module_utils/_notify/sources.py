# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the incidents come from: the caller, the state folder of a consumer, or the JSON of a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .._api.errors import Refused
from .._common.text import printable
from .._events.incidents import Rule
from .._report.write import since_of
from .._stream.errors import StreamError
from .._stream.store.reading import read_since
from .notification import Record, health_of, incident_of

Given = Iterable[Mapping[str, Any]]


def read_given(incidents: Given, health: Given) -> list[Record]:
    """Return the records of lists. Raises Refused naming the place of what is none."""
    return [*_records("incidents", incidents, incident_of), *_records("health", health, health_of)]


def read_report(path: Path) -> list[Record]:
    """Return the incidents and the stopped protection of a report's JSON. Raises Refused."""
    try:
        report = json.loads(path.read_bytes())
        lists = report["incidents"], report["health"]
    except OSError as error:
        raise Refused(f"{printable(path)}: cannot be read: {printable(error.strerror or error)}.") from error
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Refused(f"{printable(path)}: is not the JSON of a report. Give the file beside the page.") from None
    return read_given(*lists)


def read_folder(folder: Path, since: str, rule: Rule, console: dict[str, str | None], now: int) -> list[Record]:
    """Return the incidents of a consumer's state folder, which may go on running. Raises Refused."""
    try:
        stored = read_since(folder, since_of(since, now), rule, console)
    except StreamError as error:
        raise Refused(f"{error}.") from error
    return read_given(stored.incidents, ())


def _records(name: str, given: Given, make: Callable[[Mapping[str, Any]], Record]) -> list[Record]:
    made = []
    for place, one in enumerate(given if isinstance(given, (list, tuple)) else [], start=1):
        try:
            made.append(make(one))
        except ValueError as error:
            raise Refused(f"{name}: item {place} {error}. Nothing was sent.") from None
    return made
