# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interval mode, as the module `event_stream_drain` has it: options in, one run over all streams, a record out."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from ..._common.text import printable
from ..._events.incidents import RULES
from ..._job_container import ephemeral_reason
from ..errors import SettingsError
from ..exposure import exposed_credentials
from ..options import REQUIRED, Options
from ..pipeline.correlation import GroupingSettings
from ..pipeline.notices import unknown_types_warning
from ..sections import GROUPING_DEFAULTS, RETENTION_DEFAULTS, lateness_of, retention_of, streams_settings, window_of
from ..sinks import http
from ..sinks.registry import file_sink, sinks_settings
from ..store.state_folder import StateFolder
from ..store.store import Kind
from .drain import DrainResult, StreamResult, drain, probe

DEFAULTS: Mapping[str, Any] = {
    "streams": REQUIRED,
    "state_dir": REQUIRED,
    "output_path": None,
    "output_kinds": ["event"],
    "sinks": [],
    "sinks_timeout": 60,
    "max_events": None,
    "max_seconds": None,
    **{key: value for key, value in GROUPING_DEFAULTS.items() if key != "idle_after_seconds"},
    "flush": True,
    "ack": "after_store",
    "retention": {},
    "limit": 100,
    "allow_ephemeral": False,
}
"""The options of the module; its argument spec and its documentation are checked against them."""

_COUNTS = ("received", "events", "duplicates", "conflicts", "rounded_ids", "dead_letters")


class IntervalRun:
    """Judge the module's options at once, then `look` or `drain`, which fill `warnings` and `failures`.

    An option that is None counts as not given. Raises SettingsError.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.warnings: list[str] = []
        self.failures: list[str] = []
        options = Options("", given, DEFAULTS)
        self._streams = streams_settings(options.objects("streams", required=True))
        self.warnings += exposed_credentials(options.objects("streams"))
        self._state_dir = options.text("state_dir")
        self._sinks = sinks_settings([{"type": http.NAME, **one} for one in options.objects("sinks")])
        self._sinks_timeout = options.number("sinks_timeout", 1)
        self._output_path = options.optional_text("output_path")
        kinds: Any = options.choices("output_kinds", get_args(Kind))
        self._outputs = [file_sink(self._output_path, kinds)] if self._output_path else []
        self._max_events = options.optional_number("max_events", 1)
        self._max_seconds = options.optional_number("max_seconds", 1)
        rules: Any = options.choices("rules", RULES)
        self._grouping = GroupingSettings(
            rules, window_of(options), lateness_of(options), tell_final=options.flag("tell_final")
        )
        self._retention = retention_of(
            options.section("retention", RETENTION_DEFAULTS), self._grouping.window, self._grouping.lateness
        )
        self._flush = options.flag("flush")
        self._limit = options.number("limit", 0)
        self._after_sinks = options.choice("ack", ("after_store", "after_sinks")) == "after_sinks"
        if self._after_sinks and not (self._outputs or self._sinks):
            raise SettingsError("ack: after_sinks needs output_path or sinks, for there is no other output to wait for")
        if not (options.flag("allow_ephemeral") or self._is_passed_on):
            self._check_it_lasts()

    @property
    def _is_passed_on(self) -> bool:
        """Tell whether sinks elsewhere have each event before it is acknowledged: nothing needs to last here then."""
        return self._after_sinks and bool(self._sinks) and not self._outputs

    def _check_it_lasts(self) -> None:
        """Refuse folders that end with a job's container (R22)."""
        for key, path in (("state_dir", self._state_dir), ("output_path", self._output_path)):
            reason = ephemeral_reason(path) if path else None
            if reason:
                raise SettingsError(
                    f"{key}: {printable(path)}: {reason}; the drained events would be lost."
                    " Give a folder on a mounted volume, or sinks with ack: after_sinks and no output_path,"
                    " or allow_ephemeral: true if that is meant"
                )

    def look(self) -> dict[str, Any]:
        """Return how many messages wait: check mode (R29)."""
        results = probe(self._streams)
        self._judge(results)
        return {
            "changed": any(result.messages for result in results),
            "streams": [_stream_record(result) for result in results],
        }

    def drain(self) -> dict[str, Any]:
        """Consume, store, correlate, and return the module's result. Raises StoreError, OutputError."""
        folder = StateFolder(self._state_dir)
        self.warnings += filter(None, [folder.warning])
        try:
            result = drain(
                self._streams,
                folder,
                sinks=[*self._outputs, *self._sinks],
                max_events=self._max_events,
                max_seconds=self._max_seconds,
                ack_after_output=self._after_sinks,
                sink_patience=self._sinks_timeout,
                retention=self._retention,
                grouping=self._grouping,
                flush=self._flush,
                limit=self._limit,
            )
            self._judge(result.streams)
            record = self._record(result)
            self.warnings += [*result.late, *result.drops, *_warnings(record, result.stopped_by)]
            return record
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
            "counts": {**report.counts, "protection_stopped": result.protection_stopped},
            "unknown_event_types": result.unknown_types,
            "health": result.health[: self._limit],
            "held": result.held,
        }
        if totals["dead_letters"]:
            record["dead_letters_path"] = str(result.dead_letters_path)
            if self._is_passed_on:
                record["dead_letter_records"] = _last_records(result.dead_letters_path, totals["dead_letters"])
        if report.path:
            record["report_path"] = report.path
        return record


def _warnings(record: Mapping[str, Any], stopped_by: str) -> Iterator[str]:
    """Yield what a user has to know about the events of a run, each once."""
    if record["conflicts"]:
        yield (
            f"{record['conflicts']} event(s) came again with another content; what was stored first stays. Two streams"
            " with one source must carry the events of one tenant"
        )
    if record["rounded_ids"]:
        yield (
            f"{record['rounded_ids']} event id(s) stand for several events: a program on the way has rounded them to"
            " floating point numbers. All events are kept; their links lead to the computer instead of the event"
        )
    if record["unknown_event_types"]:
        yield unknown_types_warning(record["unknown_event_types"])
    if record["held"] and stopped_by != "empty":
        counted = ", ".join(f"{count} of {printable(source)}" for source, count in record["held"].items())
        yield (
            f"detections that wait to be grouped into incidents: {counted}. A stream of theirs was not read to its end;"
            " the next run that reads it to its end groups them"
        )


def _last_records(path: Path, count: int) -> list[dict[str, Any]]:
    """Return the dead letters of this run, which stay in its result where the folder ends with the job."""
    with path.open("rb") as file:
        return [json.loads(line) for line in deque(file, count)]


def _stream_record(result: StreamResult) -> dict[str, Any]:
    return {
        "name": result.settings.name,
        "messages": result.messages,
        "other_consumers": result.other_consumers,
        **{name: result.counts[name] for name in _COUNTS},
        "error": None if result.error is None else str(result.error),
    }
