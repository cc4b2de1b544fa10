# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tenant keeps: computers, groups, policies, file lists, event streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Event = dict[str, Any]


@dataclass(slots=True)
class Computer:
    """One record of a connector; times in seconds since the epoch."""

    guid: str
    hostname: str
    product: str
    operating_system: str
    os_version: str
    connector_version: str
    group_guid: str
    internal_ip: str
    external_ip: str
    mac: str
    installed: float
    last_seen: float
    processor_id: str | None = None
    leading_space: bool = False
    active: bool = True
    compromised: bool = False
    demo: bool = False
    faults: list[str] = field(default_factory=list)
    isolation_supported: bool = True
    definitions: dict[str, Any] | None = None
    online: bool = True  # an offline one does not obey: its isolation stays pending
    undeletable: bool = False


@dataclass(slots=True)
class Policy:
    """One policy; the products of a group's policies differ, their names need not."""

    guid: str
    name: str
    product: str
    description: str
    mode: str
    isolation: bool
    default: bool
    serial_number: int
    file_lists: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """One group; `policies` maps a product to a policy GUID, `parent` is None for a root."""

    guid: str
    name: str
    description: str
    parent: str | None = None
    source: str | None = None
    creator: str | None = None
    created: float = 0.0
    policies: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class FileList:
    """One list; `items` maps a lower-case SHA-256 to {description, source}."""

    guid: str
    name: str
    type: str
    items: dict[str, dict[str, Any]] = field(default_factory=dict)


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
