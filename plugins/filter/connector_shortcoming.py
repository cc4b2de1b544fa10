# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_shortcoming
short_description: Says why a finished installation did not give what was planned
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Empty where the planned version is installed and runs.
options:
  _input:
    description: The fact C(connector_status_result) after the installation.
    type: dict
    required: true
  plan:
    description: The plan, as M(ampops.secure_endpoint.connector_plan) returns it.
    type: dict
    required: true
  newer:
    description: As in the plan. With V(accept) a newer version than the planned one is right, too.
    type: str
    default: accept
  golden_image:
    description: The connector does not have to run.
    type: bool
    default: false
  seconds:
    description: How long it was waited for, for the sentence about it.
    type: int
    default: 120
"""

EXAMPLES = r"""
---
- name: Fail unless the planned version runs
  ansible.builtin.assert:
    that: (connector_status_result | ampops.secure_endpoint.connector_shortcoming(planned.plan)) == ''
"""

RETURN = r"""
---
_value:
  description: The sentence, or an empty text.
  type: str
"""

from collections.abc import Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.outcomes import plan_shortcoming
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_shortcoming(
    status: Mapping[str, Any],
    plan: Mapping[str, Any],
    newer: str = "accept",
    golden_image: bool = False,
    seconds: int = 120,
) -> object:
    """Return why the installation did not give what was planned, or an empty text."""
    check_mapping("connector_shortcoming: the status", status)
    check_mapping("connector_shortcoming: the plan", plan)
    said = plan_shortcoming(status, plan, newer=newer, golden_image=golden_image, seconds=int(seconds))
    return wrap_var(said)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_shortcoming": connector_shortcoming}
