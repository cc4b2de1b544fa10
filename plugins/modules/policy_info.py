#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module policy_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_info
short_description: List the policies of the tenant
description:
  - Reads policies and optionally their file lists, the groups that use them and their XML.
  - A policy is for one product. Several policies with the same name, one for each product, are normal.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  products:
    description:
      - Only policies for these products.
    type: list
    elements: str
    choices: [windows, mac, linux, android, ios, network]
    aliases: [product]
  names:
    description:
      - Only policies of exactly these names. Unknown names are ignored.
    type: list
    elements: str
    aliases: [name]
  guids:
    description:
      - Only the policies with these GUIDs, each with its details. Unknown GUIDs are ignored.
    type: list
    elements: str
    aliases: [guid]
  details:
    description:
      - Also read the file lists and the groups of each policy, with one request for each.
    type: bool
    default: false
  xml:
    description:
      - Also read the XML of each policy, with one request for each. This needs the Python library lxml. Passwords
        are masked.
    type: bool
    default: false
  limit:
    description:
      - The maximum number of policies to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.group
"""

EXAMPLES = r"""
- name: Read all policies for Windows and Linux
  ampops.secure_endpoint.policy_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    products:
      - windows
      - linux
  register: all_policies

- name: Read what the policies of one name hold, and who uses them
  ampops.secure_endpoint.policy_info:
    name: Guard
    details: true
  register: guard

- name: Read the XML of one policy
  ampops.secure_endpoint.policy_info:
    guids:
      - a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67
    xml: true
"""

RETURN = r"""
policies:
  description: The policies, with all that the cloud tells of them.
  returned: success
  type: list
  elements: dict
  contains:
    guid:
      description: The GUID.
      type: str
      sample: a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67
    name:
      description: The name.
      type: str
      sample: Guard
    description:
      description: The description.
      type: str
      sample: Quarantines malicious files
    product:
      description: What it is for.
      type: str
      sample: windows
    default:
      description: Whether new groups get it.
      type: bool
      sample: true
    serial_number:
      description: Rises with each change.
      type: int
      sample: 29
    file_lists:
      description: The file lists that it holds, with C(guid), C(name) and C(type).
      returned: with O(guids) or O(details)
      type: list
      elements: dict
      sample:
        - guid: e773a9eb-296c-40df-98d8-bed46322589d
          name: Simple Custom Detection List
          type: simple_custom_detections
    used_in_groups:
      description: The groups that use it, with C(guid), C(name) and C(description).
      returned: with O(guids) or O(details)
      type: list
      elements: dict
      sample: [{guid: fedd82f8-c74f-49f4-a463-e576d3beee92, name: Audit, description: Audit only}]
    xml:
      description: The XML, with passwords masked; null for a policy that was deleted meanwhile.
      returned: with O(xml)
      type: str
      sample: <Signature xmlns="http://www.w3.org/2000/09/xmldsig#">...</Signature>
    file_mode:
      description:
        - What the policy does with malicious files, V(audit) or V(quarantine); null where it does not say. A policy in
          audit mode blocks nothing.
      returned: with O(xml)
      type: str
      sample: quarantine
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.policy.read import (
    PRODUCTS,
    list_policies,
)


def main() -> None:
    spec = (
        ArgumentSpec(
            products={"type": "list", "elements": "str", "choices": list(PRODUCTS), "aliases": ["product"]},
            names={"type": "list", "elements": "str", "aliases": ["name"]},
            guids={"type": "list", "elements": "str", "aliases": ["guid"]},
            details={"type": "bool", "default": False},
            xml={"type": "bool", "default": False},
            limit={"type": "int"},
        )
        .mutually_exclusive("names", "guids")
        .mutually_exclusive("products", "guids")
        .merge(connection_spec())
    )
    run_module(spec, list_policies)


if __name__ == "__main__":
    main()
