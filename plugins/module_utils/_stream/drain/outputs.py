# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one run in interval mode writes to: files in the caller's thread, receivers in threads of their own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from ..errors import OutputError, SettingsError
from ..service.settings import SinkSettings
from ..sinks.http import HttpDelivery
from ..sinks.json_lines import JsonLines
from ..sinks.runner import RemoteSink
from ..sinks.selection import Selection
from ..store.store import Kind, Store

END_SECONDS = 5.0


class Outputs:
    """Opened one by one; `stack` closes them, the receivers' places noted."""

    def __init__(self, store: Store, stack: ExitStack) -> None:
        self.files: list[JsonLines] = []
        self.remotes: list[RemoteSink] = []
        self.kinds: set[Kind] = set()
        self._store = store
        self._stack = stack

    def open_file(self, path: str | Path, selection: Selection) -> None:
        """The one file of `event_stream_drain`, known by its path."""
        self._add(JsonLines(path, self._store, selection), selection)

    def open_sink(self, settings: SinkSettings, folder: Path) -> None:
        """A sink of the configuration, known by its name."""
        if settings.path is not None:
            file = JsonLines(
                settings.path,
                self._store,
                settings.selection,
                settings.rotation,
                name=settings.name,
                oldest=settings.oldest,
            )
            self._add(file, settings.selection)
        elif settings.http is not None:
            delivery = HttpDelivery(settings.name, settings.http, folder)
            sink = RemoteSink(settings.name, self._store, settings.selection, delivery, oldest=settings.oldest)
            self.kinds |= settings.selection.kinds
            self.remotes.append(sink)
            self._stack.callback(self._end, sink)
            sink.start()
        else:
            raise SettingsError(f"{settings.name}: only the service can serve a sink of this type")

    def _add(self, file: JsonLines, selection: Selection) -> None:
        self.kinds |= selection.kinds
        file.open()
        self._stack.callback(file.close)
        self.files.append(file)

    def _end(self, sink: RemoteSink) -> None:
        sink.stop()
        sink.join(END_SECONDS)
        with self._store.transaction():
            sink.save(self._store)

    def needed(self) -> int:
        """The least record that an output has still to get."""
        return min([self._store.next_number, *(file.next for file in self.files), *(one.next for one in self.remotes)])

    def catch_up(self, patience: float) -> list[str]:
        """Wait for the receivers; what they do not take in time is told, and stays for the next run."""
        late = []
        for sink in self.remotes:
            sink.wake()
            try:
                sink.wait_for(self._store.next_number, patience)
            except OutputError as error:
                late.append(f"{error}. What it has not taken is sent by the next run")
        return late
