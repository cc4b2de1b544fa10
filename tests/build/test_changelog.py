# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The release notes of the tarball name every plugin, role and playbook in it, and none that is not.

antsibull-changelog finds modules, plugins and roles by the version_added in their documentation. Playbooks, event
sources and rulebooks stand in the fragments.
"""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from .contents import contents

INSTALLED = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"], "ansible_collections", "ampops", "secure_endpoint")
RELEASES = yaml.safe_load((INSTALLED / "changelogs" / "changelog.yaml").read_text())["releases"].values()
KINDS = ("module", "filter", "lookup", "inventory", "callback", "role", "playbook")


def named() -> list[tuple[str, str]]:
    """Return what the releases introduced."""
    found = [("module", module["name"]) for release in RELEASES for module in release.get("modules", ())]
    for release in RELEASES:
        for kind, added in [*release.get("plugins", {}).items(), *release.get("objects", {}).items()]:
            found += [(kind, one["name"]) for one in added]
    return found


def test_every_plugin_role_and_playbook_is_named_once_and_no_other() -> None:
    there = {(kind, name.removesuffix(".yml")) for kind, name in contents(INSTALLED) if kind in KINDS}
    there = {(kind, name) for kind, name in there if not name.startswith("_")}
    names = named()
    assert {"there, not named": there - {*names}} == {"there, not named": set()}
    assert {"named, not there": {*names} - there} == {"named, not there": set()}
    assert len(names) == len(there)


def test_every_event_source_and_rulebook_is_named() -> None:
    text = str([release["changes"] for release in RELEASES])
    eda = INSTALLED / "extensions" / "eda"
    expected = {f"event source ``{path.stem}``" for path in (eda / "plugins" / "event_source").glob("*.py")}
    expected |= {f"rulebook ``{path.stem}``" for path in (eda / "rulebooks").glob("*.yml")}
    assert {phrase for phrase in expected if phrase not in text} == set()
