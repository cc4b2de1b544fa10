# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name that only events bear is the type that it stands for (api-contract.md section 18)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.event_type.read import _as_listed

LISTED = {"553648147": "Cloud Recall Detection", "553648155": "Cloud Recall Quarantine Successful", "7": "Made up"}


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("Retrospective Detection", "553648147"),
        ("retrospective QUARANTINE", "553648155"),
        ("Retrospective Quarantine Attempt Failed", "Retrospective Quarantine Attempt Failed"),  # not in this list
        ("cloud recall detection", "cloud recall detection"),
        ("Made up", "Made up"),
        ("Nobody's", "Nobody's"),
        ("553648147", "553648147"),
    ],
)
def test_a_name_is_looked_for_in_the_list_first_then_among_those_of_events(text: str, listed: str) -> None:
    assert _as_listed(text, LISTED) == listed
