# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: contain_run
short_description: Reads the record of a run of the playbook contain
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Returns the record that P(ampops.secure_endpoint.contain_record#filter) made, after checking that it is one.
  - The texts of a record come from the cloud and are untrusted. None of them is used as a template.
options:
  _input:
    description: The text of the record.
    type: str
    required: true
  tenant:
    description: The API host or the region that the playbook uses. The record of another tenant is refused.
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Show which computers a run isolated
  ansible.builtin.debug:
    msg: "{{ run.computers | map(attribute='hostname') }}"
  vars:
    run: "{{ lookup('ansible.builtin.file', 'monday.json') | ampops.secure_endpoint.contain_run(tenant='eu') }}"
"""

RETURN = r"""
---
_value:
  description: The record; see the return value of P(ampops.secure_endpoint.contain_record#filter).
  type: dict
"""

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_text
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._response.contain_record import parse_record

NAME = "contain_run"


def contain_run(text: object, tenant: str) -> object:
    """Return the record of a run."""
    check_text(NAME, text)
    try:
        return wrap_var(parse_record(plain(text), plain(tenant)))
    except ValueError as error:
        raise AnsibleFilterError(f"{NAME}: {error} Nothing was changed.") from None


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {NAME: contain_run}
