# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run found: the detections and incidents that it changed, with everything stored about them.

What is still dangerous stands first. Only the order of all of them is held in memory, the records are made as needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from .._events.detections import Detection, Links
from .._events.incidents import Incident
from .errors import OutputError, printable
from .findings import Findings
from .state_folder import reason_of, sync_folder

REPORT_NAME = "report.json"

Record = dict[str, Any]
Found = TypeVar("Found", Detection, Incident)
_CHUNK = 500


class Report(NamedTuple):
    """`detections` and `incidents` hold at most `limit` records; `path` has them all if there are more."""

    detections: list[Record]
    incidents: list[Record]
    counts: dict[str, int]
    path: str | None


def make_report(
    findings: Findings,
    detections: Collection[str],
    incidents: Collection[str],
    links: Mapping[str, Links],
    limit: int,
    folder: Path,
) -> Report:
    """The report about these keys of detections and ids of incidents. Raises OutputError."""
    first_detections = _ordered(findings.detections_of, detections, lambda one: (_is_contained(one), one.time, one.key))
    first_incidents = _ordered(findings.incidents_of, incidents, lambda one: (_is_contained(one), one.start, one.id))

    def all_detections() -> Iterator[Record]:
        return _records(findings.detections_of, first_detections, lambda one: one.key, links)

    def all_incidents() -> Iterator[Record]:
        return _records(findings.incidents_of, first_incidents, lambda one: one.id, links)

    counts = {"detections": len(first_detections), "incidents": len(first_incidents)}
    path = None
    if max(counts.values()) > limit:
        path = _save(folder / REPORT_NAME, {"detections": all_detections(), "incidents": all_incidents()})
    return Report(list(islice(all_detections(), limit)), list(islice(all_incidents(), limit)), counts, path)


def _is_contained(found: Detection | Incident) -> bool:
    members = found.members if isinstance(found, Incident) else [found]
    return all(member.outcome == "quarantined" for member in members)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


def _ordered(
    load: Callable[[Collection[str]], list[Found]],
    names: Collection[str],
    rank: Callable[[Found], tuple[bool, int, str]],
) -> list[str]:
    ranks = [rank(one) for chunk in _chunks(list(names)) for one in load(chunk)]
    return [name for _contained, _time, name in sorted(ranks)]


def _records(
    load: Callable[[Collection[str]], list[Found]],
    names: Sequence[str],
    name_of: Callable[[Found], str],
    links: Mapping[str, Links],
) -> Iterator[Record]:
    for chunk in _chunks(names):
        loaded = {name_of(one): one for one in load(chunk)}
        for name in chunk:
            one = loaded[name]
            yield one.record(links.get(one.source))


def _save(path: Path, lists: Mapping[str, Iterator[Record]]) -> str:
    """Under its name only when it is complete."""
    temporary = path.with_suffix(".new")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            for place, (name, records) in enumerate(lists.items()):
                file.write(("," if place else "{") + json.dumps(name) + ":[")
                for number, record in enumerate(records):
                    file.write((",\n" if number else "\n") + json.dumps(record))
                file.write("]")
            file.write("}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}") from error
    return str(path)
