# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A power loss keeps what was synced and any part of what was not: what kill -9 cannot show.

The state is copied at every point where something became durable; then the log and the file lose any part of what was
written after their last sync. What was acknowledged must be there, and the next run must make the file whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._events.detection_records import Links
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.correlation import (
    Correlation,
    GroupingSettings,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.pipeline import Pipeline
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.pipeline.reading import CloudReader
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.receiving.inbox import Delivery
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.sinks.json_lines import JsonLines
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.dead_letters import DeadLetterFile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._stream.store.store import Store

from ..deliveries import FIRST_ID, NOW, Session, body, delivery, settings
from ..draining import numbers

BATCHES, SIZE = 6, 20


@dataclass
class Moment:
    """The disk as it was, what of it was synced, and how many events had been acknowledged."""

    folder: Path
    log_synced: int
    file_synced: int
    acknowledged: int


class Machine:
    """Processes batches and keeps a copy of the disk at each point."""

    def __init__(self, folder: Path, copies: Path) -> None:
        self.folder = folder
        self.copies = copies
        self.moments: list[Moment] = []
        self.log_synced = self.file_synced = self.acknowledged = 0

    def copy(self) -> None:
        """What the disk would hold if the power failed now, at best."""
        target = self.copies / str(len(self.moments))
        shutil.copytree(self.folder, target)
        self.moments.append(Moment(target, self.log_synced, self.file_synced, self.acknowledged))

    def acknowledge(self, batch: list[Delivery]) -> None:
        """Comes right after the commit: the log was synced, the file was not written yet."""
        self.log_synced = (self.folder / "events.sqlite-wal").stat().st_size
        self.acknowledged += len(batch)
        self.copy()


@contextmanager
def pipeline(folder: Path, acknowledge: object) -> Iterator[Pipeline]:
    store, letters, links = Store(folder), DeadLetterFile(folder), dict[str, Links]()
    output = JsonLines(folder / "events.jsonl", store)
    output.open()
    correlation = Correlation(store, links, ["event"], GroupingSettings())
    yield Pipeline(store, letters, [output], correlation, CloudReader(links), acknowledge, clock=lambda: NOW)  # type: ignore[arg-type]
    output.close()
    letters.close()
    store.close()


def batch(number: int) -> list[Delivery]:
    session = Session(settings(source="soc"))
    return [delivery(body(number * SIZE + place), session, tag=place) for place in range(SIZE)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    (tmp_path / "disk").mkdir()
    made = Machine(tmp_path / "disk", tmp_path / "copies")
    made.copies.mkdir()
    sync = os.fdatasync

    def synced(file: int) -> None:
        made.copy()  # written, not synced
        sync(file)
        made.file_synced = os.fstat(file).st_size
        made.copy()

    monkeypatch.setattr(os, "fdatasync", synced)
    with pipeline(made.folder, made.acknowledge) as running:
        for number in range(BATCHES):
            running.process(batch(number))
    monkeypatch.undo()
    return made


def lose(path: Path, synced: int, random: Random) -> None:
    """Any part of what was written after the last sync is gone."""
    if path.exists():
        size = path.stat().st_size
        os.truncate(path, random.randint(min(synced, size), size))


@pytest.mark.parametrize("seed", range(5))
def test_what_was_acknowledged_survives_and_the_next_run_makes_the_rest_whole(
    machine: Machine, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    assert len(machine.moments) == BATCHES * 3
    for moment in machine.moments:
        folder = tmp_path / "after"
        shutil.copytree(moment.folder, folder)
        lose(folder / "events.sqlite-wal", moment.log_synced, random)
        (folder / "events.sqlite-shm").unlink(missing_ok=True)  # rebuilt from the log
        _same_file(folder, moment.file_synced, random)
        with pipeline(folder, lambda _batch: None) as running:
            stored = running._store.next_number - 1
            assert stored >= moment.acknowledged
            for number in range(moment.acknowledged // SIZE, BATCHES):
                running.process(batch(number))
        assert numbers(folder) == [FIRST_ID + number for number in range(BATCHES * SIZE)]
        shutil.rmtree(folder)


def _same_file(folder: Path, synced: int, random: Random) -> None:
    """A copy is another file than the one that the store knows; here it stands for the same one."""
    path = folder / "events.jsonl"
    lose(path, synced, random)
    store = Store(folder)
    known = store.sink_place(f"json_lines:{path}")
    for name, following in store.sink_places().items():
        place = store.sink_place(name)
        if known is None and place is not None:
            status = path.stat()
            with store.transaction():
                told = place[1] | {"device": status.st_dev, "inode": status.st_ino}
                store.set_sink_place(f"json_lines:{path}", following, told)
    store.close()
