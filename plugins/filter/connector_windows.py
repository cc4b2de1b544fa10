# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_windows
short_description: Makes evidence about a Windows host from what ansible.windows found there
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The role P(ampops.secure_endpoint.connector_status#role) uses it, first to learn which files to look at, then to
    make what the filter P(ampops.secure_endpoint.connector_status#filter) judges.
options:
  _input:
    description: The C(services) that M(ansible.windows.win_service_info) found for C(CiscoAMP*).
    type: list
    elements: dict
    required: true
  views:
    description: The results of M(ansible.windows.win_reg_stat) for C(Immunet Protect), in both registry views.
    type: list
    elements: dict
    required: true
  entries:
    description: The results of M(ansible.windows.win_reg_stat) for the uninstall entries.
    type: list
    elements: dict
    default: []
  files:
    description: The results of M(ansible.windows.win_stat) for the C(paths) that this filter returned.
    type: list
    elements: dict
    default: []
  local_xml:
    description: The content of C(local.xml) in base64.
    type: str
    default: ""
  awaited:
    description: The state that was waited for, V(running), V(stopped) or nothing.
    type: str
    default: ""
  before:
    description:
      - The C(services) a few seconds before. With O(awaited=running) a service whose process is another one now was
        started anew, and does not count as running.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
---
- name: Show which folder holds the connector that runs
  ansible.builtin.debug:
    msg: "{{ services | ampops.secure_endpoint.connector_windows([]) }}"
  vars:
    services:
      - name: CiscoAMP
        path: '"C:\Program Files\Cisco\AMP\8.2.3.30119\sfc.exe"'
        state: started
"""

RETURN = r"""
---
_value:
  description:
      - Evidence, with C(paths), C(version_dir), C(service_state), C(read_entries) and C(read_local_xml) beside it.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.windows import windows_evidence
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mappings, check_text


def connector_windows(
    services: Sequence[Mapping[str, Any]],
    views: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]] = (),
    files: Sequence[Mapping[str, Any]] = (),
    local_xml: str = "",
    awaited: str = "",
    before: Sequence[Mapping[str, Any]] = (),
) -> object:
    """Return the evidence about a Windows host."""
    lists = {"services": services, "views": views, "entries": entries, "files": files, "before": before}
    for name, answers in lists.items():
        check_mappings(f"connector_windows: {name}", answers)
    check_text("connector_windows: local_xml", local_xml)
    return wrap_var(windows_evidence(services, views, entries, files, local_xml, awaited, before))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {"connector_windows": connector_windows}
