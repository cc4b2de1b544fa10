#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module isolation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: isolation
short_description: Isolate computers from the network, or release them
description:
  - Isolates computers from the network or releases them, many in one task, and waits until this is done. Pass a list
    instead of looping over this module, since a loop waits for one computer after the other.
  - A computer acts when it next contacts the cloud. An offline computer stays pending. A later run of the same task
    continues to wait and changes nothing.
  - After a time-out the result still reports the outcome of every computer.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes
attributes:
  check_mode:
    support: full
    details: What the cloud or an endpoint refuses later cannot be predicted.
  diff_mode:
    support: full
    details: The first 200 computers.
  idempotent:
    support: full
options:
  computers:
    description:
      - The computers, by GUID or host name in any case.
      - The task fails before anything is changed if a computer is unknown (see O(unknown)), or if several records have
        the same host name, which are listed then.
    type: list
    elements: str
    required: true
  state:
    description: V(isolated) isolates the computers, V(released) releases them.
    type: str
    choices: [isolated, released]
    default: isolated
  comment:
    description:
      - A comment that the console shows.
      - A computer that is already isolated keeps its comment. The module compares the comments of the first three of
        them and warns of a difference.
    type: str
  unlock_code:
    description:
      - The code that ends the isolation at the computer itself, at least 6 characters. It is never returned.
      - By default the cloud generates one.
    type: str
  return_unlock_code:
    description:
      - Return the unlock codes that the cloud generated. Set C(no_log) on the task.
      - This takes one more request for each computer that is already isolated.
    type: bool
    default: false
  exclude_groups:
    description:
      - Groups whose computers are never isolated, by name or GUID. The groups below them are excluded, too.
      - A computer whose group is unknown is excluded. The task fails before anything is changed if the tenant has no
        such group.
      - This takes one reading of the list of groups. A release ignores it.
    type: list
    elements: str
  exclude_hosts:
    description:
      - Host names of computers that are never isolated, as regular expressions that match from the beginning of a name,
        in any case.
      - A user of a computer can change its name. O(exclude_groups) is the stronger exclusion.
      - A release ignores it.
    type: list
    elements: str
  precheck:
    description:
      - V(options) asks the cloud whether a computer can be isolated before it is isolated, as Cisco's guide advises.
      - V(none) saves this request. The cloud then refuses to isolate a computer that cannot be isolated.
    type: str
    choices: [options, none]
    default: options
  only_comment:
    description:
      - Release only computers whose isolation has exactly this comment. RV(computers) reports the others as V(left).
        Requires O(state=released). This undoes what one task isolated, and leaves what somebody else has isolated
        since.
      - This takes one more request for each computer that is isolated.
    type: str
  unknown:
    description:
      - V(fail) fails the task before anything is changed if a computer is unknown. V(report) reports it as V(unknown)
        and processes the others.
    type: str
    choices: [fail, report]
    default: fail
  wait:
    description: Wait until all computers are isolated or released.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait, for all of them together.
    type: int
    default: 300
  fail_on:
    description:
      - The outcomes that fail the task, after all computers were processed.
      - V(failed) includes computers that were not tried because of an earlier failure.
    type: list
    elements: str
    choices: [not_available, failed, timed_out, excluded]
    default: [not_available, failed, timed_out]
seealso:
  - module: ampops.secure_endpoint.isolation_info
  - module: ampops.secure_endpoint.computer_info
"""

EXAMPLES = r"""
- name: Isolate two computers
  ampops.secure_endpoint.isolation:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    computers:
      - pc-0001
      - d821e2d9-9280-489c-a6c3-be02d85ba8a0
    comment: Incident 123

- name: Isolate what can be isolated and go on with the rest
  ampops.secure_endpoint.isolation:
    computers: "{{ suspects }}"
    wait_timeout: 900
    fail_on: [failed]
  register: isolation

- name: Isolate suspects, but never a domain controller
  ampops.secure_endpoint.isolation:
    computers: "{{ suspects }}"
    exclude_groups: [Domain Controller]
    exclude_hosts: [dc-, "srv-(db|mail)"]
  register: isolation

- name: Show what is not isolated
  ansible.builtin.debug:
    msg: "{{ item.hostname }}: {{ item.outcome }}, {{ item.detail }}"
  loop: "{{ isolation.computers | rejectattr('outcome', 'in', ['changed', 'already']) }}"
  loop_control:
    label: "{{ item.connector_guid }}"

- name: Release what this play isolated, and leave what somebody else has isolated since
  ampops.secure_endpoint.isolation:
    computers: "{{ suspects }}"
    state: released
    only_comment: Incident 123
    unknown: report

- name: Release them
  ampops.secure_endpoint.isolation:
    computers: "{{ suspects }}"
    state: released
"""

RETURN = r"""
computers:
  description: What became of each computer.
  returned: success, or when some of them are not as wanted
  type: list
  elements: dict
  contains:
    item:
      description: The computer as it was given.
      type: str
      sample: pc-0001
    outcome:
      description:
        - V(changed), in check mode what would be; V(already) where it was so.
        - V(not_available) where it cannot be isolated; V(failed) where the cloud or the endpoint refused or fell back;
          V(timed_out) where it is still on its way; V(not_tried) after an earlier failure.
        - V(excluded) where O(exclude_groups) or O(exclude_hosts) keep it from being isolated.
        - V(left) where O(only_comment) keeps a computer isolated; V(unknown) where the tenant has no such computer and
          O(unknown) is V(report).
      type: str
      sample: changed
    detail:
      description: Why, or the error; null mostly.
      type: str
      sample: null
    status:
      description: Its isolation status as it was read last.
      type: str
      sample: isolated
    connector_guid:
      description: The GUID of the connector.
      type: str
      sample: d821e2d9-9280-489c-a6c3-be02d85ba8a0
    hostname:
      description: The host name.
      type: str
      sample: PC-0001
    unlock_code:
      description: The code that the cloud made.
      returned: with O(return_unlock_code), where the cloud made one
      type: str
      sample: VALUE_SPECIFIED_IN_NO_LOG_PARAMETER
counts:
  description: How many there are of each outcome.
  returned: success, or when some of them are not as wanted
  type: dict
  sample: {already: 1, changed: 1}
before:
  description: The computers that changed, or would, with their isolation status before; the first 200.
  returned: success, or when some of them are not as wanted
  type: dict
  sample:
    computers:
      - {connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0, hostname: PC-0001, isolation: not_isolated}
after:
  description: The same computers with their status now, or as it would be.
  returned: success, or when some of them are not as wanted
  type: dict
  sample:
    computers:
      - {connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0, hostname: PC-0001, isolation: isolated}
diff:
  description: The differences, each computer as one line.
  returned: success, or when some of them are not as wanted
  type: dict
  sample:
    before: {computers: ["PC-0001 (d821e2d9-9280-489c-a6c3-be02d85ba8a0): not_isolated"]}
    after: {computers: ["PC-0001 (d821e2d9-9280-489c-a6c3-be02d85ba8a0): isolated"]}
check_mode:
  description: Whether the task ran in check mode, so that the outcomes are predictions.
  returned: success, or when some of them failed
  type: bool
  sample: false
calls:
  description: The requests that change something.
  returned: success, or when some of them are not as wanted
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
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.isolation.reconcile import reconcile

FAILURES = ["not_available", "failed", "timed_out"]


def main() -> None:
    spec = ArgumentSpec(
        computers={"type": "list", "elements": "str", "required": True},
        state={"type": "str", "choices": ["isolated", "released"], "default": "isolated"},
        comment={"type": "str"},
        unlock_code={"type": "str", "no_log": True},
        return_unlock_code={"type": "bool", "default": False, "no_log": False},
        exclude_groups={"type": "list", "elements": "str"},
        exclude_hosts={"type": "list", "elements": "str"},
        precheck={"type": "str", "choices": ["options", "none"], "default": "options"},
        only_comment={"type": "str"},
        unknown={"type": "str", "choices": ["fail", "report"], "default": "fail"},
        wait={"type": "bool", "default": True},
        wait_timeout={"type": "int", "default": 300},
        fail_on={"type": "list", "elements": "str", "choices": [*FAILURES, "excluded"], "default": FAILURES},
    ).merge(connection_spec())
    run_module(spec, reconcile)


if __name__ == "__main__":
    main()
