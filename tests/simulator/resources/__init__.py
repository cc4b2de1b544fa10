# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How v1 answers: one file a resource, each with a `blueprint`; a new one gets a line in RESOURCES.

What a resource holds is in `tenant`, under the same name. May import: `cloud`, `events`, `tenant`, `web`.
"""

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
    groups,
    indicators,
    isolation,
    policies,
    version,
    vulnerabilities,
)

RESOURCES = (
    activity,
    app_trajectory,
    audit_logs,
    computers,
    event_streams,
    event_types,
    events,
    file_lists,
    groups,
    indicators,
    isolation,
    policies,
    version,
    vulnerabilities,
)
