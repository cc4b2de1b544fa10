#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module audit_log_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_log_info
short_description: Read who changed what in the tenant
description:
  - Reads the tenant's audit log. Changes through the API are logged with the ID of the API client.
  - Public sources describe the filters of this call only in part, so the module applies them to the result as well.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  start_time:
    description: Only entries since this time, such as V(2026-01-31) or V(2026-01-31T12:00:00Z).
    type: str
  end_time:
    description: Only entries until this time.
    type: str
  audit_log_user:
    description: Only changes by this user or API client.
    type: str
  audit_log_type:
    description: Only changes of this kind of object, such as V(Computer).
    type: str
  audit_log_id:
    description: Only changes of the thing with this ID, such as a GUID. Entries of one thing share it.
    type: str
  event:
    description: Only this kind of change, such as V(create).
    type: str
  limit:
    description: The maximum number of entries to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.api_info
"""

EXAMPLES = r"""
- name: Read what was changed this year
  ampops.secure_endpoint.audit_log_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    start_time: "2026-01-01"
  register: log

- name: Read the history of one group
  ampops.secure_endpoint.audit_log_info:
    audit_log_id: fedd82f8-c74f-49f4-a463-e576d3beee92

- name: Show who changed computers
  ansible.builtin.debug:
    msg: "{{ changes | map(attribute='audit_log_user') | unique }}"
  vars:
    changes: "{{ log.audit_logs | selectattr('audit_log_type', 'eq', 'Computer') }}"
"""

RETURN = r"""
audit_logs:
  description: The entries as the cloud gives them.
  returned: success
  type: list
  elements: dict
  sample:
    - event: create
      audit_log_type: Computer
      audit_log_id: b72fd5c0-1ec8-4b7a-b5aa-a500e64635f4
      audit_log_user: 16db5cf986eec6f44422
      created_at: "2026-04-20T05:30:18Z"
      old_attributes: {hostname: null}
      new_attributes: {hostname: PC-0001}
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.audit_log.read import list_audit_logs


def main() -> None:
    spec = ArgumentSpec(
        start_time={"type": "str"},
        end_time={"type": "str"},
        audit_log_user={"type": "str"},
        audit_log_type={"type": "str"},
        audit_log_id={"type": "str"},
        event={"type": "str"},
        limit={"type": "int"},
    ).merge(connection_spec())
    run_module(spec, list_audit_logs)


if __name__ == "__main__":
    main()
