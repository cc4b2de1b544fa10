# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_action
short_description: Decides what a deployment has to do to a host
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Compares the status of a host with the wanted version, as numbers. The shorter of the two decides how far, so
    C(7.2.7) is the same as C(7.2.7.11687).
options:
  _input:
    description: The status, C(connector_status_result).
    type: dict
    required: true
  version:
    description: The wanted version.
    type: str
    required: true
  newer:
    description: Whether a newer version on the host is accepted, refused or replaced.
    type: str
    choices: [accept, fail, downgrade]
    default: accept
"""

EXAMPLES = r"""
---
- name: Show what would be done
  ansible.builtin.debug:
    msg: "{{ connector_status_result | ampops.secure_endpoint.connector_action('1.24.0') }}"
"""

RETURN = r"""
---
_value:
  description: V(none), V(start), V(install), V(upgrade), V(downgrade) or V(repair).
  type: str
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.actions import decide
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_action(status: Mapping[str, object], version: str, newer: str = "accept") -> str:
    """Return what has to be done to a host with this `status`."""
    check_mapping("connector_action: the status", status)
    try:
        return decide(status, str(version), newer=newer)
    except ValueError as error:
        raise AnsibleFilterError(f"connector_action: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_action": connector_action}
