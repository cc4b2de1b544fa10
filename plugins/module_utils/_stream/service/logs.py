# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Structured logs: one JSON object a line on standard error, safe to show on a terminal."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

from ..._common.text import printable
from ..._common.time import iso_time

LEVELS = ("debug", "info", "warning", "error")


class Log:
    """`log.warning("stream lost", stream=..., error=...)`. Values are escaped and cut; secrets are never passed in."""

    def __init__(self, level: str = "info", out: TextIO | None = None, clock: Callable[[], int] = time.time_ns) -> None:
        self._least = LEVELS.index(level)
        self._out = out or sys.stderr
        self._clock = clock
        self._lock = threading.Lock()

    def debug(self, message: str, **values: Any) -> None:
        self._write("debug", message, values)

    def info(self, message: str, **values: Any) -> None:
        self._write("info", message, values)

    def warning(self, message: str, **values: Any) -> None:
        self._write("warning", message, values)

    def error(self, message: str, **values: Any) -> None:
        self._write("error", message, values)

    def _write(self, level: str, message: str, values: dict[str, Any]) -> None:
        if LEVELS.index(level) < self._least:
            return
        shown = {
            name: value if isinstance(value, int | float | bool | None) else printable(value)
            for name, value in values.items()
        }
        line = json.dumps({"time": iso_time(self._clock()), "level": level, "message": message, **shown})
        with self._lock:
            self._out.write(line + "\n")
            self._out.flush()
