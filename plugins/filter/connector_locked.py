# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_locked
short_description: Says whether a package manager failed because another one is at work
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The roles that install and remove packages try again while it is so.
options:
  _input:
    description: The result of the task.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Remove the connector
  ansible.builtin.command: yum -y remove ciscoampconnector
  register: removed
  changed_when: true
  until: not (removed | ampops.secure_endpoint.connector_locked)
  retries: 12
"""

RETURN = r"""
---
_value:
  description: Whether another package manager holds the lock.
  type: bool
"""

from collections.abc import Mapping

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import is_locked
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_locked(result: Mapping[str, object]) -> bool:
    """Return whether the task failed because another package manager is at work."""
    check_mapping("connector_locked: the result", result)
    return is_locked(result)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_locked": connector_locked}
