# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the entries that a task gives, and report everything that is wrong with them at once.

Pure but for reading the file that `src` names. Private to the collection.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..._api.errors import Refused
from ..._common.ids import is_sha256
from ..._common.text import printable, quoted
from .read import Entry

LARGEST_SOURCE = 64 * 1024 * 1024
KEYS = {"sha256", "description"}

Place = tuple[str, Any]
"""Where something stands, for a person to find it, and what stands there."""


def wanted_entries(entries: Sequence[Any] | None, src: str | None) -> list[Entry]:
    """Return the entries of `entries` or of the text file `src`, each SHA-256 once, in their order. Raises Refused.

    An entry is a SHA-256 or a dictionary of `sha256` and, if wanted, `description`. Blank ones are left out, any case
    is taken. A SHA-256 that comes several times may have one description only.
    """
    found: dict[str, Entry] = {}
    problems: list[str] = []
    for place, value in _lines(src) if src is not None else _items(entries or []):
        try:
            entry = _entry(value)
        except ValueError as error:
            problems.append(f"{place}: {error}")
            continue
        if entry is None:
            continue
        before = found.get(entry.sha256)
        if before and None not in (before.description, entry.description) and before.description != entry.description:
            problems.append(f"{place}: {entry.sha256} has another description than before")
        elif before is None or before.description is None:
            found[entry.sha256] = entry
    if problems:
        some = "entry is" if len(problems) == 1 else "entries are"
        raise Refused(f"{len(problems)} {some} wrong: {'; '.join(problems)}. Nothing was changed.")
    return list(found.values())


def _entry(value: Any) -> Entry | None:
    if value is None:
        return None
    description = None
    if isinstance(value, dict):
        unknown = sorted(map(str, value.keys() - KEYS))
        if unknown or "sha256" not in value:
            raise ValueError(
                "an entry is a SHA-256, or sha256 and description"
                + (f", not {printable(', '.join(unknown), 80)}" if unknown else "")
            )
        description, value = value.get("description"), value["sha256"]
        if description is not None and not isinstance(description, str):
            description = str(description)
    # Digits without quotes are a number to YAML, which has lost what was written.
    if not isinstance(value, str):
        raise ValueError(f"{quoted(value)} is {_kind(value)}, not a SHA-256 as text; put it in quotes")
    sha256 = value.strip().lower()
    if not sha256 and description is None:
        return None
    if not is_sha256(sha256):
        raise ValueError(f"{quoted(value)} is not a SHA-256 of 64 hexadecimal digits")
    return Entry(sha256, description)


def _items(entries: Iterable[Any]) -> Iterator[Place]:
    for number, value in enumerate(entries, 1):
        yield f"entry {number}", value


def _lines(src: str) -> Iterator[Place]:
    """Yield the lines of a text file; those that begin with # are comments."""
    path = os.path.expanduser(src)
    try:
        if os.path.getsize(path) > LARGEST_SOURCE:
            raise Refused(f"src: {path} is larger than {LARGEST_SOURCE // 1024 // 1024} MiB.")
        with open(path, encoding="utf-8-sig") as source:
            lines = source.read().splitlines()
    except UnicodeDecodeError as error:
        raise Refused(f"src: {path} is not text in UTF-8 (byte {error.start}).") from None
    except OSError as error:
        raise Refused(f"src: {path} cannot be read: {error.strerror}.") from None
    for number, line in enumerate(lines, 1):
        if not line.lstrip().startswith("#"):
            yield f"line {number}", line


def _kind(value: Any) -> str:
    return {type(None): "empty", bool: "a boolean", int: "a number", float: "a number", list: "a list"}.get(
        type(value), "something else"
    )
