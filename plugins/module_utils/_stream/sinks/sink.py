# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sink is: the contract of its file, the options that every sink has, and what it gets to open.

A sink sends records from the outbox to a destination. One file of this folder is one type of sink: NAME, DEFAULTS,
`parse` and `open`; registry.py lists them, opener.py opens them for the service, `drain`, `replay`, the module and the
rulebook's source. This folder imports the store, the broker's settings and the files beside it, never the service.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from ..broker.settings import StreamSettings
from ..errors import StreamError
from ..options import Options
from ..store.store import Run, Store
from .selection import Selected, Selection

COMMON_DEFAULTS: Mapping[str, Any] = {
    "kinds": ["event"],
    "event_types": [],
    "severities": [],
    "groups": [],
    "exclude_fields": [],
    "from": "now",
}
"""Options of every sink, besides `name` and `type`."""

REMOTE_DEFAULTS: Mapping[str, Any] = {"required": True, "max_lag": 1_000_000}
"""Options of every sink that delivers in a thread of its own: a type puts them into its DEFAULTS."""


class Interrupted(Exception):
    """The sink is to stop; the batch is delivered again after the next start."""


class NotTaken(StreamError):
    """The destination did not take records for now: they are sent again, after a pause that grows.

    `left` are the records to send again, None for all of the attempt; `retry_after` is the least pause in seconds.
    """

    def __init__(self, why: str, *, left: list[Selected] | None = None, retry_after: float = 0.0) -> None:
        super().__init__(why)
        self.left = left
        self.retry_after = retry_after


class Refused(NotTaken):
    """The destination takes nothing until a person changes something: an alarm.

    The records are sent again every minute, and within a second once `changed` returns True.
    """

    def __init__(
        self, why: str, *, left: list[Selected] | None = None, changed: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(why, left=left)
        self.changed = changed


class Sink(Protocol):
    """An open sink, as the pipeline drives it.

    Every method is called in the one thread that owns the store, never two at a time: `open` first; then, for each
    batch of messages, `save` within the transaction that stores the batch and `write` after its commit; `tick` every
    few seconds in between; `close` last. The attributes may be read from any thread.
    """

    sink: str
    """The name, under which the store keeps the sink's place."""
    next: int
    """The number of the first record that the destination does not have yet."""
    required: bool
    """Whether the outbox keeps what this sink has not got."""
    dropped: int
    """How many records were dropped since the start, because the sink is not required and was too far behind."""

    def open(self) -> None:
        """Find the place again. Raises OutputError where the destination is not as it was left."""

    def write(self, runs: Iterable[Run]) -> None:
        """Take what the last transaction put into the outbox.

        A file has it on disk when this returns. A remote sink wakes its thread and returns at once. Raises OutputError;
        then the consumer must stop, and the next start sorts out what was written.
        """

    def save(self) -> None:
        """Put the place into the store, within a transaction. What was not noted is compared or sent again."""

    def wait_for(self, following: int, patience: float) -> None:
        """Return when the destination has all records before `following`.

        Raises OutputError if it takes nothing for `patience` seconds.
        """

    def tick(self) -> None:
        """Do what is due by the clock, such as rotation. Raises OutputError."""

    def close(self) -> None:
        """Let go of the destination."""


@runtime_checkable
class Delivery(Protocol):
    """What a sink does with a batch of records. Inherit from it: only `deliver` has no default.

    Every method but `mask` is called in the sink's own thread, one at a time: `deliver` with each batch, in the order
    of the outbox and again with what was not taken, then `close` once. A batch holds 1 to `batch_records` records.
    After a crash, the batches since the last noted place come again: a destination gets each record at least once.
    """

    batch_records: int = 500
    poisoned: int = 0
    """How many records the destination refused for good since the start: dead letters of this sink."""

    def deliver(self, records: list[Selected], stopping: threading.Event, report: Callable[[str], None]) -> None:
        """Try once. Return when the destination has all of them, or they are dead letters of this sink.

        Raise NotTaken, or Refused where a person must act; any other exception counts as Refused. An attempt that may
        take longer than a few seconds looks at `stopping`, raises Interrupted once it is set, and reports what it waits
        for.
        """

    def mask(self, text: str) -> str:
        """Return `text` without this sink's secrets. Called with every message before it is cut, logged or shown."""
        return text

    def close(self) -> None:
        """Close connections and files."""
        return


class SinkType(Protocol):
    """One type of sink: a module of this folder, or an object with the same members."""

    NAME: str
    """The option `type`."""
    DEFAULTS: Mapping[str, Any]
    """Every option of its own with its default, or REQUIRED."""

    def parse(self, options: Options) -> Any:
        """Judge the options of one sink and return its settings. Raises SettingsError. Connect to nothing."""

    def open(self, settings: Any, opening: Opening) -> Delivery | Sink:
        """Make the sink from what `parse` returned, in the thread that owns the store. Connect when records come."""


@dataclass(frozen=True)
class SinkSettings:
    """One sink of a configuration. `own` is what its type made of its options."""

    name: str
    type: SinkType
    own: Any = None
    selection: Selection = Selection()  # noqa: RUF009 - it is frozen
    oldest: bool = False
    required: bool = True
    max_lag: int = REMOTE_DEFAULTS["max_lag"]


class Opening(NamedTuple):
    """What a type gets to open a sink: the sink's settings, the store, the state folder, and the streams consumed."""

    sink: SinkSettings
    store: Store
    folder: Path
    streams: Sequence[StreamSettings]
