#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module computer."""

from __future__ import annotations

DOCUMENTATION = r"""
module: computer
short_description: Remove the records of computers
description:
  - Removes the records of computers from the tenant, by name or by the time since they last reported.
  - A connector that is still installed gets a new record when it reports again. To uninstall it, use the
    role P(ampops.secure_endpoint.connector_uninstall#role).
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
      - The computers, by GUID or host name. A computer without a record is ignored. If several records have the same
        host name, the task fails and lists them.
    type: list
    elements: str
  last_seen_over:
    description:
      - Remove every computer that has not reported for this number of days. Requires O(max_removals).
      - Nothing is removed if the list of computers cannot be read completely.
    type: int
  max_removals:
    description:
      - The maximum number of computers to remove. If there are more, the task fails before anything is changed.
    type: int
  state:
    description:
      - Only V(absent), since connectors create the records.
    type: str
    choices: [absent]
    default: absent
seealso:
  - module: ampops.secure_endpoint.computer_info
"""

EXAMPLES = r"""
- name: Remove the records of two computers
  ampops.secure_endpoint.computer:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    computers:
      - pc-9999
      - 5f2c8a1e-4b7d-4e60-9a35-8c1de0f7b264

- name: Remove what did not report for half a year, if these are not suspiciously many
  ampops.secure_endpoint.computer:
    last_seen_over: 180
    max_removals: 50
  register: removed
"""

RETURN = r"""
computers:
  description: What became of each computer.
  returned: success, or when some of them failed
  type: list
  elements: dict
  contains:
    item:
      description: The computer as it was given, or its GUID.
      type: str
      sample: pc-0000
    outcome:
      description: V(removed), in check mode what would be; V(absent) where it was not there; V(failed) or V(not_tried).
      type: str
      sample: removed
    detail:
      description: More about it, or the error; null mostly.
      type: str
      sample: null
    connector_guid:
      description: The GUID of the connector; absent from what was not there.
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
  sample: {removed: 1}
before:
  description: The computers that were removed, or would be; the first 200.
  returned: success, or when some of them failed
  type: dict
  sample:
    computers:
      - connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
        hostname: PC-0000
        last_seen: "2026-03-01T17:46:01Z"
        operating_system: Windows 10
        group_guid: fedd82f8-c74f-49f4-a463-e576d3beee92
after:
  description: None of them.
  returned: success, or when some of them failed
  type: dict
  sample: {computers: []}
diff:
  description: The differences, each computer as one line.
  returned: success, or when some of them failed
  type: dict
  sample:
    before:
      computers: ["PC-0000 d821e2d9-9280-489c-a6c3-be02d85ba8a0 (last seen 2026-03-01T17:46:01Z, Windows 10)"]
    after: {computers: []}
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
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.remove import remove


def main() -> None:
    spec = (
        ArgumentSpec(
            computers={"type": "list", "elements": "str"},
            last_seen_over={"type": "int"},
            max_removals={"type": "int"},
            state={"type": "str", "choices": ["absent"], "default": "absent"},
        )
        .required_one_of("computers", "last_seen_over")
        .mutually_exclusive("computers", "last_seen_over")
        .merge(connection_spec())
    )
    run_module(spec, remove)


if __name__ == "__main__":
    main()
