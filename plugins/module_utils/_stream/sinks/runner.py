# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries the outbox to a remote sink in a thread of its own, so that a slow one never stops consuming (R13).

The thread only reads the store; how far it came is noted by the thread that owns the store, with `save`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Literal

from ..._common.text import printable
from ..backoff import Backoff
from ..errors import OutputError
from ..store.store import OutboxReader, Run, Store
from .attempts import Attempts
from .selection import Selected, Selection
from .sink import Delivery, Interrupted

IDLE_SECONDS = 1.0
BROKEN_SECONDS = 10.0  # after the outbox could not be read
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.2

State = Literal["waiting", "delivering", "retrying", "refused"]
"""`refused` is an alarm: the destination takes nothing until a person changes something."""


class RemoteSink(threading.Thread):
    """A sink with a thread of its own. See Sink.

    `required`: the outbox keeps what is not delivered. Otherwise the sink drops what is `max_lag` records behind.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        selection: Selection,
        delivery: Delivery,
        *,
        required: bool = True,
        max_lag: int = 1_000_000,
        oldest: bool = False,
        backoff: Backoff | None = None,
    ) -> None:
        super().__init__(name=f"sink {name}", daemon=True)
        known = store.sink_place(name)
        self._store = store
        self.sink = name
        self.required = required
        self.next = known[0] if known else (1 if oldest else store.next_number)
        self.delivered = 0
        self.dropped = 0
        self.errors = 0
        self.state: State = "waiting"
        self.problem = ""
        self._path: Path = store.path
        self._selection = selection
        self._delivery = delivery
        self._max_lag = max_lag
        self._stopping = threading.Event()
        self._more = threading.Event()
        self._progress = threading.Event()
        self._until = math.inf
        self._attempts = Attempts(delivery, self._stopping, self._report, backoff)
        self._saved = known[0] if known else 0

    def open(self) -> None:
        """Start the thread."""
        self.start()

    def save(self) -> None:
        """Put the place into the store, within a transaction."""
        following = self.next
        if following != self._saved:
            self._store.set_sink_place(self.sink, following, {})
            self._saved = following

    @property
    def poisoned(self) -> int:
        """Return how many records the destination refused for good."""
        return self._delivery.poisoned

    def write(self, runs: Iterable[Run] = ()) -> None:  # noqa: ARG002 - the thread reads them from the store
        """Wake the thread: there is more in the outbox."""
        self._more.set()

    def tick(self) -> None:
        """Do nothing: the thread keeps its own time."""

    def wait_for(self, following: int, patience: float) -> None:
        """Return when the destination has all records before `following`.

        Raises OutputError if it took nothing for `patience` seconds.
        """
        reached, until = self.next, time.monotonic() + patience
        while self.next < following:
            if self.next > reached:
                reached, until = self.next, time.monotonic() + patience
            elif time.monotonic() >= until:
                why = f": {self.problem}" if self.problem else ""
                raise OutputError(f"sink {self.sink} took nothing for {patience:g} seconds{why}")
            self._progress.wait(LOOK_SECONDS)
            self._progress.clear()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Tell the thread to end within so much time; a batch under way is delivered again after the next start."""
        self._until = min(self._until, time.monotonic() + seconds)
        self._stopping.set()
        self._more.set()

    def close(self) -> None:
        """End, and note the place. A thread that does not end in time is left behind: it only reads the store."""
        self.stop()
        if self.ident is None:
            self._delivery.close()
        else:
            self.join(max(0.0, self._until - time.monotonic()))
        with self._store.transaction():
            self.save()

    def run(self) -> None:
        """Carry records until the sink is to stop. Nothing ends the thread before that."""
        while not self._stopping.is_set():
            try:
                with closing(OutboxReader(self._path)) as reader:
                    self._follow(reader)
            except Interrupted:
                break
            except Exception as error:  # noqa: BLE001 - a sink must never take the consumer with it, nor end
                self._report(printable(f"{type(error).__name__}: {error}"), True)
                self._stopping.wait(BROKEN_SECONDS)
        self._delivery.close()

    def _follow(self, reader: OutboxReader) -> None:
        while not self._stopping.is_set():
            if not self._carry(reader):
                self.state, self.problem = "waiting", ""
                self._more.wait(IDLE_SECONDS)
                self._more.clear()

    def _carry(self, reader: OutboxReader) -> bool:
        """Carry what the next runs hold; return False if there is nothing."""
        self._drop_what_is_too_far_behind(reader)
        start = self.next
        records: list[Selected] = []
        following = start
        for run in reader.runs(start):
            records += self._selection.records(run)
            following = run.first + run.size
            if len(records) >= self._delivery.batch_records:
                break
        if following == start:
            return False
        for place in range(0, len(records), self._delivery.batch_records):
            batch = records[place : place + self._delivery.batch_records]
            self.state = "delivering"
            self._attempts.deliver(batch)
            self.delivered += len(batch)
            self.next = batch[-1].number + 1
            self.problem = ""
        self.next = following
        self.state = "waiting"
        self._progress.set()
        return True

    def _drop_what_is_too_far_behind(self, reader: OutboxReader) -> None:
        if self.required:
            return
        least = reader.next_number() - self._max_lag
        if self.next < least:
            self.dropped += least - self.next
            self.next = least

    def _report(self, why: str, alarm: bool) -> None:
        self.state = "refused" if alarm else "retrying"
        self.errors += 1
        self.problem = why
