# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_fleet
short_description: Sums up what a run of the connector playbooks did to a fleet
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Counts the hosts by outcome and version and the faults by id, and says what to do next.
  - Reads the facts that the playbooks and roles for connectors leave, also those of hosts that failed or disappeared.
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the run, such as C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  job:
    description: What was done.
    type: str
    choices: [deploy, upgrade, uninstall, status]
    required: true
  check_mode:
    description: Whether the run only predicted.
    type: bool
    default: false
"""

EXAMPLES = r"""
---
- name: Show how the fleet does
  ansible.builtin.debug:
    msg: "{{ (hostvars | ampops.secure_endpoint.connector_fleet(ansible_play_hosts_all, job='status')).headline }}"
  run_once: true
"""

RETURN = r"""
---
_value:
  description: The summary.
  type: dict
  contains:
    headline:
      description: The totals as one line.
      type: str
    hosts:
      description: How many hosts the run has.
      type: int
    failed:
      description: How many of them failed, are faulty, disappeared or were never reached.
      type: int
    outcomes:
      description: Outcome to number of hosts.
      type: dict
    versions:
      description: Version to number of hosts. V(none) counts those without a connector, V(unknown) the others.
      type: dict
    faults:
      description: Each fault once, with C(id), C(severity), C(text), C(count) and C(hosts).
      type: list
      elements: dict
    records:
      description: A record for each host, those that need somebody first.
      type: list
      elements: dict
    todo:
      description: The records of hosts that have something to do next, without those that were not tried.
      type: list
      elements: dict
    lines:
      description:
        - The summary as a person reads it, with tables as P(ampops.secure_endpoint.table#filter) makes them.
      type: list
      elements: str
    next:
      description: What to do next, a sentence each.
      type: list
      elements: str
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._fleet_summary import summary_of

NAME = "connector_fleet"


def connector_fleet(hostvars: Mapping[str, Any], hosts: Sequence[str], job: str, check_mode: bool = False) -> object:
    """Return the summary of what `job` did to `hosts`."""
    check_mapping(f"{NAME}: hostvars", hostvars)
    try:
        return wrap_var(summary_of(hostvars, hosts, str(job), check_mode=bool(check_mode)))
    except ValueError as error:
        raise AnsibleFilterError(f"{NAME}: {error}") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {NAME: connector_fleet}
