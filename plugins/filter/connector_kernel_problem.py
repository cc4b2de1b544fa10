# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_kernel_problem
short_description: Decides whether a Linux kernel fits the connector that goes in
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - From connector 1.25 on, the kernel's type information (BTF) is enough. Older connectors are compiled against the
    kernel's headers, also where BTF is there. Kernels for which the package brings a module need neither.
options:
  _input:
    description: The version that goes in; an empty text where it is not known yet.
    type: str
    required: true
  facts:
    description: Ansible's facts C(os_family), C(distribution) and C(distribution_major_version).
    type: dict
    required: true
  found:
    description: C(kernel_release), and C(kernel_btf) and C(kernel_headers) where the host has them.
    type: dict
    required: true
"""

EXAMPLES = r"""
---
- name: Show why a kernel does not fit
  ansible.builtin.debug:
    msg: >-
      {{ '1.24.0' | ampops.secure_endpoint.connector_kernel_problem(
           {'os_family': 'Debian', 'distribution': 'Ubuntu', 'distribution_major_version': '24'},
           {'kernel_release': '6.8.0-40-generic', 'kernel_btf': '1'}) }}
"""

RETURN = r"""
---
_value:
  description: Why the connector would run without protecting, and what to do; an empty text where the kernel fits.
  type: str
"""

from collections.abc import Mapping

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.kernel import kernel_problem
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping, check_text


def connector_kernel_problem(version: str, facts: Mapping[str, object], found: Mapping[str, str]) -> str:
    """Return why the kernel does not fit the version, or an empty text."""
    check_text("connector_kernel_problem: the version", version)
    check_mapping("connector_kernel_problem: facts", facts)
    check_mapping("connector_kernel_problem: found", found)
    return kernel_problem(version, facts, found)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_kernel_problem": connector_kernel_problem}
