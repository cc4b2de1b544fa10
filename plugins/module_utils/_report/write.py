# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a report: reads events and computers from the API, a state folder or JSON Lines, and writes the three files."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any

from .._api.client import Client
from .._api.errors import Refused
from .._api.options import ENVIRONMENT, ConnectionOptions
from .._api.regions import region_of
from .._common.text import printable, quoted
from .._common.time import SECOND, iso_time, moment_of
from .._events.detection_records import Links, Record
from .._job_container import ephemeral_reason
from .._pivot import PivotError, record_links
from .._resources._shared.tenant import Tenant
from .._resources.computer.read import ComputerFilter, read_computers
from .._resources.event.read import read_events
from .._stream.errors import StreamError
from .._stream.store.reading import read_since
from .charts import has_charts
from .csv_file import write_csv
from .files import ReportError, Writer, write_all
from .findings import Findings, Grouping, from_store, gather
from .fleet import Fleet, survey
from .json_file import write_json
from .page import JINJA_MISSING, write_page
from .report import Report

Options = Mapping[str, Any]

LISTED = 100  # incidents in the task's result
LONGEST_LINE = 8 * 1024 * 1024
_NEEDED = frozenset(
    (
        *("key", "id", "source", "rule", "time", "first_time", "last_time", "outcome", "needs_person", "severity"),
        *("totals", "pivot_urls", "event_ids", "detections"),
    )
)
_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_AGO = re.compile(r"([0-9]{1,6}) ?([mhdw])").fullmatch


def connection_of(options: Options) -> ConnectionOptions:
    """Return how to reach the tenant; without credentials where nothing is asked of it."""
    if _asks(options):
        return ConnectionOptions.parse(options)
    return ConnectionOptions(api_host="", client_id="", api_key="")


def _asks(options: Options) -> bool:
    return _is_online(options) or _reads_fleet(options)


def _is_online(options: Options) -> bool:
    """Return whether the events come from the API."""
    return not options["state_dir"] and not options["events_paths"]


def _reads_fleet(options: Options) -> bool:
    if options["computers_path"]:
        return False
    return bool(options["fleet"] == "read" or (options["fleet"] == "auto" and _is_online(options)))


def make_report(tenant: Tenant, options: Options) -> dict[str, Any]:
    """Run the module `report`: write the page, the CSV and the JSON; in check mode, read and write nothing."""
    paths = _paths(options)
    now = time.time_ns()
    report = _read(tenant, options, now)
    names = {kind: path.name for kind, path in paths.items()}
    writers: dict[Path, Writer] = {
        paths["csv"]: partial(write_csv, report),
        paths["json"]: partial(write_json, report),
        paths["html"]: lambda file: _write_pieces(file, write_page(report, names)),
    }
    result = {
        "changed": True,
        **{f"{kind}_path": str(path) for kind, path in paths.items()},
        "counts": report.counts,
        "since": report.since,
        "origin": report.origin,
        "incidents": report.urgent[:LISTED],
        "health": report.findings.health[:LISTED],
        "computers": report.fleet.troubled[:LISTED] if report.fleet else [],
        "charts": has_charts(),
        "notes": report.notes,
    }
    if not tenant.check_mode:
        try:
            write_all(writers)
        except ReportError as error:
            raise Refused(str(error), {**result, "changed": False}) from error
    return result


def _write_pieces(file: IO[str], pieces: Iterator[str]) -> None:
    for piece in pieces:
        file.write(piece)


def _paths(options: Options) -> dict[str, Path]:
    html = Path(options["path"]).absolute()
    if html.suffix.lower() not in (".html", ".htm"):
        raise Refused(f"path must end in .html, {quoted(html.name)} does not. The CSV and the JSON are put beside it.")
    if not html.parent.is_dir():
        raise Refused(f"{printable(html.parent)}: there is no such folder for the report. Create it.")
    if JINJA_MISSING is not None:
        raise Refused(
            "The Python library jinja2 is missing in this interpreter. Run the task with the interpreter of Ansible,"
            " which has it: ansible_python_interpreter: '{{ ansible_playbook_python }}'."
        )
    reason = None if options["allow_ephemeral"] else ephemeral_reason(str(html.parent))
    if reason:
        raise Refused(f"path: {reason}. Give a folder on a volume, or set allow_ephemeral if another task takes it on.")
    return {"html": html, "csv": html.with_suffix(".csv"), "json": html.with_suffix(".json")}


def since_of(text: str, now: int) -> int:
    """Return the time that `12h`, `7d` or an ISO date means, in nanoseconds. Raises Refused."""
    ago = _AGO(text.strip().lower())
    if ago:
        return max(0, now - int(ago[1]) * _UNITS[ago[2]] * SECOND)
    try:
        return int(moment_of(text).timestamp()) * SECOND
    except (ValueError, OverflowError):
        raise Refused(
            f"since must be a time ago such as 30m, 12h, 7d or 2w, or a date such as 2026-01-31 or"
            f" 2026-01-31T20:00:00Z, not {quoted(text, 40)}."
        ) from None


def _read(tenant: Tenant, options: Options, now: int) -> Report:
    since = since_of(options["since"], now)
    console = console_of(options, os.environ)
    try:
        links = record_links(**console)
    except PivotError as error:
        raise Refused(f"{error}.") from error
    notes: list[str] = []
    grouping = Grouping(options["rule"], options["window_seconds"])
    if options["state_dir"]:
        findings, origin = _from_folder(Path(options["state_dir"]), since, grouping, console, links), "a state folder"
    elif options["events_paths"]:
        lines = (line for path in options["events_paths"] for line in read_lines(Path(path)))
        findings, origin = gather(lines, since, now, grouping, links), "JSON Lines"
    else:
        listing = read_events(tenant.client, {"start_date": iso_time(since)[:19] + "+00:00"})
        if listing.warning:
            notes.append(listing.warning)
        findings, origin = gather(listing.records, since, now, grouping, links), "the API"
    if findings.unread:
        notes.append(f"{findings.unread:,} lines were neither events nor detections and are left out.")
    fleet = _fleet(tenant.client, options, now, findings, links, notes)
    without = _excluded(options)
    findings.detections = [_without(record, without) for record in findings.detections]
    findings.incidents = [_without(record, without) for record in findings.incidents]
    return Report(options["title"], iso_time(since), iso_time(now), origin, findings, fleet, options["coverage"], notes)


def console_of(options: Options, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return where the links lead: as told, else to the region or the private cloud of the connection, asked or not."""
    region, host = options["region"], options["api_host"]
    if not region and not host:
        region, host = (environ.get(ENVIRONMENT[name]) or None for name in ("region", "api_host"))
    region = region or (region_of(host) if host else None)
    return {"region": region, "console_host": options["console_host"] or (None if region else host)}


def _from_folder(
    folder: Path, since: int, grouping: Grouping, console: dict[str, str | None], links: Links
) -> Findings:
    try:
        stored = read_since(folder, since, grouping.rule, console)
    except StreamError as error:
        raise Refused(str(error)) from error
    return from_store(stored.detections, stored.incidents, links)


def _fleet(
    client: Client, options: Options, now: int, findings: Findings, links: Links, notes: list[str]
) -> Fleet | None:
    if options["computers_path"]:
        given = (line for line in read_lines(Path(options["computers_path"])) if isinstance(line, dict))
        return survey(given, now, options["stale_after"], findings.health, links)
    if not _reads_fleet(options):
        return None
    listing = read_computers(client, ComputerFilter())
    if listing.warning:
        notes.append(listing.warning)
    return survey(listing.records, now, options["stale_after"], findings.health, links)


def _excluded(options: Options) -> frozenset[str]:
    """Return the fields that are left out. Raises Refused for one that a report is made of."""
    fields = frozenset(options["exclude_fields"])
    needed = ", ".join(sorted(fields & _NEEDED))
    if needed:
        raise Refused(f"exclude_fields: a report needs {needed}.")
    return fields


def _without(record: Record, fields: frozenset[str]) -> Record:
    """Return the record without what must not be told (R6a), wherever in it that stands: empty, for the page's sake."""
    if not fields:
        return record
    return {name: _cleared(name, value, fields) for name, value in record.items()}


def _cleared(name: str, value: Any, fields: frozenset[str]) -> Any:
    if name in fields:
        return [] if isinstance(value, list) else None
    return _without(value, fields) if isinstance(value, dict) and name not in _NEEDED else value


def read_lines(path: Path) -> Iterator[object]:
    """Yield what each line of a file holds; None for one that is no JSON. Raises Refused."""
    try:
        with open(path, "rb") as file:
            while line := file.readline(LONGEST_LINE):
                if line.strip():
                    yield _decoded(line)
    except OSError as error:
        raise Refused(f"{printable(path)}: cannot be read: {printable(error.strerror or error)}.") from error


def _decoded(line: bytes) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
