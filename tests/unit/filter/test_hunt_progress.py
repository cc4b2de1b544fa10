# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hunt that ended at the hourly limit goes on where it ended."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.filter.hunt_progress import hunt_progress

DIGEST = "ab" * 32


def test_what_was_looked_for_is_not_looked_for_again() -> None:
    progress = {"observables": [{"observable": DIGEST}, {"observable": "evil.exe"}], "computers": [{"id": "1"}]}
    found = hunt_progress(json.dumps(progress), [DIGEST.upper(), "evil.exe", "Evil.exe"])
    assert found == {**progress, "left": ["Evil.exe"]}


def test_without_a_file_everything_is_left() -> None:
    assert hunt_progress("", ["evil.exe"]) == {"observables": [], "computers": [], "left": ["evil.exe"]}


@pytest.mark.parametrize("text", ["[]", "{", '{"observables": [1], "computers": []}'])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(AnsibleFilterError, match="this is not the progress of a hunt"):
        hunt_progress(text, [])
