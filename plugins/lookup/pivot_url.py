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
  - Makes the URL of the page of the console that shows a file, an address, an event, a computer or a query.
  - Every value is checked by its kind and percent-encoded, so that a browser opens exactly what was asked for, whatever
    characters a detection's name or a query holds. Every link is HTTPS to the console that was chosen.
  - No request is made. The user of the link must be logged in to the console.
notes:
  - Event ids are 64-bit integers. Give them as integers or as text, never through a float, which loses the last digits.
  - Of the pages only the dashboard takes a duration; the others show all times.
options:
  _terms:
    description:
      - What O(by) names. One link is made for each term.
      - For O(by=event_type) a term may be a list of ids, which gives one link that shows all of them.
      - For O(by=latest) the term is the GUID of the connector and may be left out when O(connector_guid) is given.
  view:
    description:
      - The page to open.
      - V(dashboard) and V(events) are the dashboard and the list of events, filtered.
      - V(file_trajectory) shows where a file went over the whole organisation.
      - V(device_trajectory) shows what happened on one computer.
    type: str
    required: true
    choices: [dashboard, events, file_trajectory, device_trajectory]
  by:
    description:
      - What the page is opened by.
      - V(dashboard) takes V(sha256), V(ip) and V(event_type).
      - V(events) takes V(sha256), V(event_type), V(connector_guid), V(group_guid) and V(detection), the name of a
        detection.
      - V(file_trajectory) takes V(sha256), which is its default.
      - V(device_trajectory) takes V(latest), which is its default, V(event_id), V(sha256), V(ip) and V(query), which is
        any text to search for, such as a process or file name, a domain or a URL.
    type: str
    choices: [sha256, ip, event_type, connector_guid, group_guid, detection, latest, event_id, query]
  connector_guid:
    description: The computer whose trajectory is opened.
    type: str
  region:
    description:
      - The region of the console.
      - O(console_host) goes before it. One of the two is needed.
    type: str
    choices: [na, eu, apjc]
    env:
      - name: SECURE_ENDPOINT_REGION
  console_host:
    description: The console of a private cloud as C(host) or C(host:port).
    type: str
  days:
    description:
      - How many days the dashboard looks back; refused for other pages.
      - Not together with O(duration).
    type: int
  duration:
    description:
      - How many hours the dashboard looks back; refused for other pages.
      - Without it and O(days) it is 720 hours, which are 30 days.
    type: int
seealso:
  - plugin: ampops.secure_endpoint.pivot_url
    plugin_type: filter
"""

EXAMPLES = r"""
---
- name: A file on the dashboard of the last week
  ansible.builtin.debug:
    msg: "{{ lookup('ampops.secure_endpoint.pivot_url', sha256, view='dashboard', by='sha256', days=7, region='eu') }}"
  vars:
    sha256: 55666eb6728a4e81bd4d12eee7f085a83adc8cb1a1570b70ed2ffb508b064fc3

- name: All events of two types
  ansible.builtin.debug:
    msg: "{{ lookup('ampops.secure_endpoint.pivot_url', types, view='events', by='event_type', region='na') }}"
  vars:
    types: [1090519054, 553648143]

- name: A detection by its name, on a private cloud's console
  ansible.builtin.debug:
    msg: >-
      {{ lookup('ampops.secure_endpoint.pivot_url', 'W32.File.MalParent', view='events', by='detection',
      console_host='console.amp.example.com') }}

- name: The trajectory of a computer at one event
  ansible.builtin.debug:
    msg: >-
      {{ lookup('ampops.secure_endpoint.pivot_url', '6533241145273614339', view='device_trajectory', by='event_id',
      connector_guid='d821e2d9-9280-489c-a6c3-be02d85ba8a0', region='na') }}

- name: The trajectory of a computer, searched for a URL
  ansible.builtin.debug:
    msg: >-
      {{ lookup('ampops.secure_endpoint.pivot_url', 'http://malware.example/4/pict.jpg', view='device_trajectory',
      by='query', connector_guid='1d485168-407a-4b01-855c-20522f365046', region='na') }}
"""

RETURN = r"""
---
_list:
  description: One URL for each term.
  type: list
  elements: str
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._pivot import PivotError, pivot_url
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        options = {
            name: plain(self.get_option(name))
            for name in ("view", "by", "connector_guid", "region", "console_host", "days", "duration")
        }
        try:
            return [pivot_url(plain(term), **options) for term in terms or [None]]
        except PivotError as error:
            raise AnsibleLookupError(f"pivot_url: {error}") from None
