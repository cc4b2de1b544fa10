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
    description: The host's C(ansible_facts).
    type: dict
    required: true
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
    - C(index), C(os), C(arch), C(kind) (V(exe), V(dmg), V(rpm) or V(deb)), C(path), C(has_url), C(fetch_on),
      C(version), C(sha256),
      C(signer) and C(signature).
  type: dict
"""

from collections.abc import Mapping
from dataclasses import asdict

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.installers import (
    ManifestError,
    choose,
    host_from_facts,
    read_manifest,
)


def connector_installer(
    manifest: object, facts: Mapping[str, object], channel: str = "n", version: str = ""
) -> dict[str, object]:
    """The entry of `manifest` for the host that `facts` describe."""
    try:
        host = host_from_facts(facts)
        chosen = choose(read_manifest(manifest), host, channel=channel, version=str(version))
    except ManifestError as error:
        raise AnsibleFilterError(f"connector_installer: {error}") from None
    return {**asdict(chosen), "os_versions": list(chosen.os_versions), "signer": dict(chosen.signer), "kind": host.kind}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_installer": connector_installer}
