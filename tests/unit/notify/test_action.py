# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of the module notify: its options are documented, and its record does not end with a job (R22)."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.ampops.secure_endpoint.plugins.action.notify import ARGUMENT_SPEC, _folder
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._notify.registry import TYPES
from ansible_collections.ampops.secure_endpoint.plugins.modules import notify
from unit.modules.test_interface import compare

pytestmark = pytest.mark.ansible


def test_options_and_suboptions_are_documented_as_they_are() -> None:
    compare(yaml.safe_load(notify.DOCUMENTATION)["options"], ARGUMENT_SPEC, "notify")


def test_every_secret_of_a_type_is_no_log() -> None:
    for kind in TYPES.values():
        assert {name for name, option in kind.OPTIONS.items() if option.get("no_log")} == set(kind.SECRETS), kind.NAME


def test_a_record_that_ends_with_the_job_is_refused_unless_that_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"record_dir": str(tmp_path), "allow_ephemeral": False}
    monkeypatch.setenv("AWX_ISOLATED_DATA_DIR", f"{tmp_path}/artifacts/7")
    with pytest.raises(Refused, match="this folder ends with the job"):
        _folder(options)
    assert _folder({**options, "allow_ephemeral": True}) == tmp_path
