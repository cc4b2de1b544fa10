# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run found: the detections and incidents that it changed, with everything stored about them.

What needs a person stands first, and all of that is reported: in the result, and in a file where there is more of it
(R5). The database puts them in order; a record is made when it is written.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..._common.json_text import compact
from ..._common.text import printable
from ..._events.detection_records import Links
from ..._events.detections import Detection
from ..._events.incidents import Incident
from ..errors import OutputError
from ..store.findings import Findings
from ..store.state_folder import reason_of, sync_folder

REPORT_NAME = "report.json"

Record = dict[str, Any]


class Report(NamedTuple):
    """`detections` and `incidents` hold at most `limit` records; `path` has all that need a person if they are more."""

    detections: list[Record]
    incidents: list[Record]
    counts: dict[str, int]
    path: str | None


def make_report(findings: Findings, links: Mapping[str, Links], limit: int, folder: Path) -> Report:
    """Make the report about what changed. Only what is returned or written is read, once. Raises OutputError."""
    counts = findings.changed()
    first: dict[str, list[Record]] = {"detections": [], "incidents": []}

    def records(name: str, found: Iterable[Detection] | Iterable[Incident]) -> Iterator[Record]:
        for one in found:
            record = one.record(links.get(one.source))
            if len(first[name]) < limit:
                first[name].append(record)
            yield record

    most = {name: max(limit, counts[f"{name}_need_person"]) for name in first}
    listed = {
        "detections": records("detections", findings.changed_detections(most["detections"])),
        "incidents": records("incidents", findings.changed_incidents(most["incidents"])),
    }
    path = None
    if max(most.values()) > limit:
        path = _save(folder / REPORT_NAME, listed)
    else:
        for found in listed.values():
            deque(found, maxlen=0)
    return Report(first["detections"], first["incidents"], counts, path)


def _save(path: Path, lists: Mapping[str, Iterator[Record]]) -> str:
    """Under its name only when it is complete."""
    temporary = path.with_suffix(".new")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            for place, (name, records) in enumerate(lists.items()):
                file.write(("," if place else "{") + json.dumps(name) + ":[")
                for number, record in enumerate(records):
                    file.write((",\n" if number else "\n") + compact(record))
                file.write("]")
            file.write("}\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}") from error
    return str(path)
