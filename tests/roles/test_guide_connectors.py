# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newcomer with guide_connectors alone: its files, its commands in their order, over one host of each of its systems.

The installers are the test connector's, so the paths, checksums and keys are theirs. Authenticode has no stand-in,
so the signature of the EXE is waived.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml
from roles.linux.packages import installer
from roles.macos import installers as macos
from roles.pretend.hosts import CHECKOUT, ENVIRONMENT, ansible_settings, pretend_host
from roles.pretend.outcomes import record
from roles.windows import installers as windows

GUIDE = (CHECKOUT / "docs" / "docsite" / "rst" / "guide_connectors.rst").read_text("utf-8")
BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n   :caption: (.*)\n\n((?:   .*\n|\n)+)", re.MULTILINE)
BLOCKS = [(kind, caption, textwrap.dedent(text).strip() + "\n") for kind, caption, text in BLOCK.findall(GUIDE)]
MANIFEST = "group_vars/all/connectors.yml"
# What only the reader has: a tenant, and the URL of a download.
READERS_OWN = {"group_vars/all/tenant.yml", "group_vars/desktops/connectors.yml"}
FAMILIES = {"web1": "el", "db1": "debian", "pc1": "windows", "mac1": "macos"}
ENTRY_OF = {
    "redhat": lambda version: installer("el", version),
    "debian": lambda version: installer("debian", version),
    "windows": windows.installer,
    "macos": macos.installer,
}


def with_test_installers(manifest: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The guide's manifest with the test connector's files in place of Cisco's."""
    return [{**entry, **ENTRY_OF[entry["os"]](entry["version"])} for entry in manifest]


def test_the_guide_leads_from_the_first_host_to_the_fleet(tmp_path: Path) -> None:
    shown = {caption: yaml.safe_load(text) for kind, caption, text in BLOCKS if kind == "yaml"}
    entries = with_test_installers(shown[MANIFEST]["connector_deploy_installers"])
    # "Add the new installers to the manifest, leave the old ones in it."
    later = [{**entry, **ENTRY_OF[entry["os"]]("1.27.0")} for entry in entries if entry["os"] in ("redhat", "debian")]
    with ExitStack() as stack:
        hosts = {name: stack.enter_context(pretend_host(family)) for name, family in FAMILIES.items()}
        for name, host in hosts.items():
            (tmp_path / "host_vars").mkdir(exist_ok=True)
            (tmp_path / "host_vars" / f"{name}.json").write_text(json.dumps(host.reach))
        (tmp_path / "inventory.yml").write_text(yaml.safe_dump(shown["inventory.yml"]))
        (tmp_path / MANIFEST).parent.mkdir(parents=True)
        (tmp_path / MANIFEST).write_text(yaml.safe_dump({"connector_deploy_installers": entries}))
        assert set(shown) == {"inventory.yml", MANIFEST, *READERS_OWN}
        said = ""
        for kind, _caption, text in BLOCKS:
            if kind != "bash" or "sha256sum" in text:
                continue
            if "connector_upgrade" in text:
                (tmp_path / MANIFEST).write_text(yaml.safe_dump({"connector_deploy_installers": entries + later}))
            said += run(text, tmp_path)
        assert "4 hosts: 1 unchanged, 3 installed" in said, said[-8000:]
        assert "2 hosts: 2 upgraded" in said
        assert "4 hosts: 4 well" in said
        assert "1 host: 1 removed" in said
        assert (tmp_path / "fleet.csv").read_text().count("\n") == 5
        assert json.loads((tmp_path / "fleet.json").read_text())["outcomes"] == {"installed": 3, "unchanged": 1}
        assert list((tmp_path / "snapshots").rglob("*.*"))
        record("guide for connectors", "el, debian, windows, macos", "every command")


def run(commands: str, folder: Path) -> str:
    """Run the commands as a reader does, in the folder with the guide's files."""
    (folder / "snapshots").mkdir(exist_ok=True)
    environment = {
        **os.environ,
        **ENVIRONMENT,
        **ansible_settings(),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
    return done.stdout
