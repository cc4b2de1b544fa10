# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every type of target has: a module of the user's, its arguments for a notification, and how to read its result.

A type is one file with NAME, MODULE, OPTIONS, REQUIRED, SECRETS, `arguments` and `accepted`; `registry.py` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .notification import HEALTH, Notification, Record, Reference, severity_rank

Options = Mapping[str, Any]
Post = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Runs a module with arguments and returns its result."""


class NotSent(Exception):
    """The target did not take a notification; the text says why and is not masked yet."""


class TargetType(Protocol):
    """A file of this folder."""

    NAME: str
    MODULE: str
    OPTIONS: Mapping[str, Mapping[str, Any]]
    """As in an argument spec."""
    REQUIRED: tuple[str, ...]
    SECRETS: tuple[str, ...]
    """Options of which nothing is shown."""

    def arguments(self, message: Notification, options: Options) -> dict[str, Any]:
        """Return the arguments of the module."""

    def accepted(self, result: Mapping[str, Any]) -> Reference:
        """Return the reference of a message that the target took. Raises NotSent."""


@dataclass(frozen=True)
class Target:
    """One target as the user describes it."""

    name: str
    type: TargetType
    options: Options
    severity: str | None = None
    only_needs_person: bool = True
    health: bool = True
    include_fields: tuple[str, ...] = ()
    exclude_fields: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def admits(self, record: Record) -> bool:
        """Return whether a record is worth a first message."""
        if record["kind"] == HEALTH:
            return self.health
        severe = self.severity is None or severity_rank(record["severity"]) >= severity_rank(self.severity)
        return severe and (record["needs_person"] or not self.only_needs_person)


def texts_in(value: object) -> Iterator[str]:
    """Yield every text of a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_in(one)


def check_success(result: Mapping[str, Any]) -> None:
    """Raise NotSent where the module failed."""
    if not result.get("failed"):
        return
    error = result.get("error")
    reason = str(result.get("msg") or "the module failed")
    if reason.startswith("MODULE FAILURE") or "Traceback" in reason:
        trace = str(result.get("exception") or result.get("module_stderr") or "").strip().splitlines()
        reason = f"the module failed: {trace[-1] if trace else reason}"
    raise NotSent(f"{reason}: {error}" if isinstance(error, str) and error else reason)
