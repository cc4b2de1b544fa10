#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module hunt_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: hunt_info
short_description: Find computers that saw something and raised no event
description:
  - Finds for each observable the computers that saw it, without those that raised an event for it. Malicious activity
    that raised no event deserves a high-priority alert.
  - The cloud can filter events by SHA-256. For an address, a file name or a part of a URL, the module reads all events
    of the computers that saw it, which takes more requests.
  - If the hunt ends early, such as at the hourly limit, the failed task still returns what it has found.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  observables:
    description: SHA-256s, IPv4 addresses, file names or parts of URLs.
    type: list
    elements: str
    required: true
  include_application:
    description:
      - Also count an event about an application with that SHA-256. This reads events once more for each SHA-256.
    type: bool
    default: false
  include_alerted:
    description:
      - Also return the computers that raised an event, so that RV(computers) lists every computer that saw an
        observable. RV(computers[].silent) distinguishes them.
      - This takes one more request for a SHA-256 that no computer seems to have seen. The cloud searches the newest
        5,000 entries of its history for that, and events go back further.
    type: bool
    default: false
seealso:
  - module: ampops.secure_endpoint.computer_activity_info
  - module: ampops.secure_endpoint.event_info
"""

EXAMPLES = r"""
- name: Find silent computers
  ampops.secure_endpoint.hunt_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    observables:
      - 814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e
      - 82.165.37.127
  register: hunt

- name: Find every computer that saw a file, silent or not
  ampops.secure_endpoint.hunt_info:
    observables:
      - 814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e
    include_alerted: true

- name: Show them with a link to what happened there
  ansible.builtin.debug:
    msg: "{{ item.hostname }} saw {{ item.observable }}: {{ item.pivot_url }}"
  loop: "{{ hunt.computers }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
computers:
  description:
    - The computers that saw an observable and raised no event for it, once for each observable. With
      O(include_alerted) also those that raised one.
  returned: success, or when the hunt ended early
  type: list
  elements: dict
  contains:
    id:
      description: The same in each run, for an alert that shall be raised once.
      type: str
      sample: 5d41402abc4b2a76b9719d911017c592
    observable:
      description: What was seen.
      type: str
      sample: 814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e
    connector_guid:
      description: The GUID of the connector.
      type: str
      sample: d821e2d9-9280-489c-a6c3-be02d85ba8a0
    hostname:
      description: The host name.
      type: str
      sample: PC-0001
    active:
      description: Whether the connector is active.
      type: bool
      sample: true
    silent:
      description: Whether it raised no event for the observable.
      type: bool
      sample: true
    pivot_url:
      description: The link to what happened there.
      type: str
      sample: https://console.eu.amp.cisco.com/computers/d821e2d9-9280-489c-a6c3-be02d85ba8a0/trajectory?q=tasksche.exe
observables:
  description: A summary for each observable that was looked for.
  returned: success, or when the hunt ended early
  type: list
  elements: dict
  contains:
    observable:
      description: What was looked for.
      type: str
      sample: 82.165.37.127
    kind:
      description: V(sha256), V(ip) or V(text).
      type: str
      sample: ip
    seen:
      description: How many computers saw it.
      type: int
      sample: 3
    alerted:
      description: How many of them raised an event for it.
      type: int
      sample: 2
    silent:
      description: How many did not.
      type: int
      sample: 1
    partial:
      description: Why the answer may be incomplete.
      type: list
      elements: str
      sample: ["events older than the cloud keeps are not seen: such a computer may have raised one"]
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.activity.hunt import hunt


def main() -> None:
    spec = ArgumentSpec(
        observables={"type": "list", "elements": "str", "required": True},
        include_application={"type": "bool", "default": False},
        include_alerted={"type": "bool", "default": False},
    ).merge(connection_spec())
    run_module(spec, hunt)


if __name__ == "__main__":
    main()
