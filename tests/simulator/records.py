# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The old place, until every test imports from the new one."""

from __future__ import annotations

from .tenant.computers import Computer
from .tenant.event_streams import EventStream
from .tenant.events import Event

__all__ = ["Computer", "Event", "EventStream"]
