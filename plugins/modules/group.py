#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module group."""

from __future__ import annotations

DOCUMENTATION = r"""
module: group
short_description: Manage a group of computers
description:
  - Creates a group, moves it below another one, sets its policies, and deletes it.
  - To move computers into a group, use M(ampops.secure_endpoint.computer_group).
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
    details: The GUID and the default policies of a new group are only known after it is created.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - The name of the group, or the GUID of an existing one.
      - If several groups have the name, the task fails and lists them.
      - The API cannot rename a group.
    type: str
    required: true
  description:
    description:
      - The description of a new group. By default it is the name.
      - The API cannot change it later. The module warns of a difference.
    type: str
  parent:
    description:
      - The parent group, by name or GUID. An empty string moves the group to the top.
      - By default a new group is created at the top, and an existing one stays where it is.
    type: str
  policies:
    description:
      - The policy for each product, by name or GUID, for V(windows), V(mac), V(linux) and V(android). The API cannot
        set the policy of other products.
      - Other products keep their policy. In a new group they get the default policy.
    type: dict
  state:
    description:
      - V(present) creates or changes the group, V(absent) deletes it.
      - To delete a group that has computers or child groups, O(move_computers_to) is required.
    type: str
    choices: [present, absent]
    default: present
  move_computers_to:
    description:
      - The group to move the computers and child groups of a deleted group to, by name or GUID.
    type: str
seealso:
  - module: ampops.secure_endpoint.group_info
  - module: ampops.secure_endpoint.policy_info
  - module: ampops.secure_endpoint.computer_group
"""

EXAMPLES = r"""
- name: Create a group below another one
  ampops.secure_endpoint.group:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    name: Kiosks
    description: Public terminals
    parent: Protect
    policies:
      windows: Kiosk Lockdown
      linux: Guard
  register: kiosks

- name: Move it to the top and change one policy
  ampops.secure_endpoint.group:
    name: Kiosks
    parent: ""
    policies:
      windows: Guard

- name: Delete it and move what is in it
  ampops.secure_endpoint.group:
    name: Kiosks
    state: absent
    move_computers_to: Protect
"""

RETURN = r"""
before:
  description: The group as it was; null where it was not there.
  returned: success
  type: dict
  sample: null
after:
  description:
    - The group as it is now, or would be; null where it is gone.
    - In check mode the C(guid) of a group that would be created is absent, and so are policies that are not named.
  returned: success
  type: dict
  contains:
    guid:
      description: The GUID.
      type: str
      sample: fedd82f8-c74f-49f4-a463-e576d3beee92
    name:
      description: The name.
      type: str
      sample: Kiosks
    description:
      description: The description.
      type: str
      sample: Public terminals
    parent:
      description: The group above, with C(guid) and C(name); null for one at the top.
      type: dict
      sample: {guid: bb5a9f90-d6fa-4fe7-99c8-e91060b49a98, name: Protect}
    policies:
      description: The policy of each product, with C(guid) and C(name).
      type: dict
      sample: {windows: {guid: a599bf5b-2cb7-4a5b-90bd-d0199e2ccd67, name: Kiosk Lockdown}}
diff:
  description: The differences, with names.
  returned: success
  type: dict
  sample:
    before: {name: Kiosks, description: Public terminals, parent: none, policies: {windows: Guard}}
    after: {name: Kiosks, description: Public terminals, parent: Protect, policies: {windows: Kiosk Lockdown}}
calls:
  description: The requests that change something.
  returned: success
  type: dict
  contains:
    planned:
      description: How many are needed.
      type: int
      sample: 3
    made:
      description: How many were sent; none in check mode, more than planned where answers were lost.
      type: int
      sample: 3
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.reconcile import reconcile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.remove import remove


def main() -> None:
    spec = ArgumentSpec(
        name={"type": "str", "required": True},
        description={"type": "str"},
        parent={"type": "str"},
        policies={"type": "dict"},
        state={"type": "str", "choices": ["present", "absent"], "default": "present"},
        move_computers_to={"type": "str"},
    ).merge(connection_spec())
    run_module(spec, lambda tenant, options: (remove if options["state"] == "absent" else reconcile)(tenant, options))


if __name__ == "__main__":
    main()
