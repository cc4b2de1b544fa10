# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Killed, cut off, out of space: after the next run every event is in the store and in the file exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.drain.interval import IntervalRun
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline import pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.state_folder import StateFolder
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..conftest import Stream, TestBroker
from ..deliveries import FIRST_ID, body
from ..draining import answer, child, drained, numbers, options
from ..proxy import Proxy

WaitFor = Callable[[Callable[[], object], str], None]
COUNT = 3000


def assert_nothing_lost_and_nothing_twice(folder: Path, count: int = COUNT) -> None:
    expected = {FIRST_ID + number for number in range(count)}
    assert Counter(numbers(folder)) == Counter(expected)
    store = Store(folder / "state")
    stored = sum(run.size for run in store.runs(1) if run.kind == "event")
    store.close()
    assert stored == count


@pytest.mark.parametrize(
    "point",
    [
        "before the commit",
        "before the acknowledgement",
        "before the file is written",
        "in the middle of a line",
        "after the file is synced",
        "before the last places are noted",
    ],
)
def test_a_kill_at_any_point_loses_nothing_and_writes_nothing_twice(
    stream: Stream, tmp_path: Path, wait_for: WaitFor, point: str
) -> None:
    stream.publish([body(number) for number in range(COUNT)])
    process = child(tmp_path, stream.settings, die_at={point: 1 if point.startswith("before the last") else 2})
    assert answer(process) == {}
    assert process.returncode == -signal.SIGKILL
    wait_for(partial(_is_left, stream), LEFT)

    drained(tmp_path, stream.settings)

    assert_nothing_lost_and_nothing_twice(tmp_path)
    assert stream.length() == 0


LEFT = "the connection of a killed drain to end: until then what it had fetched is in no queue"


def _is_left(stream: Stream) -> bool:
    return stream.consumers() == 0


def _has_come_to(process: subprocess.Popen[str], output: Path, size: int) -> bool:
    return process.poll() is not None or (output.exists() and output.stat().st_size > size)


def test_kills_from_outside_at_any_moment(stream: Stream, tmp_path: Path, wait_for: WaitFor) -> None:
    stream.publish([body(number) for number in range(COUNT)])
    output = tmp_path / "events.jsonl"
    for share in (1, 2, 3):
        process = child(tmp_path, stream.settings)
        wanted = len(body(0)) * COUNT * share // 5
        wait_for(partial(_has_come_to, process, output, wanted), "some progress")
        process.kill()
        answer(process)
        wait_for(partial(_is_left, stream), LEFT)

    drained(tmp_path, stream.settings)
    assert_nothing_lost_and_nothing_twice(tmp_path)


def test_a_broker_that_dies_in_mid_drain_costs_nothing_but_a_second_run(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = broker.stream(prefetch=200)
    stream.publish([body(number) for number in range(COUNT)])
    process, batches = pipeline.Pipeline.process, []

    def process_and_stop_the_broker(self: pipeline.Pipeline, batch: list[pipeline.Delivery]) -> None:
        batches.append(len(batch))
        if len(batches) == 2:
            broker.rabbit.node.command("kill")
        process(self, batch)

    monkeypatch.setattr(pipeline.Pipeline, "process", process_and_stop_the_broker)
    run = IntervalRun(options(tmp_path, stream.settings))
    result = run.drain()
    monkeypatch.undo()
    broker.restart()

    assert result["stopped_by"] == "error"
    assert run.failures
    assert 0 < result["events"] < COUNT
    drained(tmp_path, stream.settings)
    assert_nothing_lost_and_nothing_twice(tmp_path)
    stream.remove()


def test_a_connection_that_is_closed_in_mid_drain_is_told_and_the_other_stream_goes_on(
    broker: TestBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, other = broker.stream(prefetch=100), broker.stream()
    host, port = broker.rabbit.address
    cut.publish([body(number) for number in range(1000)])
    other.publish([body(number) for number in range(1000, 1200)])
    process = pipeline.Pipeline.process
    with Proxy(host, port) as proxy:

        def process_and_cut(self: pipeline.Pipeline, batch: list[pipeline.Delivery]) -> None:
            process(self, batch)
            proxy.cut()

        monkeypatch.setattr(pipeline.Pipeline, "process", process_and_cut)
        run = IntervalRun(options(tmp_path, replace(cut.settings, port=proxy.port), other.settings))
        result = run.drain()
        monkeypatch.undo()

    assert [stream["error"] is None for stream in result["streams"]] == [False, True]
    assert result["streams"][1]["events"] == 200
    drained(tmp_path, cut.settings, other.settings)
    assert_nothing_lost_and_nothing_twice(tmp_path, 1200)
    for stream in (cut, other):
        stream.remove()


def test_a_full_disk_stops_the_drain_and_loses_nothing(stream: Stream, tmp_path: Path) -> None:
    """The largest file that the process may write ends within a batch: the same failing write, without a disk."""
    stream.publish([body(number) for number in range(COUNT)])
    process = child(tmp_path, stream.settings, file_limit=1_000_000)
    said = answer(process)
    assert said["kind"] in ("StoreError", "OutputError")
    assert "cannot be written" in said["error"]

    drained(tmp_path, stream.settings)
    assert_nothing_lost_and_nothing_twice(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
@pytest.mark.parametrize("full", ["state", "output"])
def test_a_full_file_system_is_told_as_that(stream: Stream, tmp_path: Path, full: str) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let us mount")
    stream.publish([body(number) for number in range(COUNT)])
    places = {"state_dir": str(small / "state")} if full == "state" else {"output_path": str(small / "events.jsonl")}
    try:
        said = answer(child(tmp_path, stream.settings, **places))
        assert "the disk is full; make room and start again, the events wait in the queue" in said["error"]
        subprocess.run(["mount", "-o", "remount,size=100m", str(small)], check=True)
        result = drained(tmp_path, stream.settings, **places)
        assert result["streams"][0]["error"] is None
        for target in ("state", "events.jsonl"):
            if (small / target).exists():
                subprocess.run(["cp", "-a", str(small / target), str(tmp_path)], check=True)
        assert_nothing_lost_and_nothing_twice(tmp_path)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_two_consumers_with_one_state_folder_are_told(stream: Stream, tmp_path: Path) -> None:
    stream.publish([body(0)])
    folder = StateFolder(tmp_path / "state")
    said = answer(child(tmp_path, stream.settings))
    folder.release()
    assert said["kind"] == "StateFolderInUse"
    assert f"process {os.getpid()} on " in said["error"]
