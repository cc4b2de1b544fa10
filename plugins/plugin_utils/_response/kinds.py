# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of report, by the name that playbooks give."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.actions import (
    block,
    isolate,
    move,
    release,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.contain import contain, contain_undo
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.coverage import coverage, stale
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.findings import (
    hunt,
    trajectory,
    vulnerable,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.notify import notify
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.report import Report
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.triage import (
    triage_computer,
    triage_hash,
)
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.verify import verify

KINDS: Mapping[str, Callable[[Job], Report]] = {
    "block": block,
    "contain": contain,
    "contain_undo": contain_undo,
    "coverage": coverage,
    "hunt": hunt,
    "isolate": isolate,
    "move": move,
    "notify": notify,
    "release": release,
    "stale": stale,
    "trajectory": trajectory,
    "triage_computer": triage_computer,
    "triage_hash": triage_hash,
    "verify": verify,
    "vulnerable": vulnerable,
}
