#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module group_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: group_info
short_description: List the groups of the tenant
description:
  - Reads groups with their parents and optionally their policies and numbers of computers.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  names:
    description:
      - Only groups of exactly these names. Unknown names are ignored.
    type: list
    elements: str
    aliases: [name]
  guids:
    description:
      - Only the groups with these GUIDs, each with its details. Unknown GUIDs are ignored.
    type: list
    elements: str
    aliases: [guid]
  details:
    description:
      - Also read the policies and the number of computers of each group, with one request for each.
    type: bool
    default: false
  limit:
    description:
      - The maximum number of groups to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.event_stream
"""

EXAMPLES = r"""
- name: Read all groups
  ampops.secure_endpoint.group_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: all_groups

- name: Read one group with its policies
  ampops.secure_endpoint.group_info:
    name: Protect
    details: true
  register: protect

- name: Read two groups by GUID
  ampops.secure_endpoint.group_info:
    guids:
      - fedd82f8-c74f-49f4-a463-e576d3beee92
      - bb5a9f90-d6fa-4fe7-99c8-e91060b49a98
"""

RETURN = r"""
groups:
  description: The groups, with all that the cloud tells of them.
  returned: success
  type: list
  elements: dict
  contains:
    guid:
      description: The GUID.
      type: str
      sample: fedd82f8-c74f-49f4-a463-e576d3beee92
    name:
      description: The name.
      type: str
      sample: Audit
    description:
      description: The description.
      type: str
      sample: Audit only
    source:
      description: Where the group comes from; null for one that was made in the console.
      type: str
      sample: Created via API
    parent:
      description: The group above, with C(guid) and C(name); null for one at the top.
      type: dict
      sample: {guid: bb5a9f90-d6fa-4fe7-99c8-e91060b49a98, name: Europe}
    ancestry:
      description: All groups above; absent for one at the top.
      type: list
      elements: dict
      sample: [{guid: bb5a9f90-d6fa-4fe7-99c8-e91060b49a98, name: Europe}]
    computers_count:
      description: How many computers are in the group itself.
      returned: with O(guids) or O(details)
      type: int
      sample: 12
    descendant_computers_count:
      description: How many are in the groups below it.
      returned: with O(guids) or O(details)
      type: int
      sample: 0
    policies:
      description: The policies of the group, one for each product, with C(name), C(guid), C(product) and more.
      returned: with O(guids) or O(details)
      type: list
      elements: dict
      sample: [{name: Audit, guid: 0f0e0d0c-0b0a-4908-8706-050403020100, product: windows, default: false}]
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.read import list_groups


def main() -> None:
    spec = (
        ArgumentSpec(
            names={"type": "list", "elements": "str", "aliases": ["name"]},
            guids={"type": "list", "elements": "str", "aliases": ["guid"]},
            details={"type": "bool", "default": False},
            limit={"type": "int"},
        )
        .mutually_exclusive("names", "guids")
        .merge(connection_spec())
    )
    run_module(spec, list_groups)


if __name__ == "__main__":
    main()
