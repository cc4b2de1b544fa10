#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module isolation_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: isolation_info
short_description: Read which computers are isolated, by whom and why
description:
  - Reads the isolation of computers with its comment, the user who started it, and optionally the code that ends it at
    the computer.
  - This takes one request for each computer in the result, and the pages of computers to find them.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  computers:
    description:
      - The computers, by GUID or host name in any case.
      - By default all computers that are isolated or whose isolation is starting or stopping.
    type: list
    elements: str
  return_unlock_code:
    description: Return the unlock codes too. Set C(no_log) on the task.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.isolation
"""

EXAMPLES = r"""
- name: Read who is isolated
  ampops.secure_endpoint.isolation_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: found

- name: Show who did it
  ansible.builtin.debug:
    msg: "{{ item.hostname }}: {{ item.status }} by {{ item.isolated_by | default('unknown') }}, {{ item.comment }}"
  loop: "{{ found.isolations }}"
  loop_control:
    label: "{{ item.connector_guid }}"

- name: Read the code that ends the isolation of one computer
  ampops.secure_endpoint.isolation_info:
    computers: [pc-0001]
    return_unlock_code: true
  register: code
  no_log: true
"""

RETURN = r"""
isolations:
  description: The isolation of each computer, with what else the cloud tells of it.
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
    status:
      description: V(not_isolated), V(pending_start), V(isolated) or V(pending_stop).
      type: str
      sample: isolated
    available:
      description: Whether the computer can be isolated.
      type: bool
      sample: true
    comment:
      description: The comment. After a release the last one stays.
      type: str
      sample: Incident 123
    isolated_by:
      description: Who began it, where the cloud says so.
      type: str
      sample: SOC
    unlock_code:
      description: The code that ends it at the computer.
      returned: with O(return_unlock_code)
      type: str
      sample: VALUE_SPECIFIED_IN_NO_LOG_PARAMETER
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.isolation.read import read_isolations


def main() -> None:
    spec = ArgumentSpec(
        computers={"type": "list", "elements": "str"},
        return_unlock_code={"type": "bool", "default": False, "no_log": False},
    ).merge(connection_spec())
    run_module(spec, read_isolations)


if __name__ == "__main__":
    main()
