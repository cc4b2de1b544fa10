#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module computer_group."""

from __future__ import annotations

DOCUMENTATION = r"""
module: computer_group
short_description: Move computers to a group
description:
  - Moves computers to a group, and so to the policies of the group. Pass a list instead of looping over this module,
    since a loop reads the computers again for each of them.
  - Reads each computer or the pages of all, whichever takes fewer requests, then moves those that are in another group,
    several at a time, and reads all of these again until they show in the group, for at most 16 seconds. The cloud
    accepts a move before it shows.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: The first 200 computers.
  idempotent:
    support: full
options:
  computers:
    description:
      - The computers, by GUID or host name in any case.
      - The task fails before anything is moved if a computer is unknown, or if several records have the same host name,
        which are listed then.
    type: list
    elements: str
    required: true
  group:
    description:
      - The group, by name or GUID. If several groups have the name, the task fails and lists them.
    type: str
    required: true
seealso:
  - module: ampops.secure_endpoint.computer_info
  - module: ampops.secure_endpoint.group
"""

EXAMPLES = r"""
- name: Move two computers
  ampops.secure_endpoint.computer_group:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    computers:
      - pc-0000
      - d821e2d9-9280-489c-a6c3-be02d85ba8a0
    group: Triage

- name: Move all hosts of an inventory group
  ampops.secure_endpoint.computer_group:
    computers: "{{ groups['kiosks'] }}"
    group: Triage
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
computers:
  description: What became of each computer.
  returned: success, or when some of them failed
  type: list
  elements: dict
  contains:
    item:
      description: The computer as it was given.
      type: str
      sample: pc-0000
    outcome:
      description: V(moved), in check mode what would be; V(already) where it was there; V(failed) or V(not_tried).
      type: str
      sample: moved
    detail:
      description: More about it, or the error; null mostly.
      type: str
      sample: null
    connector_guid:
      description: The GUID of the connector.
      type: str
      sample: d821e2d9-9280-489c-a6c3-be02d85ba8a0
    hostname:
      description: The host name.
      type: str
      sample: PC-0000
counts:
  description: How many there are of each outcome.
  returned: success, or when some of them failed
  type: dict
  sample: {moved: 1}
group:
  description: The group, with its C(guid) and C(name).
  returned: success, or when some of them failed
  type: dict
  sample: {guid: fedd82f8-c74f-49f4-a463-e576d3beee92, name: Triage}
before:
  description: The computers that were moved, or would be, as they were; the first 200.
  returned: success, or when some of them failed
  type: dict
  sample:
    computers:
      - connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
        hostname: PC-0000
        group_guid: bb5a9f90-d6fa-4fe7-99c8-e91060b49a98
after:
  description: The same computers as they are now, or would be.
  returned: success, or when some of them failed
  type: dict
  sample:
    computers:
      - connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
        hostname: PC-0000
        group_guid: fedd82f8-c74f-49f4-a463-e576d3beee92
diff:
  description: The differences, each computer as one line.
  returned: success, or when some of them failed
  type: dict
  sample:
    before: {computers: ["PC-0000 (d821e2d9-9280-489c-a6c3-be02d85ba8a0): Protect"]}
    after: {computers: ["PC-0000 (d821e2d9-9280-489c-a6c3-be02d85ba8a0): Triage"]}
check_mode:
  description: Whether the task ran in check mode, so that the outcomes are predictions.
  returned: success, or when some of them failed
  type: bool
  sample: false
calls:
  description: The requests that change something.
  returned: success, or when some of them failed
  type: dict
  contains:
    planned:
      description: How many are needed.
      type: int
      sample: 1
    made:
      description: How many were sent; none in check mode, more than planned where answers were lost.
      type: int
      sample: 1
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.fleet.membership import reconcile


def main() -> None:
    spec = ArgumentSpec(
        computers={"type": "list", "elements": "str", "required": True},
        group={"type": "str", "required": True},
    ).merge(connection_spec())
    run_module(spec, reconcile)


if __name__ == "__main__":
    main()
