# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report: one HTML file that needs nothing else. Pure.

Every text comes from outside: Jinja escapes it, and `shown` makes visible what could turn or hide writing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from .._common.text import printable
from .._common.time import SECOND, time_of_iso
from .._events.judgement import SEVERITIES
from .charts import bars, has_charts, stacked_bars
from .report import MAX_DETECTIONS, Report
from .script import SCRIPT
from .style import STYLE
from .template import TEMPLATE

try:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    JINJA_MISSING: ImportError | None = None
except ImportError as error:
    JINJA_MISSING = error

WORST = 10  # incidents that the first screen shows
FIRST_ROWS = 200  # of a table that are laid out when the page is opened; a button shows the others


def write_page(report: Report, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the HTML in pieces. `names` has the names of the CSV and the JSON beside it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"shown": shown, "words": _words, "local": _local, "number": _number}
    days, outcomes = report.by_day()
    hours = sorted(report.findings.hours.items())
    stream = environment.from_string(TEMPLATE).stream(
        report=report,
        found=report.findings,
        fleet=report.fleet,
        counts=report.counts,
        worst=report.urgent[:WORST],
        days=days,
        outcomes=outcomes,
        hours=_hours_of(hours),
        outcome_chart=_own(stacked_bars("Detections by outcome and day", days, outcomes)),
        hour_chart=_own(bars("Events by hour", *_columns(hours))),
        charts_missing=not has_charts(),
        names=names,
        first_rows=FIRST_ROWS,
        max_detections=MAX_DETECTIONS,
        zone=datetime.now(timezone.utc).astimezone().strftime("%Z"),
        style=_own(STYLE),
        script=_own(SCRIPT),
        severities=SEVERITIES,
    )
    stream.enable_buffering(500)
    return iter(stream)


def _own(text: str) -> Markup:
    """Mark what we wrote, or an XML library escaped, as fit for the page."""
    return Markup(text)  # noqa: S704


def shown(text: object) -> str:
    """Return a text of an event as it may stand in a page."""
    return "" if text is None else printable(text, 500)


def _words(text: object) -> str:
    return shown(text).replace("_", " ")


def _number(value: int) -> str:
    return f"{value:,}"


@lru_cache(maxsize=4096)
def _local(text: str | None) -> str:
    """Return a time to the second in this machine's zone: what a page without script shows."""
    time = time_of_iso(text)
    moment = datetime.fromtimestamp(time // SECOND, timezone.utc).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S") if time else "unknown"


def _columns(hours: list[tuple[int, int]]) -> tuple[list[str], list[int]]:
    """Return a label and a value for every hour between the first and the last one."""
    if not hours:
        return [], []
    counted, step = dict(hours), 3600 * SECOND
    every = range(hours[0][0], hours[-1][0] + step, step)
    if len(every) > 24 * 31:  # beyond a month, hours are too many to draw
        every = range(hours[-1][0] - 24 * 30 * step, hours[-1][0] + step, step)
    moments = [datetime.fromtimestamp(hour // SECOND, timezone.utc).astimezone() for hour in every]
    return [moment.strftime("%m-%d %H:00") for moment in moments], [counted.get(hour, 0) for hour in every]


def _hours_of(hours: list[tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {"time": datetime.fromtimestamp(hour // SECOND, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "events": count}
        for hour, count in hours
    ]
