# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role are the options of the modules, with their choices and defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.modules import tenant_config, tenant_export

pytestmark = pytest.mark.ansible
ROLE = Path(__file__).resolve().parents[3] / "roles" / "tenant_config"
SPECS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text("utf-8"))["argument_specs"]
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text("utf-8"))
OWN = {"tree", "connection", "shown"}  # the path under its own name, the action group's defaults, and what is printed


@pytest.mark.parametrize(
    ("entry", "module"), [("main", tenant_config), ("drift", tenant_config), ("export", tenant_export)]
)
def test_the_role_takes_what_the_module_takes(entry: str, module: Any) -> None:
    documented = yaml.safe_load(module.DOCUMENTATION)["options"]
    taken = {name.removeprefix("tenant_config_"): spec for name, spec in SPECS[entry]["options"].items()}
    assert taken.keys() - OWN == documented.keys() - {"src", "dest"}
    for name in taken.keys() - OWN:
        option, given = documented[name], taken[name]
        assert (given["type"], given.get("choices")) == (option["type"], option.get("choices")), name
        assert given["default"] == DEFAULTS[f"tenant_config_{name}"] == option.get("default", []), name
