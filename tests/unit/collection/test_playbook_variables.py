# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of playbooks stand in the guides, all of them and no others."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_event_streams.rst").read_text(encoding="utf-8")


def test_the_guide_has_a_row_for_each_variable_of_drain_and_group() -> None:
    (play,) = yaml.safe_load((CHECKOUT / "playbooks" / "drain_and_group.yml").read_text(encoding="utf-8"))
    check = play["tasks"][0]["vars"]

    assert set(re.findall(r"^   \* - ``(drain_\w+)``$", GUIDE, re.MULTILINE)) == set(check["check_variables"])
