# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad days on demand: what goes wrong with which request, and how often.

A fault is `method` (or `*`), `path` (a shell pattern over the path as sent, without the query), `skip` matching
requests that pass first, `count` that are hit then (null: all), and a `kind`:

status         answers `status` without doing anything; `details` list, `html` true for a gateway's page, `reset`
               seconds for a 429
effect_status  does what was asked, then answers `status` all the same
delay          waits `seconds` first, then goes on (other faults may hit the same request too)
cut            closes the connection: `when` before (nothing was done), body (in the middle of the answer) or after
               (it was done, the answer is lost)
broken_json    cuts the answer's JSON short, with a matching Content-Length
content_type   answers with the content type `value`
oversized      answers with `bytes` of JSON
vanish         deletes the computer `connector_guid` just before the request is looked at
shift          after the answer inserts (`change`: insert) or removes (remove) an item at the front of `what`:
               computers or events; so the next page is shifted
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS: dict[str, dict[str, Any]] = {
    "status": {"status": 503, "details": None, "html": False, "reset": None},
    "effect_status": {"status": 503, "details": None, "html": False, "reset": None},
    "delay": {"seconds": 1.0},
    "cut": {"when": "before"},
    "broken_json": {},
    "content_type": {"value": "text/html"},
    "oversized": {"bytes": 80 * 1024 * 1024},
    "vanish": {"connector_guid": None},
    "shift": {"what": "computers", "change": "insert"},
    "hook": {"call": None},
}
CUTS = ("before", "body", "after")


@dataclass
class Fault:
    """One fault; `hits` counts the requests that it has struck."""

    id: int
    kind: str
    method: str = "*"
    path: str = "*"
    count: int | None = 1
    skip: int = 0
    hits: int = 0
    settings: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.settings[name]

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is one; counts it."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.count is not None and self.hits >= self.count:
            return False
        self.hits += 1
        return True


class Faults:
    """The faults that are set, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next_id = 1

    def add(
        self, kind: str, *, method: str = "*", path: str = "*", count: int | None = 1, skip: int = 0, **settings: Any
    ) -> Fault:
        """Set a fault. Raises ValueError for what the table above does not know."""
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault {kind!r}; there are: {', '.join(KINDS)}")
        unknown = set(settings) - set(KINDS[kind])
        if unknown:
            raise ValueError(f"a {kind} fault does not take {', '.join(sorted(unknown))}")
        if kind == "cut" and settings.get("when", "before") not in CUTS:
            raise ValueError(f"when is one of {', '.join(CUTS)}")
        with self._lock:
            fault = Fault(self._next_id, kind, method.upper(), path, count, skip, 0, {**KINDS[kind], **settings})
            self._next_id += 1
            self._faults.append(fault)
            return fault

    def add_hook(self, call: Callable[[], object], **where: Any) -> Fault:
        """Call a function just before matching requests are looked at (in-process tests only)."""
        return self.add("hook", call=call, **where)

    def clear(self) -> None:
        """Good days again."""
        with self._lock:
            self._faults.clear()

    def remove(self, fault_id: int) -> None:
        """Take one away."""
        with self._lock:
            self._faults = [fault for fault in self._faults if fault.id != fault_id]

    def strike(self, method: str, path: str) -> list[Fault]:
        """Return the faults that hit this request; beside delays and hooks only the first one does."""
        struck: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                passing = fault.kind in ("delay", "hook", "vanish", "shift")
                taken = any(one.kind not in ("delay", "hook", "vanish", "shift") for one in struck)
                if (passing or not taken) and fault.strikes(method, path):
                    struck.append(fault)
        return struck

    def as_list(self) -> list[dict[str, Any]]:
        """Every fault with its hits."""
        with self._lock:
            return [
                {**asdict(fault), "settings": {k: v for k, v in fault.settings.items() if not callable(v)}}
                for fault in self._faults
            ]
