# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what `ampcli status` prints on Linux and macOS (contract 13, TechNotes 215256 and 220575)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from .._common.text import printable

MOST_FAULTS = 50
_MOST_OUTPUT = 20_000
_MOST_TEXT = 200
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,20}m")
_NAMED = re.compile(r"([A-Za-z][A-Za-z -]{1,40}?)\s{0,20}:\s{0,20}(.*)")
_FAULT = re.compile(
    r"(?:ID|Fault)\s{1,5}([0-9]{1,6})\s{0,5}(?:-\s{0,5}([A-Za-z]{3,20})\s{0,5})?:\s{0,5}(.*)", re.IGNORECASE
)
_COUNTED = re.compile(r"([0-9]{1,6})\s{1,5}([A-Za-z]{3,20})")
_NAMES = {
    "status": "connection",
    "mode": "mode",
    "policy": "policy",
    "orbital": "orbital",
    "behavioural protection": "behavioural_protection",
    "behavioral protection": "behavioural_protection",
}
NORMAL_MODES = ("", "normal")


class Fault(TypedDict):
    """One fault: its id in Cisco's fault tables (None where ampcli names none), severity such as Critical, and text."""

    id: int | None
    severity: str
    text: str


@dataclass
class AmpcliStatus:
    """What ampcli says. `values` has the keys connection, mode, policy, orbital and behavioural_protection, as far as
    the version prints them."""

    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Return what is wrong beside the faults: a connector in degraded mode does not protect as its policy says."""
        mode = self.values.get("mode", "")
        return [] if mode.lower() in NORMAL_MODES else [f"the connector is in {mode} mode"]


def read_ampcli_status(output: str) -> AmpcliStatus:
    """Read the output of `ampcli status`; what is not understood is ignored.

    The faults have three parts: how many of each severity, the list of ids, and a line for each with id, severity and
    text. An id without such a line, or a count without ids, still counts as a fault.
    """
    status = AmpcliStatus()
    counted = ""
    ids: list[int] = []
    described: dict[int, Fault] = {}
    last: int | None = None
    for line in _lines(output):
        if fault := _FAULT.fullmatch(line.strip()):
            last = int(fault[1])
            described.setdefault(last, Fault(id=last, severity=_word(fault[2]), text=_text(fault[3])))
            continue
        if last is not None and line[:1].isspace() and line.strip() and not _NAMED.fullmatch(line.strip()):
            described[last]["text"] = _text(f"{described[last]['text']} {line.strip()}")  # a long text goes on
            continue
        last = None
        named = _NAMED.fullmatch(line.strip())
        name, value = (named[1].lower(), named[2]) if named else ("", "")
        if name == "faults":
            counted = value
        elif name == "fault ids":
            ids = [int(number) for number in re.findall(r"[0-9]{1,6}", value)]
        elif name in _NAMES:
            status.values[_NAMES[name]] = _text(value)
    for number in ids:
        described.setdefault(number, Fault(id=number, severity="", text=""))
    status.faults = list(described.values())[:MOST_FAULTS] or _counted(counted)
    return status


def _lines(output: str) -> Iterator[str]:
    yield from _COLOUR.sub("", output[:_MOST_OUTPUT]).splitlines()


def _counted(text: str) -> list[Fault]:
    """Return one fault for each severity that is only counted, such as "1 Critical, 2 Major"."""
    if text.strip().lower() in ("", "none"):
        return []
    severities = [Fault(id=None, severity=_word(found[2]), text=_text(found[0])) for found in _COUNTED.finditer(text)]
    return severities or [Fault(id=None, severity="", text=_text(text))]


def _word(text: str | None) -> str:
    return (text or "").capitalize()


def _text(text: str) -> str:
    return printable(text.strip(), _MOST_TEXT)
