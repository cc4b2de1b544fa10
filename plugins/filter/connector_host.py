# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_host
short_description: Returns what the probe found of a Linux or macOS host
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Reads the output of the probe of the role P(ampops.secure_endpoint.connector_status#role) and returns what it found
    of the host itself, such as free space, kernel and package manager.
options:
  _input:
    description: The output of the probe.
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Show the package manager of the host
  ansible.builtin.debug:
    msg: "{{ (probed.stdout | ampops.secure_endpoint.connector_host).manager }}"
"""

RETURN = r"""
---
_value:
  description: Each finding with its value, or C(problem) if the probe did not answer completely.
  type: dict
"""

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import ProbeError, host_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_text


def connector_host(output: str) -> object:
    """Return what the probe found of the host."""
    check_text("connector_host: the output of the probe", output)
    try:
        return wrap_var(host_of(output))
    except ProbeError as error:
        return wrap_var({"problem": f"{error}."})


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_host": connector_host}
