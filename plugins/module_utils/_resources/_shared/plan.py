# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read, plan, apply: the middle one is a value. Check mode is a plan that is not applied.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One write. Its body is shown nowhere."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Plan:
    """What has to be done so that `before` becomes `after` (None: it is not there); both are JSON-ready.

    What only the cloud knows (ids of something new) is left out of `after`. `diff_before` and `diff_after` are the same
    for a reader's eye, with names in place of ids.
    """

    before: Record | None
    after: Record | None
    calls: tuple[Call, ...] = ()
    diff_before: Record | None = None
    diff_after: Record | None = None

    @property
    def changed(self) -> bool:
        return bool(self.calls) or self.before != self.after


def changing_result(plan: Plan, *, made: int, after: Record | None = None) -> dict[str, Any]:
    """Return what every changing module returns. `made`: the writes that were sent, none in check mode.

    `after` replaces the plan's own where the cloud has told more since.
    """
    return {
        "changed": plan.changed,
        "before": plan.before,
        "after": plan.after if after is None else after,
        "diff": {
            "before": plan.before if plan.diff_before is None else plan.diff_before,
            "after": plan.after if plan.diff_after is None else plan.diff_after,
        },
        "calls": {"planned": len(plan.calls), "made": made},
    }
