# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the matrix runs on two ansible-cores only does not depend on ansible."""

from __future__ import annotations

import re

from conftest import CHECKOUT, PURE_CODE

OUR_PLUGINS = r"secure_endpoint\.plugins(?: import|\.(?!module_utils)\w)|_module import"
IMPORTS_ANSIBLE = re.compile(rf"^\s*(?:from|import) ansible\.|{OUR_PLUGINS}|\"ansible-?\w*\", ", re.MULTILINE)
SAYS_SO = "pytestmark = pytest.mark.ansible"


def test_a_test_that_imports_ansible_runs_on_every_ansible_core() -> None:
    files = [path for folder in PURE_CODE for path in folder.rglob("test_*.py")]
    assert len(files) > 50
    texts = {path.relative_to(CHECKOUT): path.read_text(encoding="utf-8") for path in files}
    assert [path for path, text in texts.items() if IMPORTS_ANSIBLE.search(text) and SAYS_SO not in text] == []


def test_pure_code_imports_no_ansible() -> None:
    utils = CHECKOUT / "plugins" / "module_utils"
    folders = [utils / f"_{folder.name}" for folder in PURE_CODE]
    files = [path for folder in folders for path in [folder.with_suffix(".py"), *folder.rglob("*.py")] if path.exists()]
    assert len(files) > 50
    assert [path for path in files if re.search(r"^\s*(?:from|import) ansible\b", path.read_text(), re.MULTILINE)] == []
