# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of a detection and of an incident are documented where they are returned, each in the same words.

They stand once, in event_stream_drain: documentation fragments do not carry RETURN, so
`UPDATE_GUIDES=1 pytest tests/unit/filter/test_record_fields.py` copies them into the filters, and writes the tables of
the guide anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.filter import correlate_detections, group_incidents
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import event_from_object
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event_types import (
    EVENT_TYPES,
    PROTECTION_STOPPED,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import (
    group_incidents as group,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.joining import correlate
from ansible_collections.ampops.secure_endpoint.plugins.modules import event_stream_drain

FIELDS = {"id": 1, "event_type_id": 1090519054, "detection_id": "d", "connector_guid": "c", "timestamp": 1}
DETECTIONS = correlate([event_from_object(FIELDS, source="soc", received_ns=10**18)])
RECORDS = {
    "detections": (correlate_detections, DETECTIONS[0].record()),
    "incidents": (group_incidents, group(DETECTIONS, "same_computer", 300)[0].record()),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_module_and_filter_document_exactly_the_fields_of_a_record(kind: str) -> None:
    plugin, record = RECORDS[kind]
    returned: dict[str, Any] = yaml.safe_load(event_stream_drain.RETURN)[kind]["contains"]

    assert list(returned) == list(record)
    if os.environ.get("UPDATE_GUIDES"):
        path = Path(plugin.__file__)
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(fields_of("_value", text), fields_of(kind, event_stream_drain.RETURN)), "utf-8")
    else:
        assert fields_of("_value", plugin.RETURN) == fields_of(kind, event_stream_drain.RETURN)


def fields_of(name: str, documentation: str) -> str:
    """The lines that document the fields of a returned value."""
    found = re.search(rf"^{name}:\n(?:  .*\n)*?  contains:\n((?:    .*\n)+)", documentation, re.MULTILINE)
    assert found is not None, name
    return found[1]


GUIDE = Path(event_stream_drain.__file__).resolve().parents[2] / "docs" / "docsite" / "rst" / "guide_incidents.rst"
CLASSES = {
    "detection": "Something hostile was seen on a computer.",
    "prevented": "The connector stopped it on the spot, so nothing is left to quarantine.",
    "indicator": "A behaviour was seen: every id from 1107296256 to 1107361791 that is not listed elsewhere.",
    "quarantined": "Decisive: the file is in quarantine.",
    "quarantine_failed": "Decisive: it is not.",
    "restored": "Decisive: it was taken out again.",
    "cleared": "Decisive: the cloud took its verdict back.",
    "other": "Everything else: stored and sent, never grouped.",
}
EXAMPLES = {"indicator": (1107296272, 1107296274, 1107296344), "other": (553648130, 554696714, 1107296279)}


def rst(rows: list[tuple[str, ...]]) -> str:
    head = ".. list-table::\n   :header-rows: 1\n   :widths: auto\n\n"
    return head + "".join(f"   * - {cells[0]}\n" + "".join(f"     - {cell}\n" for cell in cells[1:]) for cells in rows)


def classes_table() -> str:
    rows: list[tuple[str, ...]] = [("Class", "Meaning", "Event types")]
    for event_class, meaning in CLASSES.items():
        known = [one for one in EVENT_TYPES.values() if one.event_class == event_class]
        shown = [EVENT_TYPES[type_id] for type_id in EXAMPLES.get(event_class, ())] or known
        texts = [f"{one.id} {one.name}".removesuffix(f" {one.id}") for one in shown]
        rows.append((f"``{event_class}``", meaning, ", ".join(texts) + (" and others" if shown != known else "")))
    return rst(rows)


def fields_table(kind: str) -> str:
    contains = yaml.safe_load(event_stream_drain.RETURN)[kind]["contains"]
    rows: list[tuple[str, ...]] = [("Field", "Type", "Meaning")]
    for name, field in contains.items():
        text = field["description"] if isinstance(field["description"], str) else " ".join(field["description"])
        rows.append((f"``{name}``", field["type"], re.sub(r"[VC]\(([^)]*)\)", r"``\1``", text)))
    return rst(rows)


@pytest.mark.parametrize("name", ["classes", "detections", "incidents"])
def test_the_guide_has_the_tables_that_the_code_makes(name: str) -> None:
    table = classes_table() if name == "classes" else fields_table(name)
    text = GUIDE.read_text(encoding="utf-8")
    begin, end = f".. {name} begin\n", f".. {name} end\n"
    before, _begin, rest = text.partition(begin)
    shown, _end, after = rest.partition(end)
    if os.environ.get("UPDATE_GUIDES"):
        GUIDE.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")
    else:
        assert shown.strip() == table.strip()


def test_the_guide_names_every_event_type_of_protection_that_stopped() -> None:
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert [name for one in PROTECTION_STOPPED if (name := f"{one} {EVENT_TYPES[one].name}") not in text] == []
