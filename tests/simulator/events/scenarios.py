# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small stories told in events: what a connector sends when something happens on it.

Every scenario is a function (factory, computer, time, options) -> events in the order in which they arrive. Options
that all understand: sha256, file_name, detection, user, severity.
"""

from __future__ import annotations

from typing import Any

from ..tenant.computers import Computer
from ..tenant.events import Event
from . import detections, indicators, life
from .factory import EventFactory
from .stories import SCENARIOS

__all__ = ["SCENARIOS", "detections", "indicators", "life", "play"]


def play(factory: EventFactory, name: str, computer: Computer, at: float, **options: Any) -> list[Event]:
    """Return the events of a scenario. Raises ValueError for an unknown name."""
    if name not in SCENARIOS:
        raise ValueError(f"unknown scenario {name!r}; there are: {', '.join(sorted(SCENARIOS))}")
    return SCENARIOS[name](factory, computer, at, options)
