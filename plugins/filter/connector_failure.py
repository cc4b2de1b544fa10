# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_failure
short_description: Says what a failed installation said and what is left on the host
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The role P(ampops.secure_endpoint.connector_deploy#role) ends with it after a failure.
options:
  _input:
    description: The fact C(connector_status_result) after the failure.
    type: dict
    required: true
  result:
    description: The result of the task that failed.
    type: dict
    required: true
  seconds:
    description: The time-out of the installer, for the sentence about it.
    type: int
    required: true
"""

EXAMPLES = r"""
---
- name: Show what failed
  ansible.builtin.debug:
    msg: "{{ connector_status_result | ampops.secure_endpoint.connector_failure(ansible_failed_result, seconds=900) }}"
"""

RETURN = r"""
---
_value:
  description: The sentences.
  type: str
"""

from collections.abc import Mapping

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import failure
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_failure(status: Mapping[str, object], result: Mapping[str, object], seconds: int) -> object:
    """Return what failed and what is left."""
    check_mapping("connector_failure: the status", status)
    check_mapping("connector_failure: the result", result)
    return wrap_var(failure(result, status, int(seconds)))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_failure": connector_failure}
