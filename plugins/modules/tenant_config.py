#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module tenant_config."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tenant_config
short_description: Bring a tenant to the state that a YAML tree describes
description:
  - Compares a tenant with a YAML tree, a file or a folder of files, and changes what differs. The tree describes
    groups, entries of file lists, which computers belong to which group, event streams, and snapshots of policies.
  - Each resource of the cloud is read once, whichever sections need it.
  - All mistakes of the tree are reported at once, with file, line and key, before anything is changed.
  - In check mode with C(--diff) it shows drift, in the terms of the tree.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
    details: The GUIDs of new groups and the ids of new event streams are only known after they are created.
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - PyYAML, which ansible-core brings
  - lxml, for the snapshots of policies
options:
  src:
    description:
      - The tree, a YAML file or a folder. Of a folder every C(*.yml) and C(*.yaml) is read, also in folders below it.
      - The path is on the host that runs the task.
    type: path
    required: true
  sections:
    description:
      - The sections to compare and change. By default all that the tree has.
    type: list
    elements: str
    choices: [groups, file_lists, computers, event_streams, policies]
  exclusive:
    description:
      - The sections of which the tree is a complete list. Whatever the tenant has beyond it is removed.
      - V(groups) deletes the groups that the tree does not name. A group that has computers which the tree puts nowhere
        is refused.
      - V(file_lists) removes the entries that the tree does not name from the lists that it names.
      - V(event_streams) deletes the event streams that the tree does not name, with the events that wait in their
        queues.
      - For computers, use C(exactly) in the tree.
    type: list
    elements: str
    choices: [groups, file_lists, event_streams]
    default: []
  max_removals:
    description:
      - How many things may be removed at most in each section. If there would be more, nothing is changed. For
        computers it counts those that C(exactly) moves out of a group.
    type: int
    default: 20
  allow_empty:
    description:
      - Allow an empty section together with O(exclusive). It removes everything that the tenant has there.
    type: bool
    default: false
  update_descriptions:
    description:
      - Change the descriptions of entries of file lists. The API cannot change one, so the entry is removed and added
        again with nothing in between.
      - By default a differing description is reported and stays.
    type: bool
    default: false
  read_policies:
    description:
      - When to compare the XML of a policy with its snapshot. It takes a request for each policy.
      - V(changed) compares the policies whose serial number differs from that of the snapshot, V(always) all of them.
    type: str
    choices: [changed, always]
    default: changed
notes:
  - The API cannot rename a group, change its description, create or delete a file list, or change a policy. Such
    differences are listed in RV(cannot).
seealso:
  - module: ampops.secure_endpoint.tenant_export
  - module: ampops.secure_endpoint.group
  - module: ampops.secure_endpoint.file_list_entry
  - module: ampops.secure_endpoint.computer_group
  - module: ampops.secure_endpoint.event_stream
"""

EXAMPLES = r"""
- name: Write a tree
  ansible.builtin.copy:
    dest: "{{ playbook_dir }}/tenant.yml"
    mode: "0644"
    content: |
      groups:
        Branch West:
          description: Offices in the west
        Branch West/Kiosk:
          policies:
            windows: Kiosk Lockdown
      file_lists:
        Kiosk Detections:
          entries:
            - 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

- name: Bring the tenant to the state of the tree
  ampops.secure_endpoint.tenant_config:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    src: "{{ playbook_dir }}/tenant.yml"
  register: applied
"""

RETURN = r"""
before:
  description: What differs, as it was, in the form of the tree.
  returned: success
  type: dict
  sample: {groups: {Branch North/Kiosk: {policies: {windows: Guard}}}}
after:
  description: What differs, as it is now, or would be, in the form of the tree.
  returned: success
  type: dict
  sample: {groups: {Branch North/Kiosk: {policies: {windows: Kiosk Lockdown}}}}
diff:
  description: Both as YAML.
  returned: success
  type: dict
  sample: {before: "groups: {}", after: "groups: {}"}
check_mode:
  description: Whether this was predicted in check mode.
  returned: success or partial failure
  type: bool
  sample: false
changes:
  description: One record for each thing that differs and can be changed.
  returned: success or partial failure
  type: list
  elements: dict
  contains:
    item:
      description: What it is, in the terms of the tree.
      type: str
      sample: Branch North/Kiosk
    section:
      description: The section.
      type: str
      sample: groups
    action:
      description: What is to be done with it.
      type: str
      sample: set_policies
    outcome:
      description:
        - What became of it, such as V(created), V(moved), V(policies_set), V(added), V(removed),
          V(description_updated), V(changed), V(present), V(absent), V(vanished), V(failed) or V(not_tried).
      type: str
      sample: policies_set
    detail:
      description: Why it failed.
      type: str
      sample: null
    connector_guid:
      description: The GUID of a computer that is moved, with its C(hostname).
      type: str
      sample: d1e2a3b4-5c6d-4e7f-8a9b-0c1d2e3f4a5b
    place:
      description: The file and line of the tree, if it stands there.
      type: str
      sample: groups.yml:12
counts:
  description: The number of changes by outcome.
  returned: success or partial failure
  type: dict
  sample: {policies_set: 1}
cannot:
  description: Drift that the API cannot change, with C(section), C(item), C(detail) and C(place).
  returned: success or partial failure
  type: list
  elements: dict
  sample: []
notes:
  description: What to know about the tree, in the same form. It is no drift.
  returned: success or partial failure
  type: list
  elements: dict
  sample: []
unlisted:
  description: What is in the tenant and not in the tree, by section, with its C(number) and the first 200 C(names).
  returned: success or partial failure
  type: dict
  sample: {groups: {number: 1, names: [Unused]}}
problems:
  description: The mistakes of the tree, a line each.
  returned: if the tree is refused
  type: list
  elements: str
  sample: ["groups.yml:12: groups.Kiosk: unknown key \"polices\"; did you mean policies?"]
calls:
  description: The requests that change something.
  returned: success or partial failure
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
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.tenant.reconcile import reconcile
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.schema import SECTIONS


def main() -> None:
    spec = ArgumentSpec(
        src={"type": "path", "required": True},
        sections={"type": "list", "elements": "str", "choices": list(SECTIONS)},
        exclusive={
            "type": "list",
            "elements": "str",
            "choices": ["groups", "file_lists", "event_streams"],
            "default": [],
        },
        max_removals={"type": "int", "default": 20},
        allow_empty={"type": "bool", "default": False},
        update_descriptions={"type": "bool", "default": False},
        read_policies={"type": "str", "choices": ["changed", "always"], "default": "changed"},
    ).merge(connection_spec())
    run_module(spec, reconcile)


if __name__ == "__main__":
    main()
