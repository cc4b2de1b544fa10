# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_signer
short_description: Reads a signer's key and debsig-verify policy on the controller
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - A package counts as signed only if the given key signed it. This reads the key, and for a DEB the policy, so that
    the role can
    lay them out in a throw-away folder on the target within one round trip.
options:
  _input:
    description: The C(signer) of an entry of the manifest, with the files C(key) and, for a DEB, C(debsig_policy).
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show the id of the key that a policy wants
  ansible.builtin.debug:
    msg: "{{ ({'key': 'cisco.gpg', 'debsig_policy': 'cisco.pol'} | ampops.secure_endpoint.connector_signer).key_id }}"
"""

RETURN = r"""
---
_value:
  description:
    - C(key) and C(policy) in base64, C(key_id) and C(keyring), as debsig-verify looks them up; empty if they are not
      given. C(problem) says why a file cannot be used, and is empty otherwise.
  type: dict
"""

from collections.abc import Mapping

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.signer_files import read_signer
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping, check_text


def connector_signer(signer: Mapping[str, str]) -> dict[str, str]:
    """Return key and policy of `signer`, ready to be handed over, or the problem."""
    check_mapping("connector_signer: the signer", signer)
    for option in ("key", "debsig_policy"):
        check_text(f"connector_signer: {option}", signer.get(option) or "")
    return read_signer(signer)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_signer": connector_signer}
