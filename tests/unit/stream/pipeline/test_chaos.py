# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of the chaos suite (`make chaos` is the long one), and proof that its oracle sees what is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.incidents import RULES
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.drain import DrainResult, drain
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.registry import file_sink
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.state_folder import StateFolder
from chaos.load import Load
from chaos.oracle import Oracle
from chaos.storm import Plan, Storm

from ..conftest import Stream, TestBroker


def test_after_a_short_storm_every_event_is_there_exactly_once(broker: TestBroker, tmp_path: Path) -> None:
    figures = Storm(tmp_path, Plan(kills=4, seed=20261124, calm=True), broker.rabbit, broker.ca_path).run()
    assert figures.findings == [], figures
    assert figures.events > 500
    assert figures.happened["kill -9"] + figures.happened["disk full"] == 4


@pytest.fixture
def judged(stream: Stream, tmp_path: Path) -> Callable[[], list[str]]:
    """Drains a load in fair weather; gives the function that judges it."""
    load = Load(7)
    stream.publish(load.batch(300) + load.rest())
    folder = StateFolder(tmp_path / "state")
    grouping = GroupingSettings(rules=RULES, lateness=24 * 3600)
    result = drain(
        [stream.settings],
        folder,
        sinks=[file_sink(str(tmp_path / "events.jsonl"), ["event"])],
        grouping=grouping,
        flush=True,
    )
    folder.release()
    assert isinstance(result, DrainResult)
    oracle = Oracle(load.events, load.hostile, "soc", 300)

    def judge() -> list[str]:
        return [
            *oracle.judge_file([tmp_path / "events.jsonl"]),
            *oracle.judge_store(tmp_path / "state" / "events.sqlite"),
            *oracle.judge_dead_letters(tmp_path / "state" / "dead_letters.jsonl"),
        ]

    for record in result.report.detections:
        assert record["outcome"] == oracle.outcome(record["key"])
    return judge


def _rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def _execute(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "state" / "events.sqlite") as database:
        database.execute(statement)
    database.close()


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a lost line": (lambda folder: _rewrite(folder / "events.jsonl", lambda lines: lines[1:]), "not in the file"),
    "a line twice": (
        lambda folder: _rewrite(folder / "events.jsonl", lambda lines: [*lines, lines[0]]),
        "twice in the file",
    ),
    "a torn line": (
        lambda folder: _rewrite(folder / "events.jsonl", lambda lines: [*lines[:-1], lines[-1][:-1]]),
        "torn",
    ),
    "another body": (
        lambda folder: _rewrite(
            folder / "events.jsonl", lambda lines: [lines[0].replace(b'"id":"', b'"x":1,"id":"'), *lines[1:]]
        ),
        "another body",
    ),
    "a lost row": (lambda folder: _execute(folder, "DELETE FROM event WHERE number = 1"), "not in the store"),
    "a lost detection": (
        lambda folder: _execute(folder, "DELETE FROM detection WHERE key = (SELECT min(key) FROM detection)"),
        "detections are missing",
    ),
    "a lost incident": (
        lambda folder: _execute(folder, "DELETE FROM incident WHERE number = 1"),
        "an incident is missing",
    ),
    "a foreign member": (
        lambda folder: _execute(folder, "UPDATE incident SET members = '[\"x\"]' WHERE number = 1"),
        "has other detections",
    ),
    "a lost dead letter": (
        lambda folder: _rewrite(folder / "state" / "dead_letters.jsonl", lambda lines: lines[1:]),
        "hostile",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_oracle_sees(judged: Callable[[], list[str]], tmp_path: Path, damage: str) -> None:
    assert judged() == []
    harm, told = DAMAGES[damage]
    harm(tmp_path)
    assert any(told in finding for finding in judged()), json.dumps(judged())
