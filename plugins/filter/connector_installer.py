# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_installer
short_description: Checks the manifest of installers and picks the one for a host
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Checks the whole manifest first and names the entry that is wrong. A URL enrols hosts, so it is never part of a
    message or of
    the result; the result's C(index) says where in the manifest it stands.
options:
  _input:
    description: The manifest, as the option C(connector_deploy_installers) of the role describes it.
    type: list
    elements: dict
    required: true
  facts:
    description: The host's C(ansible_facts). Without it the whole manifest is returned, checked.
    type: dict
  channel:
    description: The newest version there is, or the one before.
    type: str
    choices: [n, n-1]
    default: n
  version:
    description: Exactly this version, whatever the channel says.
    type: str
    default: ""
"""

EXAMPLES = r"""
---
- name: Show which installer fits
  ansible.builtin.debug:
    msg: "{{ connector_deploy_installers | ampops.secure_endpoint.connector_installer(ansible_facts, channel='n-1') }}"
"""

RETURN = r"""
---
_value:
  description:
    - C(index), C(os), C(arch), C(path), C(cache_name), C(fetch_on),
      C(version), C(sha256),
      C(signer) and C(signature).
  type: dict
"""

from collections.abc import Mapping
from dataclasses import asdict

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import (
    Installer,
    ManifestError,
    choose,
    host_from_facts,
    read_manifest,
)


def connector_installer(
    manifest: object, facts: Mapping[str, object] | None = None, channel: str = "n", version: str = ""
) -> object:
    """The entry of `manifest` for the host that `facts` describe; all entries without facts."""
    try:
        entries = read_manifest(manifest)
        if facts is None:
            return [_shown(entry) for entry in entries]
        host = host_from_facts(facts)
        return {**_shown(choose(entries, host, channel=channel, version=str(version))), "kind": host.kind}
    except ManifestError as error:
        raise AnsibleFilterError(f"connector_installer: {error}") from None


def _shown(entry: Installer) -> dict[str, object]:
    return {**asdict(entry), "os_versions": list(entry.os_versions), "signer": dict(entry.signer)}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_installer": connector_installer}
