# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of the module notify has the options that its action takes."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.action.notify import ARGUMENT_SPEC
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.registry import TYPES
from ansible_collections.ampops.secure_endpoint.plugins.modules import notify
from unit.modules.test_interface import compare

pytestmark = pytest.mark.ansible


def test_options_and_suboptions_are_documented_as_they_are() -> None:
    compare(yaml.safe_load(notify.DOCUMENTATION)["options"], ARGUMENT_SPEC, "notify")


def test_every_secret_of_a_type_is_no_log() -> None:
    for kind in TYPES.values():
        assert {name for name, option in kind.OPTIONS.items() if option.get("no_log")} == set(kind.SECRETS), kind.NAME
