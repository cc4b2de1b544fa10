# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: response_report
short_description: Makes the report that a response playbook prints
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the lines, the counts and the failure message of a response playbook of this collection from the registered
    results of its tasks. The playbooks print the lines, set the counts as artifacts, and fail with the message.
  - The lines are laid out as P(ampops.secure_endpoint.table#filter) does.
positional: kind
options:
  _input:
    description: The registered results and settings by name, as the playbook of that kind gives them.
    type: dict
    required: true
  kind:
    description: The playbook.
    type: str
    choices:
      - block
      - contain
      - contain_undo
      - coverage
      - hunt
      - isolate
      - move
      - notify
      - release
      - stale
      - trajectory
      - triage_computer
      - triage_hash
      - verify
      - vulnerable
    required: true
  check_mode:
    description: Whether the tasks ran in check mode, so that the report says what would be.
    type: bool
    default: false
  console:
    description: Where links lead, with C(region) or C(console_host).
    type: dict
    default: {}
  shown:
    description: The maximum number of rows of each table.
    type: int
    default: 20
  width:
    description: How many characters a line has. By default as P(ampops.secure_endpoint.table#filter).
    type: int
"""

EXAMPLES = r"""
---
- name: Print what became of two computers
  ansible.builtin.debug:
    msg: "{{ results | ampops.secure_endpoint.response_report('contain_undo', console={'region': 'eu'}) }}"
  vars:
    results:
      run_id: 20261129T101500Z-3fa9c1
      isolation:
        computers:
          - connector_guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
            hostname: PC-0001
            outcome: changed
            detail: null
"""

RETURN = r"""
---
_value:
  description: The report.
  type: dict
  contains:
    lines:
      description: The lines to print.
      type: list
      elements: str
    counts:
      description: How many there are of each outcome.
      type: dict
    problem:
      description: The message to fail with; empty where nothing failed.
      type: str
    found:
      description: What the tasks that follow need, such as the GUIDs of duplicates.
      type: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.kinds import KINDS
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.results import Job
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import width_of_screen

NAME = "response_report"


def response_report(
    results: object,
    kind: str,
    check_mode: bool = False,
    console: object = None,
    shown: int = 20,
    width: int | None = None,
) -> Any:
    """Return lines, counts and problem of the report of one playbook."""
    check_mapping(NAME, results)
    given = plain(console or {})
    check_mapping(f"{NAME}: console", given)
    if plain(kind) not in KINDS:
        raise AnsibleFilterError(f"{NAME}: kind must be one of {', '.join(KINDS)}")
    report = KINDS[plain(kind)](Job(plain(results), bool(check_mode), given))
    room = width_of_screen() if width is None else int(plain(width))
    return wrap_var(
        {
            "lines": report.lines(width=room, shown=int(plain(shown))),
            "counts": dict(report.counts),
            "problem": report.problem,
            "found": {name: list(values) for name, values in report.found.items()},
        }
    )


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: response_report}
