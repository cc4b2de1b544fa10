# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `live` asks of the store, which it does not know, and what it hands over to it (R10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from .detections import Detection
from .incidents import Incident, Rule


class WatermarkRow(NamedTuple):
    """A source's watermark in the store: one row a source, `shown` is JSON; for `flushed` see SourceWindows."""

    source: str
    at: int
    shown: str
    flushed: int


class Changes(NamedTuple):
    """What is to be stored and told: each object has `row()` and `record(links)`.

    `moved` is only to be stored: nothing of it is new but where it was placed.
    """

    detections: list[Detection]
    moved: list[Detection]
    incidents: list[Incident]
    watermarks: list[WatermarkRow]


class History(Protocol):
    """What the store looks up, in the transaction that is being made. Rows are as their `row` methods gave them."""

    def detections(self, keys: Collection[str]) -> Iterable[Sequence[Any]]:
        """Return the rows of those detections that are stored."""

    def incident(self, rule: Rule, window_seconds: int, source: str, key: str, time: int) -> Sequence[Any] | None:
        """Return the row of the incident that covers `time`: start <= time < start + window_seconds * 10^9.

        Of several the one that is not late, else the one that starts last: ORDER BY late, start DESC LIMIT 1.
        """

    def watermarks(self) -> Iterable[Sequence[Any]]:
        """Return the rows of all watermarks."""

    def detections_since(self, source: str, time: int, flushed: int) -> Iterable[Sequence[Any]]:
        """Return the rows of a source's detections with last_place >= time or held > flushed."""

    def incidents_since(self, window_seconds: int, source: str, time: int) -> Iterable[Sequence[Any]]:
        """Return the rows of a source's incidents of this window length with start >= time."""

    def last_start(self, window_seconds: int) -> int:
        """Return a time after which no incident of this window length starts; 0 if there is none."""
