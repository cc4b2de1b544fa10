# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays out a table of plain text for people: what the filter `table` and the playbooks print. Pure.

Texts are untrusted: whatever a terminal would act on is escaped. There is no colour: a file holds what was on screen.
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone, tzinfo
from itertools import accumulate
from typing import Any, NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.time import SECOND, time_of_iso

GAP = "  "
CUT = "..."
LEAST_WIDTH = 16  # of a column that is cut: a shorter rest says nothing
LEAST_TIME = len("2026-01-02 03:04:05")
INDENT = 12  # what Ansible's own output puts around each line
DEFAULT_COLUMNS = 100


class Column(NamedTuple):
    """One column: its title, the fields that it joins, how it shows them, and how little it matters.

    On line 2 there are no columns: each text stands below the row, after its title.
    """

    title: str
    fields: Sequence[str]
    kind: str = "text"
    importance: int = 1
    line: int = 1


def width_of_screen() -> int:
    """Return how many characters a line of a task's output may have."""
    columns = shutil.get_terminal_size((DEFAULT_COLUMNS, 24)).columns if "COLUMNS" in os.environ else _columns()
    return max(40, columns - INDENT)


def _columns() -> int:
    for descriptor in (1, 2, 0):
        try:
            return os.get_terminal_size(descriptor).columns or DEFAULT_COLUMNS
        except OSError:
            continue
    return DEFAULT_COLUMNS


def lay_out(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    *,
    width: int,
    below: str | None = None,
    nothing: str = "none",
    zone: tzinfo | None = None,
) -> list[str]:
    """Return the lines of a table: titles, then each row with what stands `below` it; `nothing` where there is no row.

    Columns without any text are left out. Where there is too little room, the least important columns are left out, and
    what is left is cut.
    """
    if not rows:
        return [nothing]
    cells = {column: [_shown(column, row, zone) for row in rows] for column in columns}
    titles = {column: _title(column, zone) for column in columns if any(cells[column])}
    widths = _widths({one: [title, *cells[one]] for one, title in titles.items() if one.line == 1}, width)
    lines = [_line((titles[column], widths[column]) for column in widths)] if widths else []
    for place, row in enumerate(rows):
        lines += [_line((cells[column][place], widths[column]) for column in widths)] if widths else []
        second = {one: f"{title}: {cells[one][place]}" for one, title in titles.items() if one.line == 2}
        lines += _second_line({column: text for column, text in second.items() if cells[column][place]}, width)
        link = _link(_value(row, below), width - len(GAP)) if below else ""
        if link:
            lines.append(GAP + link)
    return lines


def _second_line(texts: Mapping[Column, str], width: int) -> list[str]:
    """Return the line of what stands below a row, after its title; none where there is nothing."""
    widths = _widths({column: [text] for column, text in texts.items()}, width - len(GAP))
    return [GAP + GAP.join(fit(texts[column], room) for column, room in widths.items())] if widths else []


def _widths(cells: Mapping[Column, Sequence[str]], width: int) -> dict[Column, int]:
    """Return the width of each column that there is room for, in their order."""
    wanted = {column: min(width, max(map(width_of, texts))) for column, texts in cells.items()}
    least = {column: min(wanted[column], LEAST_TIME if column.kind == "time" else LEAST_WIDTH) for column in wanted}
    kept = list(wanted)
    if not kept:
        return {}
    while len(kept) > 1 and _total([least[column] for column in kept]) > width:
        kept.remove(max(reversed(kept), key=lambda column: column.importance))
    widths = {column: wanted[column] for column in kept}
    by_importance = sorted(kept, key=lambda column: (-column.importance, -kept.index(column)))
    first = [column for column in kept if column.importance == by_importance[-1].importance]
    for columns in ([column for column in by_importance if column not in first], by_importance):
        for share in (2, 1):
            for column in columns:
                over = max(0, _total(list(widths.values())) - width)
                widths[column] = max(min(widths[column], share * least[column]), widths[column] - over)
    return widths


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _line(cells: Iterable[tuple[str, int]]) -> str:
    return GAP.join(_padded(text, width) for text, width in cells).rstrip()


def _padded(text: str, width: int) -> str:
    fitted = fit(text, width)
    return fitted + " " * (width - width_of(fitted))


def fit(text: str, width: int) -> str:
    """Return the text, cut to the width that it takes on a screen."""
    if width_of(text) <= width:
        return text
    room = max(0, width - len(CUT))
    ends = accumulate(map(_width_of_character, text))
    return "".join(character for character, end in zip(text, ends, strict=True) if end <= room) + CUT[:width]


def width_of(text: str) -> int:
    """Return how many places a text takes on a screen: two for each character of East Asian width."""
    return len(text) if text.isascii() else sum(map(_width_of_character, text))


def _width_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _value(row: Mapping[str, Any], path: str) -> Any:
    """Return what stands under a dotted name, None where nothing does."""
    found: Any = row
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _shown(column: Column, row: Mapping[str, Any], zone: tzinfo | None) -> str:
    texts = (_text(_value(row, field), column.kind, zone) for field in column.fields)
    return ": ".join(text for text in texts if text)


def _text(value: Any, kind: str, zone: tzinfo | None) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(one, kind, zone) for one in value)
    if kind == "time":
        return _local(str(value), zone)
    text = printable(value)
    return text.replace("_", " ") if kind == "words" else text


def _local(text: str, zone: tzinfo | None) -> str:
    """Return a time to the second in the zone of who reads it."""
    time = time_of_iso(text)
    if not time:
        return printable(text)
    return datetime.fromtimestamp(time // SECOND, timezone.utc).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _title(column: Column, zone: tzinfo | None) -> str:
    title = printable(column.title)
    return f"{title} ({datetime.now(timezone.utc).astimezone(zone).strftime('%Z')})" if column.kind == "time" else title


def _link(value: Any, width: int) -> str:
    """Return one link: the first one, without what leads to the event within the page where that has no room."""
    links = list(value.values()) if isinstance(value, Mapping) else [value]
    link = next((printable(one, 2000) for one in links if one), "")
    return link if len(link) <= width else link.partition("?")[0]
