# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode: options in, one run over all streams, a record out. What `event_stream_drain` does."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._common.text import printable
from ..._job_container import ephemeral_reason
from ..._pivot import PivotError, record_links
from ..broker.connection import tls_context
from ..broker.settings import StreamSettings, stream_settings
from ..errors import SettingsError
from ..pipeline.correlation import GroupingSettings
from ..service.settings import KEY_DAYS, SinkSettings, sink_settings
from ..store.maintenance import Retention
from ..store.state_folder import StateFolder
from .drain import DrainResult, StreamResult, drain, probe

_LEAST = {
    "max_events": 1,
    "max_seconds": 1,
    "window_seconds": 1,
    "lateness_seconds": 0,
    "limit": 0,
    "sinks_timeout": 1,
}
_LEAST_OF_RETENTION = {"days": 0, "max_bytes": 1_000_000, "key_days": KEY_DAYS, "finding_days": KEY_DAYS}
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
        self._sinks = [_sink(sink, f"sinks[{place}]") for place, sink in enumerate(options["sinks"])]
        self._retention = Retention(**{key: value for key, value in options["retention"].items() if value is not None})
        self._check()

    def _check(self) -> None:
        if not self._streams:
            raise SettingsError("streams: is empty; give the streams to consume")
        queues = [(one.host, one.port, one.vhost, one.queue_name) for one in self._streams]
        twice = next((one for one in self._streams if queues.count(queues[self._streams.index(one)]) > 1), None)
        if twice is not None:
            raise SettingsError(f"streams: {twice.name} is given twice; its events would be split between the two")
        _check_least(self._options, _LEAST)
        _check_least(self._options["retention"], _LEAST_OF_RETENTION, "retention.")
        self._retention.check(self._options["window_seconds"], self._options["lateness_seconds"])
        names = [sink.name for sink in self._sinks]
        if len(set(names)) < len(names):
            raise SettingsError("sinks: two have the same name; a sink is known by it")
        if self._options["ack"] == "after_sinks" and not (self._options["output_path"] or self._sinks):
            raise SettingsError("ack: after_sinks needs output_path or sinks, for there is no other output to wait for")
        for key in ("rules", "output_kinds"):
            if not self._options[key]:
                raise SettingsError(f"{key}: is empty; give at least one, or leave it out for the default")
        for place, settings in enumerate(self._streams):
            _check_console(settings, f"streams[{place}]")
            tls_context(settings.ca_path, f"streams[{place}]")
        self._check_it_lasts()

    @property
    def _is_passed_on(self) -> bool:
        """Does nothing need to last here, because receivers elsewhere have each event before it is acknowledged?"""
        options = self._options
        return options["ack"] == "after_sinks" and bool(self._sinks) and not options["output_path"]

    def _check_it_lasts(self) -> None:
        """R22."""
        if self._options["allow_ephemeral"] or self._is_passed_on:
            return
        for key in ("state_dir", "output_path"):
            path = self._options[key]
            reason = ephemeral_reason(path) if path else None
            if reason:
                raise SettingsError(
                    f"{key}: {printable(path)}: {reason}; the drained events would be lost."
                    " Give a folder on a mounted volume, or sinks with ack: after_sinks and no output_path,"
                    " or allow_ephemeral: true if that is meant"
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
                sinks=self._sinks,
                sink_patience=options["sinks_timeout"],
                retention=self._retention,
                grouping=GroupingSettings(options["rules"], options["window_seconds"], options["lateness_seconds"]),
                flush=options["flush"],
                limit=options["limit"],
            )
            self._judge(result.streams)
            self.warnings += result.late
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
            if self._is_passed_on:
                record["dead_letter_records"] = _last_records(result.dead_letters_path, totals["dead_letters"])
        if report.path:
            record["report_path"] = report.path
        return record


def _sink(options: Mapping[str, Any], where: str) -> SinkSettings:
    """A receiver: files are output_path's."""
    return sink_settings({"type": "http", **{key: value for key, value in options.items() if value is not None}}, where)


def _check_least(options: Mapping[str, Any], least: Mapping[str, int], where: str = "") -> None:
    for key, low in least.items():
        value = options.get(key)
        if value is not None and value < low:
            raise SettingsError(f"{where}{key}: {value} is too small; give {low} or more")


def _last_records(path: Path, count: int) -> list[dict[str, Any]]:
    """The dead letters of this run: where the folder ends with the job, its result is what stays of them."""
    with path.open("rb") as file:
        return [json.loads(line) for line in deque(file, count)]


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
