#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module tenant_export."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tenant_export
short_description: Write the YAML tree of a tenant
description:
  - Reads a tenant and writes it as the YAML tree that M(ampops.secure_endpoint.tenant_config) takes. Applying the tree
    to the same tenant changes nothing.
  - The order is stable. An export of the same state writes the same bytes.
  - A file is renamed into place. A folder whose export was interrupted is marked, and is refused as a tree until it is
    exported again.
  - No secret is written. Passwords within the XML of policies are masked.
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
  idempotent:
    support: full
requirements:
  - lxml, for the snapshots of policies
options:
  dest:
    description:
      - A folder, which gets a file for each section and the snapshots of the policies. It is created if it does not
        exist; the folder above it must exist.
      - A name that ends in C(.yml) or C(.yaml) is a single file with all sections. It has no snapshots of policies.
      - The path is on the host that runs the task.
    type: path
    required: true
  sections:
    description:
      - The sections to export. By default all of them.
      - Snapshots of policies take a request for each policy.
    type: list
    elements: str
    choices: [groups, file_lists, computers, event_streams, policies]
  membership:
    description:
      - How the tree speaks of the computers of a group. With V(at_least) a group may have further computers, such as
        newly installed ones. With V(exactly) they are drift.
    type: str
    choices: [at_least, exactly]
    default: at_least
seealso:
  - module: ampops.secure_endpoint.tenant_config
"""

EXAMPLES = r"""
- name: Export a tenant
  ampops.secure_endpoint.tenant_export:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    dest: "{{ playbook_dir }}/tenant"
  register: exported

- name: Export the groups into one file
  ampops.secure_endpoint.tenant_export:
    dest: "{{ playbook_dir }}/groups.yml"
    sections: [groups]
"""

RETURN = r"""
before:
  description: The C(files) that were there.
  returned: success
  type: dict
  sample: {files: []}
after:
  description: The C(files) that are there now, or would be.
  returned: success
  type: dict
  sample: {files: [groups.yml]}
diff:
  description: One difference for each file.
  returned: success
  type: list
  elements: dict
  sample: [{before_header: groups.yml, after_header: groups.yml, before: "", after: "groups: {}\n"}]
files:
  description: One record for each file.
  returned: success
  type: list
  elements: dict
  contains:
    item:
      description: The file, relative to O(dest).
      type: str
      sample: groups.yml
    outcome:
      description: V(created), V(changed), V(unchanged) or V(removed).
      type: str
      sample: created
    detail:
      description: Always null.
      type: str
      sample: null
counts:
  description: The number of files by outcome.
  returned: success
  type: dict
  sample: {created: 5}
calls:
  description: The requests that change something, which are none.
  returned: success
  type: dict
  contains:
    planned:
      description: Always 0.
      type: int
      sample: 0
    made:
      description: Always 0.
      type: int
      sample: 0
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.tenant.export import export
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._tenant.schema import SECTIONS


def main() -> None:
    spec = ArgumentSpec(
        dest={"type": "path", "required": True},
        sections={"type": "list", "elements": "str", "choices": list(SECTIONS)},
        membership={"type": "str", "choices": ["at_least", "exactly"], "default": "at_least"},
    ).merge(connection_spec())
    run_module(spec, export)


if __name__ == "__main__":
    main()
