# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_faults
short_description: Returns the faults of a connector that are of given severities
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Selects the faults in C(connector_status_result) by severity. A fault whose severity is not known is always among
    them.
options:
  _input:
    description: The status, C(connector_status_result).
    type: dict
    required: true
  severities:
    description:
      - One severity, a list, or a list as text, of V(Critical), V(Major) and V(Minor). V(any) takes every fault,
        V(none) no fault at all.
    type: raw
    default: Critical
"""

EXAMPLES = r"""
---
- name: Fail where the connector does not protect
  ansible.builtin.assert:
    that: connector_status_result | ampops.secure_endpoint.connector_faults('Critical,Major') | length == 0
"""

RETURN = r"""
---
_value:
  description: The faults, each with C(id), C(severity) and C(text).
  type: list
  elements: dict
  sample: [{"id": 11, "severity": "Critical", "text": "the kernel modules are not loaded"}]
"""

from collections.abc import Mapping

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.rollout import (
    DEFAULT_SEVERITIES,
    faults_that_stop,
    read_severities,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.variables import AnswerError
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_faults(status: Mapping[str, object], severities: object = DEFAULT_SEVERITIES) -> object:
    """Return the faults of `status` that are of these `severities`."""
    check_mapping("connector_faults: the status", status)
    try:
        return wrap_var(faults_that_stop(plain(status.get("faults")) or [], read_severities(plain(severities))))
    except AnswerError as error:
        raise AnsibleFilterError(f"connector_faults: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_faults": connector_faults}
