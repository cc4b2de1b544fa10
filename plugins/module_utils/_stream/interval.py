# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode: options in, one run over all streams, a record out. What `event_stream_drain` does."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._events.detections import Links
from .._job_container import ephemeral_reason
from .._pivot import PivotError, record_links
from .connection import tls_context
from .consumer import DrainResult, StreamResult, drain, probe
from .errors import OutputError, SettingsError, printable
from .report import Report
from .settings import StreamSettings, stream_settings
from .state_folder import StateFolder, reason_of, sync_folder

REPORT_NAME = "report.json"
_COUNTS = ("received", "events", "duplicates", "conflicts", "dead_letters")


class IntervalRun:
    """Judges the options at once (SettingsError); then `look` or `drain`, which fill `warnings` and `failures`.

    `options` are those of the module, with None for what is not given.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.warnings: list[str] = []
        self.failures: list[str] = []
        self._options = options
        self._streams = [
            stream_settings(stream, f"streams[{place}]") for place, stream in enumerate(options["streams"])
        ]
        self._links = [_links(settings, f"streams[{place}]") for place, settings in enumerate(self._streams)]
        self._check()

    def _check(self) -> None:
        if not self._streams:
            raise SettingsError("streams: is empty; give the streams to consume")
        queues = [(one.host, one.port, one.vhost, one.queue_name) for one in self._streams]
        twice = next((one for one in self._streams if queues.count(queues[self._streams.index(one)]) > 1), None)
        if twice is not None:
            raise SettingsError(f"streams: {twice.name} is given twice; its events would be split between the two")
        for key in ("max_events", "max_seconds", "window_seconds", "limit"):
            value = self._options[key]
            if value is not None and value < (0 if key == "limit" else 1):
                raise SettingsError(f"{key}: {value} is too small; give {0 if key == 'limit' else 1} or more")
        if self._options["ack"] == "after_sinks" and not self._options["output_path"]:
            raise SettingsError("ack: after_sinks needs output_path, for there is no other output to wait for")
        if not self._options["rules"]:
            raise SettingsError("rules: is empty; give at least one, or leave it out for all")
        for place, settings in enumerate(self._streams):
            tls_context(settings.ca_path, f"streams[{place}]")
        self._check_it_lasts()

    def _check_it_lasts(self) -> None:
        if self._options["allow_ephemeral"]:
            return
        for key in ("state_dir", "output_path"):
            path = self._options[key]
            reason = ephemeral_reason(path) if path else None
            if reason:
                raise SettingsError(
                    f"{key}: {printable(path)}: {reason}; the drained events would be lost."
                    " Give a folder on a mounted volume, or allow_ephemeral: true if that is meant"
                )

    def look(self) -> dict[str, Any]:
        """Check mode: what waits (R29)."""
        results = probe(self._streams)
        self._judge(results)
        return {
            "changed": any(result.messages for result in results),
            "streams": [_stream_record(result) for result in results],
        }

    def drain(self) -> dict[str, Any]:
        """Consume, store, correlate."""
        options = self._options
        folder = StateFolder(options["state_dir"])
        try:
            result = drain(
                self._streams,
                folder,
                output_path=options["output_path"],
                max_events=options["max_events"],
                max_seconds=options["max_seconds"],
                ack_after_output=options["ack"] == "after_sinks",
                rules=options["rules"],
                window_seconds=options["window_seconds"],
                links=self._links,
            )
            self._judge(result.streams)
            return self._record(result, folder)
        finally:
            folder.release()

    def _judge(self, results: list[StreamResult]) -> None:
        for result in results:
            if result.error is not None:
                self.failures.append(str(result.error))
            if result.other_consumers:
                self.warnings.append(
                    f"{result.settings.name}: {result.other_consumers} other consumer(s) take events from this queue;"
                    " the cloud splits the events between consumers, so that each sees only a part of them"
                )

    def _record(self, result: DrainResult, folder: StateFolder) -> dict[str, Any]:
        totals = {name: sum(stream.counts[name] for stream in result.streams) for name in _COUNTS}
        report, limit = result.report, self._options["limit"]
        record: dict[str, Any] = {
            "changed": totals["received"] > 0,
            **totals,
            "stopped_by": result.stopped_by,
            "streams": [_stream_record(stream) for stream in result.streams],
            "detections": report.detections[:limit],
            "incidents": report.incidents[:limit],
            "counts": {"detections": len(report.detections), "incidents": len(report.incidents)},
        }
        if totals["dead_letters"]:
            record["dead_letters_path"] = str(result.dead_letters_path)
        if max(record["counts"].values()) > limit:
            record["report_path"] = _save(report, folder.path)
        return record


def _links(settings: StreamSettings, where: str) -> Links:
    try:
        return record_links(settings.region, settings.console_host)
    except PivotError as error:
        raise SettingsError(f"{where}: {error}") from None


def _stream_record(result: StreamResult) -> dict[str, Any]:
    return {
        "name": result.settings.name,
        "messages": result.messages,
        "other_consumers": result.other_consumers,
        **{name: result.counts[name] for name in _COUNTS},
        "error": None if result.error is None else str(result.error),
    }


def _save(report: Report, folder: Path) -> str:
    """The whole report, under its name only when it is complete."""
    path, temporary = folder / REPORT_NAME, folder / (REPORT_NAME + ".new")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(report._asdict(), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(folder)
    except OSError as error:
        raise OutputError(f"{printable(path)}: cannot be written: {reason_of(error)}") from error
    return str(path)
