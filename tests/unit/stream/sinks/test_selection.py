# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.selection import Selection
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Run


def event(number: int, **fields: Any) -> bytes:
    return json.dumps({"kind": "event", "key": str(number), "event": fields}).encode() + b"\n"


EVENTS = [
    event(1, event_type_id=1, severity="High", group_guids=["g1", "g2"]),
    event(2, event_type_id=2, severity="Low", group_guids=["g2"]),
    event(3, event_type_id=2),
    event(4, event_type_id="2", severity=7, group_guids="g1"),
]
RUN = Run(10, 4, "event", b"".join(EVENTS))


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), [1, 2, 3, 4]),
        (Selection(event_types=frozenset({2})), [2, 3]),
        (Selection(severities=frozenset({"High", "Critical"})), [1]),
        (Selection(groups=frozenset({"g1"})), [1]),
        (Selection(event_types=frozenset({2}), groups=frozenset({"g2"})), [2]),
        (Selection(kinds=frozenset({"incident"})), []),
    ],
)
def test_what_passes_keeps_its_number_and_its_bytes(selection: Selection, wanted: list[int]) -> None:
    assert selection.lines(RUN) == b"".join(EVENTS[number - 1] for number in wanted)
    assert [(one.number, one.line) for one in selection.records(RUN)] == [
        (9 + number, EVENTS[number - 1]) for number in wanted
    ]


def test_severity_filters_detections_and_incidents_too() -> None:
    lines = [b'{"kind":"incident","severity":"High"}\n', b'{"kind":"incident","severity":null}\n']
    selection = Selection(frozenset({"incident"}), severities=frozenset({"High"}), event_types=frozenset({1}))
    assert selection.lines(Run(1, 2, "incident", b"".join(lines))) == lines[0]


def test_excluded_fields_are_left_out_wherever_they_stand_and_nothing_else_changes() -> None:
    excluded = frozenset({"command_line", "user", "external_ip"})
    line = event(1, command_line={"arguments": "x"}, computer={"user": "me", "external_ip": "1.2.3.4", "hostname": "a"})
    kept = event(1, computer={"hostname": "a"})

    selection = Selection(exclude_fields=excluded)

    assert json.loads(selection.lines(Run(1, 1, "event", line))) == json.loads(kept)
    assert selection.records(Run(1, 1, "event", line))[0].line == selection.lines(Run(1, 1, "event", line))
