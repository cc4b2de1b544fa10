# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode: options in, one run over all streams, a record out. What `event_stream_drain` does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._job_container import ephemeral_reason
from .._pivot import PivotError, record_links
from .connection import tls_context
from .consumer import DrainResult, StreamResult, drain, probe
from .correlation import GroupingSettings
from .errors import SettingsError, printable
from .settings import StreamSettings, stream_settings
from .state_folder import StateFolder

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
        self._check()

    def _check(self) -> None:
        if not self._streams:
            raise SettingsError("streams: is empty; give the streams to consume")
        queues = [(one.host, one.port, one.vhost, one.queue_name) for one in self._streams]
        twice = next((one for one in self._streams if queues.count(queues[self._streams.index(one)]) > 1), None)
        if twice is not None:
            raise SettingsError(f"streams: {twice.name} is given twice; its events would be split between the two")
        least = {"max_events": 1, "max_seconds": 1, "window_seconds": 1, "lateness_seconds": 0, "limit": 0}
        for key, low in least.items():
            value = self._options[key]
            if value is not None and value < low:
                raise SettingsError(f"{key}: {value} is too small; give {low} or more")
        if self._options["ack"] == "after_sinks" and not self._options["output_path"]:
            raise SettingsError("ack: after_sinks needs output_path, for there is no other output to wait for")
        for key in ("rules", "output_kinds"):
            if not self._options[key]:
                raise SettingsError(f"{key}: is empty; give at least one, or leave it out for the default")
        for place, settings in enumerate(self._streams):
            _check_console(settings, f"streams[{place}]")
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
                output_kinds=options["output_kinds"],
                grouping=GroupingSettings(options["rules"], options["window_seconds"], options["lateness_seconds"]),
                flush=options["flush"],
                limit=options["limit"],
            )
            self._judge(result.streams)
            return self._record(result)
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

    def _record(self, result: DrainResult) -> dict[str, Any]:
        totals = {name: sum(stream.counts[name] for stream in result.streams) for name in _COUNTS}
        report = result.report
        record: dict[str, Any] = {
            "changed": totals["received"] > 0,
            **totals,
            "stopped_by": result.stopped_by,
            "streams": [_stream_record(stream) for stream in result.streams],
            "detections": report.detections,
            "incidents": report.incidents,
            "counts": report.counts,
        }
        if totals["dead_letters"]:
            record["dead_letters_path"] = str(result.dead_letters_path)
        if report.path:
            record["report_path"] = report.path
        return record


def _check_console(settings: StreamSettings, where: str) -> None:
    try:
        record_links(settings.region, settings.console_host)
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
