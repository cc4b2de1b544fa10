#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module computer_activity_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: computer_activity_info
short_description: Find the computers that saw something
description:
  - Finds the computers that saw an observable, whether or not it raised an event, or that a user was active on.
  - The cloud searches the newest 5,000 entries of its history only.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  q:
    description:
      - A SHA-256, an IPv4 address, a file name or a part of a URL. The cloud cannot search for a network.
    type: str
    aliases: [observable]
  user:
    description: The name of a user.
    type: str
  ios_bundle_id:
    description:
      - The bundle identifier of an iOS app. There is one record for each of its connections, so a device may be listed
        several times. The shape of these records is known from one public source only.
    type: str
  limit:
    description: The maximum number of computers to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.computer_trajectory_info
  - module: ampops.secure_endpoint.hunt_info
"""

EXAMPLES = r"""
- name: Find who saw a file
  ampops.secure_endpoint.computer_activity_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    q: 814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e
  register: saw

- name: Isolate them
  ampops.secure_endpoint.isolation:
    computers: "{{ saw.computers | map(attribute='connector_guid') }}"
  when: saw.computers | length > 0

- name: Find the devices on which an iOS app connected to something
  ampops.secure_endpoint.computer_activity_info:
    ios_bundle_id: com.example.mail

- name: Find the computers of a user
  ampops.secure_endpoint.computer_activity_info:
    user: m.keller
"""

RETURN = r"""
computers:
  description: The computers as the cloud gives them, each with C(pivot_url), the link to what happened there.
  returned: success
  type: list
  elements: dict
  sample:
    - connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
      hostname: PC-0001
      active: true
      pivot_url: https://console.eu.amp.cisco.com/computers/d821e2d9-9280-489c-a6c3-be02d85ba8a0/trajectory?q=tasksche.exe
partial:
  description: Why computers may be missing; empty where nothing says so.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.activity.read import list_activity


def main() -> None:
    spec = (
        ArgumentSpec(
            q={"type": "str", "aliases": ["observable"]},
            user={"type": "str"},
            ios_bundle_id={"type": "str"},
            limit={"type": "int"},
        )
        .mutually_exclusive("q", "user", "ios_bundle_id")
        .required_one_of("q", "user", "ios_bundle_id")
        .merge(connection_spec())
    )
    run_module(spec, list_activity)


if __name__ == "__main__":
    main()
