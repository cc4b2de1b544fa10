# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role event_consumer without a host: what its documentation says is what its defaults are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROLE = Path(__file__).resolve().parents[4] / "roles" / "event_consumer"
# Their defaults depend on the host, see vars/main.yml; the documentation tells how.
OF_THE_HOST = {"event_consumer_dependencies", "event_consumer_python", "event_consumer_packages"}


def read(place: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROLE / place).read_text(encoding="utf-8"))
    return content


def test_every_variable_is_documented_with_its_default() -> None:
    options = read("meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {name: option["default"] for name, option in options.items() if "default" in option} == read(
        "defaults/main.yml"
    )
    assert {name for name, option in options.items() if "default" not in option} == OF_THE_HOST
