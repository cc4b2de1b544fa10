# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_debsig
short_description: Reads which key and keyring file a debsig-verify policy wants
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - debsig-verify looks a policy up in a folder named after the id of the origin's key, and the keyring likewise. The
    role that
    deploys lays both out in a throw-away folder.
options:
  _input:
    description: The text of the policy.
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Show the id of the key
  ansible.builtin.debug:
    msg: "{{ (lookup('ansible.builtin.file', 'cisco.pol') | ampops.secure_endpoint.connector_debsig).key_id }}"
"""

RETURN = r"""
---
_value:
  description: C(key_id) and C(keyring).
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.debsig import PolicyError, read_policy


def connector_debsig(text: str) -> dict[str, str]:
    """Key id and keyring file of a policy."""
    try:
        key_id, keyring = read_policy(text)
    except PolicyError as error:
        raise AnsibleFilterError(f"connector_debsig: the policy {error}") from None
    return {"key_id": key_id, "keyring": keyring}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_debsig": connector_debsig}
