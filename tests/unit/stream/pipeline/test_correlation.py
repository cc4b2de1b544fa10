# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Live correlation on a real store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.event import Event, parse_event
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import DETECTED, NOW, QUARANTINED, body

SCAN = 554696714  # tells of no detection
SETTINGS = GroupingSettings(rules=["same_computer"], lateness=0)


def event(number: int, kind: int, *, seconds: int) -> Event:
    made = body(number, kind, detection=0, timestamp=NOW // 10**9 - 7200 + seconds)
    return parse_event(made, source="soc", received_ns=NOW)


@pytest.mark.parametrize("tell_final", [False, True])
def test_that_a_window_has_closed_is_told_where_asked_for_and_known_after_a_restart(
    tmp_path: Path, tell_final: bool
) -> None:
    store = Store(tmp_path)
    settings = replace(SETTINGS, tell_final=tell_final)
    correlation = Correlation(store, {}, ["incident"], settings)

    def told(*events: Event) -> list[tuple[int, str, str]]:
        first = store.next_number
        with store.transaction():
            correlation.feed("soc", "stream", events, NOW)
            correlation.save(NOW)
        lines = b"".join(run.lines for run in store.runs(first)).splitlines()
        return [(line["revision"], line["state"], line["outcome"]) for line in map(json.loads, lines)]

    assert told(event(1, DETECTED, seconds=0)) == []
    assert told(event(2, SCAN, seconds=1)) == [(1, "open", "detected")]
    assert told(event(3, SCAN, seconds=3600)) == ([(2, "final", "detected")] if tell_final else [])

    correlation = Correlation(store, {}, ["incident"], settings)
    assert told(event(4, SCAN, seconds=3601)) == []
    assert told(event(5, QUARANTINED, seconds=3602)) == [(3 if tell_final else 2, "final", "quarantined")]
    store.close()
