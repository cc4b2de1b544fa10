# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What guide_connectors shows is what the code takes; tests/roles runs its blocks over pretend hosts."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import (
    SIGNER_KEYS,
    Host,
    choose,
    read_manifest,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import (
    read_batches,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import check_names
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.wanted_versions import read_versions

CHECKOUT = Path(__file__).resolve().parents[3]
GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_connectors.rst").read_text("utf-8")
BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n   :caption: (.*)\n\n((?:   .*\n|\n)+)", re.MULTILINE)
BLOCKS = [(kind, caption, textwrap.dedent(text).strip() + "\n") for kind, caption, text in BLOCK.findall(GUIDE)]
FILES: dict[str, Any] = {caption: yaml.safe_load(text) for kind, caption, text in BLOCKS if kind == "yaml"}
COMMANDS = "".join(text for kind, _caption, text in BLOCKS if kind == "bash")
ROLE = CHECKOUT / "roles" / "connector_deploy"
HOSTS = [
    Host(("almalinux", "redhat"), "9", "x86_64", "rpm"),
    Host(("debian",), "12", "x86_64", "deb"),
    Host(("windows",), "11", "x86_64", "exe"),
    Host(("macos",), "14", "aarch64", "dmg"),
]


def test_every_block_has_a_caption_by_which_the_suite_knows_what_it_is() -> None:
    assert len(BLOCKS) == GUIDE.count(".. code-block::")
    assert {caption for kind, caption, _text in BLOCKS if kind == "bash"} == {"on the controller"}


def test_the_manifest_has_a_signed_installer_for_each_of_the_four_systems() -> None:
    manifest = read_manifest(FILES["group_vars/all/connectors.yml"]["connector_deploy_installers"])
    for host in HOSTS:
        chosen = choose(manifest, host)
        assert chosen.signature == "required"
        assert host.kind == "dmg" or all(chosen.signer.get(key) for key in SIGNER_KEYS[host.kind])
    assert read_manifest(
        [
            entry | {"url": "https://example.com/x"}
            for entry in FILES["group_vars/desktops/connectors.yml"]["connector_deploy_installers"]
        ]
    )


def tags_in(file: Path) -> str:
    return "".join(re.findall(r"tags: (.*)", file.read_text("utf-8")))


def test_every_variable_and_playbook_of_the_page_is_one() -> None:
    shown = set(re.findall(r"\bconnector_[a-z_]+\b", GUIDE))
    playbooks = {path.stem for path in (CHECKOUT / "playbooks").glob("connector_*.yml")}
    tags = {"connector_deploy_plan", "connector_deploy_install", "connector_deploy_verify"}
    assert tags == {
        tag for file in ROLE.glob("tasks/*.yml") for tag in re.findall(r"connector_deploy_\w+", tags_in(file))
    }
    check_names(shown - playbooks - tags)
    assert set(re.findall(r"secure_endpoint\.(connector_\w+)", GUIDE)) <= playbooks
    for answer in re.findall(r"-e connector_batch=(\S+)", COMMANDS):
        assert read_batches(answer)
    for answer in re.findall(r"-e connector_deploy_version=(\S+)", COMMANDS):
        assert read_versions(answer)
