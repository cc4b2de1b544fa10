#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module computer_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: computer_info
short_description: List the computers of the tenant
description:
  - Reads the records of computers (connectors) that every given filter matches, however many there are.
  - Several records of one host name are normal, for example after a host was reinstalled.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  connector_guids:
    description:
      - Only the computers with these GUIDs. Unknown GUIDs are ignored. Excludes the other filters.
    type: list
    elements: str
    aliases: [connector_guid]
  hostnames:
    description:
      - Only computers with exactly these host names. Upper and lower case are the same.
    type: list
    elements: str
    aliases: [hostname]
  groups:
    description:
      - Only computers directly in these groups, by name or GUID. The task fails if no group or several groups have a
        name.
    type: list
    elements: str
    aliases: [group_guids]
  internal_ip:
    description:
      - Only computers that have this internal address.
    type: str
  external_ip:
    description:
      - Only computers with this public address.
    type: str
  last_seen_within:
    description:
      - Only computers that reported within this number of days.
    type: int
  last_seen_over:
    description:
      - Only computers that have not reported for this number of days.
    type: int
  processor_id:
    description:
      - Only the computers with this processor ID, which the cloud shows as C(windows_processor_id).
    type: str
  risk_score:
    description:
      - Only computers of this risk. This filter is known from one public source; how a tenant shows the risk of a
        computer is not, so it is the cloud alone that chooses.
    type: str
    choices: [low, medium, high, critical]
  limit:
    description:
      - The maximum number of computers to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.computer
  - module: ampops.secure_endpoint.computer_group
"""

EXAMPLES = r"""
- name: Read all computers
  ampops.secure_endpoint.computer_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: fleet

- name: Read two hosts by name
  ampops.secure_endpoint.computer_info:
    hostnames:
      - pc-0000
      - nb-0002

- name: Find the computers that are at the highest risk
  ampops.secure_endpoint.computer_info:
    risk_score: critical

- name: Find what has not reported for three months in one group
  ampops.secure_endpoint.computer_info:
    groups:
      - Protect
    last_seen_over: 90
  register: stale
"""

RETURN = r"""
computers:
  description: The computers, with all that the cloud tells of them.
  returned: success
  type: list
  elements: dict
  contains:
    connector_guid:
      description: The GUID of the connector.
      type: str
      sample: d821e2d9-9280-489c-a6c3-be02d85ba8a0
    hostname:
      description: The host name.
      type: str
      sample: PC-0001
    active:
      description: Whether the connector is in use.
      type: bool
      sample: true
    operating_system:
      description: The operating system, as the cloud spells it.
      type: str
      sample: Windows 10
    connector_version:
      description: The version of the connector.
      type: str
      sample: 8.2.3.30119
    group_guid:
      description: The GUID of its group.
      type: str
      sample: fedd82f8-c74f-49f4-a463-e576d3beee92
    policy:
      description: The policy that it has, with C(guid) and C(name).
      type: dict
      sample: {guid: a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67, name: Protect}
    internal_ips:
      description: The internal addresses.
      type: list
      elements: str
      sample: [10.116.0.3]
    external_ip:
      description: The address from which it is seen outside.
      type: str
      sample: 198.51.100.7
    last_seen:
      description: When it reported last.
      type: str
      sample: "2026-03-01T17:46:01Z"
    isolation:
      description: Whether it can be isolated and whether it is.
      type: dict
      sample: {available: true, status: not_isolated}
    faults:
      description: What is wrong with the connector.
      type: list
      elements: str
      sample: []
    csc_id:
      description: The ID of the device in Cisco Secure Client, where the cloud gives one.
      type: str
      sample: 5ec0de1d-0000-4000-8000-000000000001
    risk_score:
      description: The risk of the computer, where the cloud rates it; a word in some tenants, a number in others.
      type: raw
      sample: medium
    host_firewall:
      description: The state of the host firewall, where the policy has one.
      type: dict
      sample: {status: enabled}
    windows_processor_id:
      description: The processor ID of a Windows computer. Virtual machines may share C(0000000000000000).
      type: str
      sample: bfebfbff000906ea
    mac_hardware_id:
      description: The hardware ID of a Mac, which has no processor ID.
      type: str
      sample: 8F2C1A44-0000-4000-8000-0242AC120002
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.fleet.info import list_computers

FILTERS = (
    *("hostnames", "groups", "internal_ip", "external_ip", "last_seen_within", "last_seen_over"),
    *("processor_id", "risk_score"),  # named by one public source (api-contract 15)
)


def main() -> None:
    spec = ArgumentSpec(
        connector_guids={"type": "list", "elements": "str", "aliases": ["connector_guid"]},
        hostnames={"type": "list", "elements": "str", "aliases": ["hostname"]},
        groups={"type": "list", "elements": "str", "aliases": ["group_guids"]},
        internal_ip={"type": "str"},
        external_ip={"type": "str"},
        last_seen_within={"type": "int"},
        last_seen_over={"type": "int"},
        processor_id={"type": "str"},
        risk_score={"type": "str", "choices": ["low", "medium", "high", "critical"]},
        limit={"type": "int"},
    )
    for name in FILTERS:
        spec.mutually_exclusive("connector_guids", name)
    run_module(spec.merge(connection_spec()), list_computers)


if __name__ == "__main__":
    main()
