#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module indicator_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: indicator_info
short_description: Read the indicators of compromise
description:
  - Reads the indicators that the cloud looks for, with their tactics and techniques and how often they were observed.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  guids:
    description: Only the indicators with these GUIDs. Unknown GUIDs are ignored.
    type: list
    elements: str
  compromise_status_counts:
    description:
      - Ask for the number of compromises of each status beside each indicator. Public sources name this parameter, but
        not what it adds to the records. Excludes O(guids).
    type: bool
  limit:
    description: The maximum number of indicators to return. By default all are returned.
    type: int
seealso:
  - module: ampops.secure_endpoint.event_info
"""

EXAMPLES = r"""
- name: Read all indicators
  ampops.secure_endpoint.indicator_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: known

- name: Read all indicators with the numbers of their compromises
  ampops.secure_endpoint.indicator_info:
    compromise_status_counts: true

- name: Show those that were observed
  ansible.builtin.debug:
    msg: "{{ known.indicators | selectattr('observed_compromises', 'gt', 0) | map(attribute='name') }}"
"""

RETURN = r"""
indicators:
  description: The indicators as the cloud gives them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: Curl.Download
      guid: d821e2d9-9280-489c-a6c3-be02d85ba8a0
      severity: medium
      observed_compromises: 0
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.indicator.read import list_indicators


def main() -> None:
    spec = ArgumentSpec(
        guids={"type": "list", "elements": "str"},
        compromise_status_counts={"type": "bool"},
        limit={"type": "int"},
    ).mutually_exclusive("guids", "compromise_status_counts")
    run_module(spec.merge(connection_spec()), list_indicators)


if __name__ == "__main__":
    main()
