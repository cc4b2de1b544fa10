# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the sinks of one run: the same for the service, `drain`, `replay`, the module and the rulebook's source."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from ..broker.settings import StreamSettings
from ..errors import OutputError
from ..store.store import Store
from .runner import STOP_SECONDS, RemoteSink
from .sink import Delivery, Opening, Sink, SinkSettings


@dataclass
class OpenSinks:
    """Files are written by the thread that owns the store; remote sinks have a thread each."""

    sinks: list[Sink] = field(default_factory=list)

    def needed(self, following: int) -> int:
        """Return the number of the first record that a required sink has not got; `following` if there is none."""
        return min([following, *(one.next for one in self.sinks if one.required)])

    def catch_up(self, following: int, patience: float) -> list[str]:
        """Wait until the destinations have all records before `following`.

        Return the required sinks whose destination took nothing for `patience` seconds, each with the reason.
        """
        late = []
        for sink in self.sinks:
            sink.write(())
            try:
                sink.wait_for(following, patience)
            except OutputError as error:
                if sink.required:
                    late.append(f"{error}. What it has not taken is sent by the next run")
        return late

    def drops(self) -> list[str]:
        """Return the sinks for which records were dropped, each with their number."""
        return [
            f"sink {one.sink}: {one.dropped} records were dropped, because it was more than max_lag records behind"
            for one in self.sinks
            if one.dropped
        ]

    def close(self, seconds: float = STOP_SECONDS) -> None:
        """Close the files, stop the remote sinks within `seconds` altogether, and note their places."""
        for sink in self.sinks:
            if isinstance(sink, RemoteSink):
                sink.stop(seconds)
        for sink in self.sinks:
            sink.close()


def open_sinks(
    sinks: Sequence[SinkSettings],
    store: Store,
    folder: Path,
    streams: Sequence[StreamSettings],
    stack: ExitStack,
    stop_seconds: float = STOP_SECONDS,
) -> OpenSinks:
    """Open all sinks; `stack` closes them, and their places are noted within `stop_seconds`.

    Files come first: one that is not as it was left ends the start before anything is sent. Raises OutputError.
    """
    made = [_made(one, store, folder, streams) for one in sinks]
    opened = OpenSinks()
    stack.callback(opened.close, stop_seconds)
    for sink in sorted(made, key=lambda one: isinstance(one, RemoteSink)):
        opened.sinks.append(sink)
        sink.open()
    return opened


def _made(settings: SinkSettings, store: Store, folder: Path, streams: Sequence[StreamSettings]) -> Sink:
    made = settings.type.open(settings.own, Opening(settings, store, folder, streams))
    if not isinstance(made, Delivery):
        return made
    return RemoteSink(
        settings.name,
        store,
        settings.selection,
        made,
        required=settings.required,
        max_lag=settings.max_lag,
        oldest=settings.oldest,
    )
