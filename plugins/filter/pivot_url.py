# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
---
name: pivot_url
short_description: Links into the Secure Endpoint console
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - The same links as those of P(ampops.secure_endpoint.pivot_url#lookup), for values that are at hand in a template.
  - The environment is not read; O(region) or O(console_host) must be given.
positional: view, by
options:
  _input:
    description:
      - What O(by) names.
      - For O(by=event_type) it may be a list of ids, which gives one link that shows all of them.
    type: raw
    required: true
  view:
    description: The page to open.
    type: str
    required: true
    choices: [dashboard, events, file_trajectory, device_trajectory]
  by:
    description:
      - What the page is opened by.
      - Which view takes what stands with P(ampops.secure_endpoint.pivot_url#lookup).
    type: str
    choices: [sha256, ip, event_type, connector_guid, group_guid, detection, latest, event_id, query]
  connector_guid:
    description: The computer whose trajectory is opened.
    type: str
  region:
    description: The region of the console. O(console_host) goes before it. One of the two is needed.
    type: str
    choices: [na, eu, apjc]
  console_host:
    description: The console of a private cloud as C(host) or C(host:port).
    type: str
  days:
    description: How many days the dashboard looks back; refused for other pages and together with O(duration).
    type: int
  duration:
    description: How many hours the dashboard looks back (720 unless told); refused for other pages.
    type: int
seealso:
  - plugin: ampops.secure_endpoint.pivot_url
    plugin_type: lookup
"""

EXAMPLES = r"""
---
- name: Where a file went
  ansible.builtin.debug:
    msg: "{{ sha256 | ampops.secure_endpoint.pivot_url('file_trajectory', region='eu') }}"
  vars:
    sha256: 55666eb6728a4e81bd4d12eee7f085a83adc8cb1a1570b70ed2ffb508b064fc3

- name: One link for each of several addresses
  ansible.builtin.debug:
    msg: "{{ addresses | map('ampops.secure_endpoint.pivot_url', 'dashboard', 'ip', region='na') | list }}"
  vars:
    addresses: [192.0.2.7, "2001:db8::7"]
"""

RETURN = r"""
---
_value:
  description: The URL.
  type: str
"""

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import PivotError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import pivot_url as make_pivot_url
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain


def pivot_url(value: object, view: object = None, by: object = None, **options: Any) -> str:
    """Return the URL for `value`; see `_pivot.pivot_url`."""
    unknown = set(options) - {"connector_guid", "region", "console_host", "days", "duration"}
    if unknown:
        raise AnsibleFilterError(f"pivot_url: unknown option: {', '.join(sorted(unknown))}")
    try:
        return make_pivot_url(plain(value), view=plain(view), by=plain(by), **plain(options))
    except PivotError as error:
        raise AnsibleFilterError(f"pivot_url: {error}") from None


class FilterModule:
    def filters(self) -> dict[str, object]:
        return {"pivot_url": pivot_url}
