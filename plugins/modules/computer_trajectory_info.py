#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module computer_trajectory_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: computer_trajectory_info
short_description: Read what happened on one computer
description:
  - Reads the trajectory of one computer, newest first, which shows programs that ran, files and network connections.
  - Also returns the distinct SHA-256s of the files and their parents, to look them up elsewhere.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  computer:
    description: The computer, by GUID or host name. A host name takes one more request.
    type: str
    required: true
  q:
    description: Only events that involve this SHA-256, IPv4 address, file name or part of a URL.
    type: str
    aliases: [observable]
  user:
    description:
      - Only what this user did.
      - A cloud that no longer has this call is asked by its general search instead, with a warning.
    type: str
  any_user:
    description: Only what some user did, whoever it was. Excludes O(q) and O(user).
    type: bool
  start_time:
    description: Only events since then, as V(2026-01-31) or V(2026-01-31T12:00:00Z).
    type: str
  end_time:
    description: Only events before then.
    type: str
  limit:
    description: The maximum number of events to return. The API returns 500 at most.
    type: int
    default: 500
seealso:
  - module: ampops.secure_endpoint.computer_activity_info
"""

EXAMPLES = r"""
- name: Read what happened on a computer
  ampops.secure_endpoint.computer_trajectory_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    computer: pc-0001
  register: trajectory

- name: Read what users did on it in one hour
  ampops.secure_endpoint.computer_trajectory_info:
    computer: pc-0001
    any_user: true
    start_time: "2026-01-31T12:00:00Z"
    end_time: "2026-01-31T13:00:00Z"

- name: Show the hashes to look up
  ansible.builtin.debug:
    msg: "{{ trajectory.sha256s }}"
"""

RETURN = r"""
computer:
  description: The computer as the cloud gives it.
  returned: success
  type: dict
  sample: {connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0, hostname: PC-0001}
events:
  description:
    - What happened, newest first. Entries of the trajectory itself have no C(event_type_id) and no C(id); events of the
      cloud have both, the C(id) as a string.
  returned: success
  type: list
  elements: dict
  sample:
    - event_type: Executed by
      timestamp: 1581940174
      file: {file_name: taskmgr.exe}
sha256s:
  description: The distinct SHA-256s of files and parents in lower case, in the order of RV(events).
  returned: success
  type: list
  elements: str
  sample: [292106dfdfacdc0ab33e3cb580ae23f0506cb2402b9b3ca2811a0a1c2f6ebf6c]
partial:
  description: Whether the bound was reached, so that older events may be missing.
  returned: success
  type: bool
  sample: false
pivot_url:
  description: The link to the same in the console.
  returned: success
  type: str
  sample: https://console.eu.amp.cisco.com/computers/d821e2d9-9280-489c-a6c3-be02d85ba8a0/trajectory2
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.activity.trajectory import (
    read_trajectory,
)


def main() -> None:
    spec = (
        ArgumentSpec(
            computer={"type": "str", "required": True},
            q={"type": "str", "aliases": ["observable"]},
            user={"type": "str"},
            any_user={"type": "bool"},
            start_time={"type": "str"},
            end_time={"type": "str"},
            limit={"type": "int", "default": 500},
        )
        .mutually_exclusive("q", "user", "any_user")
        .merge(connection_spec())
    )
    run_module(spec, read_trajectory)


if __name__ == "__main__":
    main()
