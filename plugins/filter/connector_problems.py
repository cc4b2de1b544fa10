# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_problems
short_description: Returns one sentence for each fault and problem of a connector
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Makes the faults and problems in C(connector_status_result) readable, for tables, messages and reports.
options:
  _input:
    description: The status, C(connector_status_result).
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show what is wrong with the connector
  ansible.builtin.debug:
    msg: "{{ connector_status_result | ampops.secure_endpoint.connector_problems | join('; ') }}"
"""

RETURN = r"""
---
_value:
  description: The sentences, faults first; empty where the connector is well.
  type: list
  elements: str
  sample: ["fault 11 (Critical): the kernel modules are not loaded", "local.xml is missing"]
"""

from collections.abc import Mapping

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import sentences
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_problems(status: Mapping[str, object]) -> list[str]:
    """Return one sentence for each fault and problem of `status`."""
    check_mapping("connector_problems: the status", status)
    return sentences(status)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_problems": connector_problems}
