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
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ..._common.text import printable
from ..._events.detections import Detection, Links
from ..._events.incidents import Incident
from ..errors import OutputError
from ..store.findings import Findings
from ..store.state_folder import reason_of, sync_folder

REPORT_NAME = "report.json"

Record = dict[str, Any]
Found = TypeVar("Found", Detection, Incident)
Name = TypeVar("Name", str, int)
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
    incidents: Collection[int],
    links: Mapping[str, Links],
    limit: int,
    folder: Path,
) -> Report:
    """The report about these keys of detections and numbers of incidents. Raises OutputError."""
    first_detections = _ordered(findings.detections_of, detections, _key_of, _rank_of_detection)
    first_incidents = _ordered(findings.incidents_of, incidents, _number_of, _rank_of_incident)

    def all_detections() -> Iterator[Record]:
        return _records(findings.detections_of, first_detections, _key_of, links)

    def all_incidents() -> Iterator[Record]:
        return _records(findings.incidents_of, first_incidents, _number_of, links)

    counts = {"detections": len(first_detections), "incidents": len(first_incidents)}
    path = None
    if max(counts.values()) > limit:
        path = _save(folder / REPORT_NAME, {"detections": all_detections(), "incidents": all_incidents()})
    return Report(list(islice(all_detections(), limit)), list(islice(all_incidents(), limit)), counts, path)


def _key_of(detection: Detection) -> str:
    return detection.key


def _number_of(incident: Incident) -> int:
    return incident.number


def _is_contained(found: Detection | Incident) -> bool:
    members = found.members if isinstance(found, Incident) else [found]
    return all(member.outcome == "quarantined" for member in members)


def _chunks(names: Sequence[Name]) -> Iterator[Sequence[Name]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


def _rank_of_detection(one: Detection) -> tuple[bool, int, str]:
    return _is_contained(one), one.time, one.key


def _rank_of_incident(one: Incident) -> tuple[bool, int, str]:
    return _is_contained(one), one.start, one.id


def _ordered(
    load: Callable[[Collection[Name]], list[Found]],
    names: Collection[Name],
    name_of: Callable[[Found], Name],
    rank: Callable[[Found], tuple[bool, int, str]],
) -> list[Name]:
    ranks = [(rank(one), name_of(one)) for chunk in _chunks(list(names)) for one in load(chunk)]
    ranks.sort(key=itemgetter(0))
    return [name for _rank, name in ranks]


def _records(
    load: Callable[[Collection[Name]], list[Found]],
    names: Sequence[Name],
    name_of: Callable[[Found], Name],
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
