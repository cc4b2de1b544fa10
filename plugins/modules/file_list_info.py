#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module file_list_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: file_list_info
short_description: List the file lists of the tenant and their entries
description:
  - Reads the lists of SHA-256s (simple custom detections, application blocking, allowed applications) and optionally
    their files and the policies that use them.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  types:
    description:
      - Only lists of these types.
      - The API cannot list V(allowed_applications). The module finds them through the policies that use them, which
        takes one request for each policy of the tenant.
    type: list
    elements: str
    choices: [simple_custom_detections, application_blocking, allowed_applications]
    default: [simple_custom_detections, application_blocking]
  names:
    description:
      - Only lists of exactly these names. Unknown names are ignored.
    type: list
    elements: str
    aliases: [name]
  guids:
    description:
      - Only the lists with these GUIDs, of any type. Unknown GUIDs are ignored.
    type: list
    elements: str
    aliases: [guid]
  files:
    description:
      - Also read the entries of each list. This takes one request for each 500 entries, at least one for each list.
    type: bool
    default: false
  policies:
    description:
      - Also read the policies that use each list. This takes one request for each list, or none with O(files), which
        returns them as well.
    type: bool
    default: false
  limit:
    description:
      - The maximum number of lists to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.file_list_entry
"""

EXAMPLES = r"""
- name: Read the lists of simple custom detections and of blocked applications
  ampops.secure_endpoint.file_list_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: lists

- name: Read what one list blocks, and where
  ampops.secure_endpoint.file_list_info:
    types:
      - simple_custom_detections
    name: Simple Custom Detection List
    files: true
  register: blocked

- name: Find the lists that policies use
  ampops.secure_endpoint.file_list_info:
    policies: true
  register: lists

- name: Show them
  ansible.builtin.debug:
    msg: "{{ lists.file_lists | selectattr('policies') | map(attribute='name') }}"

- name: Read the lists of allowed applications
  ampops.secure_endpoint.file_list_info:
    types:
      - allowed_applications
"""

RETURN = r"""
file_lists:
  description: The lists.
  returned: success
  type: list
  elements: dict
  contains:
    guid:
      description: The GUID.
      type: str
      sample: e773a9eb-296c-40df-98d8-bed46322589d
    name:
      description: The name.
      type: str
      sample: Simple Custom Detection List
    type:
      description: The type.
      type: str
      sample: simple_custom_detections
    files:
      description: What is in the list.
      returned: with O(files)
      type: list
      elements: dict
      contains:
        sha256:
          description: The SHA-256 in lower case.
          type: str
          sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
        description:
          description: The description; null where there is none.
          type: str
          sample: Seen in incident 123
        source:
          description: Who added it and how, in the cloud's words.
          type: str
          sample: Created by entering SHA-256 via Public api.
    policies:
      description: The policies that use the list, with C(guid) and C(name). None means that the list has no effect.
      returned: with O(files) or O(policies)
      type: list
      elements: dict
      sample: [{guid: be84e169-0830-4b95-915b-1e203a82ed58, name: Protect}]
    complete:
      description: Whether RV(file_lists[].files) is all of it. A list that changed all the time while it was read is
        not.
      returned: with O(files)
      type: bool
      sample: true
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.file_list.read import (
    LISTED,
    TYPES,
    list_file_lists,
)


def main() -> None:
    spec = (
        ArgumentSpec(
            types={"type": "list", "elements": "str", "choices": list(TYPES), "default": list(LISTED)},
            names={"type": "list", "elements": "str", "aliases": ["name"]},
            guids={"type": "list", "elements": "str", "aliases": ["guid"]},
            files={"type": "bool", "default": False},
            policies={"type": "bool", "default": False},
            limit={"type": "int"},
        )
        .mutually_exclusive("names", "guids")
        .merge(connection_spec())
    )
    run_module(spec, list_file_lists)


if __name__ == "__main__":
    main()
