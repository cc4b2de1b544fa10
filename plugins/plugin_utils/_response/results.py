# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a playbook's tasks, whatever became of the tasks: done, skipped or failed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import PivotError, pivot_url

Record = Mapping[str, Any]


class Job(NamedTuple):
    """What a report is made of.

    `results` maps the names that a kind of report knows to results of tasks and to settings. `console` says where links
    lead, as `region` or `console_host`.
    """

    results: Mapping[str, Any]
    check: bool
    console: Mapping[str, str]

    def records(self, name: str, field: str) -> list[Record]:
        """Return the list `field` of a task's result; none if the task was skipped or failed before it had any."""
        result = self.results.get(name)
        found = result.get(field) if isinstance(result, Mapping) else None
        return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []

    def loop(self, name: str) -> list[Record]:
        """Return the results of a task with a loop."""
        return self.records(name, "results")

    def lists_in_use(self) -> list[Record]:
        """Return the file lists that a policy uses."""
        return [one for one in self.records("lists", "file_lists") if one.get("policies")]

    def message(self, name: str) -> str:
        """Return why a task failed; empty if it did not."""
        result = self.results.get(name)
        return message_of(result) if isinstance(result, Mapping) else ""

    def text(self, name: str) -> str:
        value = self.results.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> Sequence[str]:
        value = self.results.get(name)
        return [str(one) for one in value] if isinstance(value, list) else []

    def trajectory(self, by: str = "latest", value: str | None = None) -> Callable[[Record], str | None]:
        """Return the function that makes a computer's link to what happened there."""

        def link(record: Record) -> str | None:
            try:
                return pivot_url(
                    value, view="device_trajectory", by=by, connector_guid=record.get("connector_guid"), **self.console
                )
            except PivotError:
                return None

        return link

    def file_trajectory(self, sha256: str) -> str | None:
        """Return the link to where a file was."""
        try:
            return pivot_url(sha256, view="file_trajectory", **self.console)
        except PivotError:
            return None


def message_of(result: Record) -> str:
    """Return the message of a failed task's result; empty for a task that was done or skipped."""
    if result.get("skipped") or result.get("skip_reason"):
        return ""
    return str(result.get("msg") or "")


def guid_of(record: Record) -> str:
    """Return the GUID of a computer's record, or what was given for the computer."""
    return str(record.get("connector_guid") or record.get("item") or "").lower()
