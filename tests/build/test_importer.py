# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What galaxy-importer lists is what the checkout holds. The sessions `importer-*` run it first."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .contents import contents

CHECKOUT = Path(__file__).resolve().parents[2]
RESULT = json.loads(Path(os.environ["IMPORTER_RESULT"]).read_text())


def test_everything_is_listed_once_and_nothing_else() -> None:
    listed = [(item["content_type"], item["name"]) for item in RESULT["contents"]]
    there = [(kind, name) for kind, name in contents(CHECKOUT) if kind != "plugin_utils"]  # Galaxy does not list these
    assert sorted(listed) == sorted(there)


def test_every_module_and_plugin_for_users_is_documented() -> None:
    kinds = {"module", "filter", "lookup", "inventory", "eda/plugins/event_source"}
    of_users = [item for item in RESULT["docs_blob"]["contents"] if item["content_type"] in kinds]
    assert of_users
    assert not [item["content_name"] for item in of_users if not item["doc_strings"]["doc"]["short_description"]]


def test_the_versions_of_ansible_core_are_those_of_meta_runtime() -> None:
    assert RESULT["requires_ansible"] == ">=2.16.0"
