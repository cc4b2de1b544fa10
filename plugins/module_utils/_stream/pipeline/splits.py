# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which incidents of a worker may be parts of one, because a partition changed hands in their time (R17).

A worker that gets a partition from another does not know which windows are open there. So incidents that begin about
then are flagged, `may_be_split`; what is certain to be whole is not. What was noted lies in a file of the state folder.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ..._common.text import printable
from ..._common.time import time_of_iso
from ..._events.detection_records import Record
from ..errors import OutputError, StoreError
from ..store.state_folder import reason_of, sync_folder

FILE_NAME = "partitions.json"
KEPT_NS = 60 * 24 * 3600 * 10**9


class Splits:
    """Spans of time in which incidents may be split, and when each partition was held last. Raises StoreError."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._spans: list[tuple[int, int]] = []
        self.held: dict[str, int] = {}
        """When each partition was held last, by the clock."""
        try:
            self._read(json.loads(self.path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{self.path}: cannot be read: {printable(error)}. Remove it: incidents may miss the flag may_be_split"
            ) from None

    def _read(self, read: Any) -> None:
        self._spans = [(int(first), int(last)) for first, last in read.get("spans", [])]
        self.held = {name: int(at) for name, at in read.get("held", {}).items()}

    def add(self, first: int, last: int) -> None:
        """Note that incidents that begin from `first` to `last` may be split; durable when this returns."""
        spans = sorted([*self._spans, (first, last)])
        merged = spans[:1]
        for start, end in spans[1:]:
            if start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        self._spans = [span for span in merged if span[1] > last - KEPT_NS]
        self.save(durable=True)

    def save(self, *, durable: bool = False) -> None:
        """Write the file, whole or not at all."""
        unfinished = self.path.with_suffix(".new")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o600)
                json.dump({"spans": self._spans, "held": self.held}, file)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            unfinished.replace(self.path)
            if durable:
                sync_folder(self.path.parent)
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {reason_of(error)}") from error

    def mark(self, record: Record) -> None:
        """Flag an incident that may be a part of one."""
        start = time_of_iso(record["first_time"])
        if any(first <= start <= last for first, last in self._spans):
            record["may_be_split"] = True
