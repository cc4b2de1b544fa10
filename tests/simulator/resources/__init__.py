# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One file per resource of the v1 API; a new one is added to ALL_RESOURCES."""

from __future__ import annotations

from . import (
    activity,
    app_trajectory,
    audit_logs,
    computers,
    event_streams,
    event_types,
    events,
    file_lists,
    group_writes,
    groups,
    indicators,
    isolation,
    policies,
    version,
    vulnerabilities,
)

ALL_RESOURCES = (
    version.blueprint,
    event_types.blueprint,
    groups.blueprint,
    group_writes.blueprint,
    computers.blueprint,
    activity.blueprint,
    events.blueprint,
    event_streams.blueprint,
    file_lists.blueprint,
    isolation.blueprint,
    policies.blueprint,
    vulnerabilities.blueprint,
    indicators.blueprint,
    audit_logs.blueprint,
    app_trajectory.blueprint,
)
