# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event streams of a tenant (api-contract 7); a new tenant has none."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class EventStream:
    """One event stream; empty sets of types and groups mean all."""

    id: int
    name: str
    user_name: str
    password: str
    event_types: list[int] = field(default_factory=list)
    group_guids: list[str] = field(default_factory=list)

    @property
    def queue_name(self) -> str:
        """`event_stream_<id>`, as recorded."""
        return f"event_stream_{self.id}"
