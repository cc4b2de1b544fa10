# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the simulated cloud, in order: the judge of every test about requests."""

from __future__ import annotations

import threading
from typing import Any


class RequestLog:
    """An ordered list of {method, path, query, body, status}; credentials are never in it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []

    def begin(self, method: str, path: str, query: str, body: Any) -> dict[str, Any]:
        """Note a request as it arrives; its status is None until the answer is decided, and where none is given."""
        entry = {"method": method, "path": path, "query": query, "body": body, "status": None}
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """Return a copy of the list."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Begin again."""
        with self._lock:
            self._entries.clear()
