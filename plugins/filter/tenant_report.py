# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: tenant_report
short_description: Sums up how tenants differ from their trees
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Takes results of M(ampops.secure_endpoint.tenant_config), by the name of the tenant, and returns a status, lines to
    print and records to write into a report.
  - Texts are untrusted. Characters that a terminal would act on are shown as escapes.
options:
  _input:
    description:
      - The registered result of each tenant. An empty dictionary stands for a tenant whose run failed before.
    type: dict
    required: true
  shown:
    description: How many rows of each table the lines have.
    type: int
    default: 20
  width:
    description:
      - How many characters a line has. By default as many as the terminal has, less what Ansible puts around the lines;
        100 columns without a terminal.
    type: int
"""

EXAMPLES = r"""
---
- name: Compare a tenant with a tree
  ampops.secure_endpoint.tenant_config:
    src: "{{ playbook_dir }}/tenant.yml"
  check_mode: true
  register: compared

- name: Show the differences
  ansible.builtin.debug:
    msg: "{{ ({'customer one': compared} | ampops.secure_endpoint.tenant_report).details['customer one'] }}"
"""

RETURN = r"""
---
_value:
  description: The report.
  type: dict
  contains:
    status:
      description:
        - V(failed) if a tenant failed, else V(drift) if one differs from its tree, else V(changed) if one was changed,
          else V(in_sync).
      type: str
    lines:
      description: Totals and a table with a row for each tenant.
      type: list
      elements: str
    details:
      description: The lines of each tenant.
      type: dict
    tenants:
      description:
        - One record for each tenant, with C(tenant), C(status), C(message), and of the result C(changes), C(counts),
          C(cannot), C(notes), C(unlisted), C(before), C(after) and C(problems).
      type: list
      elements: dict
"""

from collections.abc import Mapping

from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import wrong
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._table import width_of_screen
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._tenant_report import (
    STATUSES,
    details,
    overview,
    record_of,
)

NAME = "tenant_report"


def tenant_report(results: object, shown: int = 20, width: int | None = None) -> object:
    """Return the report of some tenants."""
    given = plain(results)
    if not isinstance(given, dict) or not all(isinstance(result, Mapping) for result in given.values()):
        raise wrong(f"{NAME}: a dictionary of results by tenant is needed", results)
    room = width_of_screen() if width is None else int(plain(width))
    records = [record_of(tenant, result) for tenant, result in given.items()]
    found = {record["status"] for record in records}
    return wrap_var(
        {
            "status": next((status for status in STATUSES if status in found), "in_sync"),
            "lines": overview(records, room),
            "details": {record["tenant"]: details(record, int(plain(shown)), room) for record in records},
            "tenants": records,
        }
    )


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Name to function."""
        return {NAME: tenant_report}
