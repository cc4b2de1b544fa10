#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Module api_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_info
short_description: Test the API credentials
description:
  - Tests the given credentials and returns their region and how much of the hourly limit of requests is left. Fails if
    they do not work.
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
  - ampops.secure_endpoint._attributes.info
options:
  probe_regions:
    description:
      - If the credentials do not belong to O(region), or O(region) is not set, ask the other regions.
      - The key is then sent to the hosts of all three regions. This cannot be combined with O(api_host), so that the
        key of a private cloud does not leave it.
    type: bool
    default: false
notes:
  - Version 1 of the API does not show whether an API client may also write (scope Read & Write). Credentials that work
    here may be refused by a module that changes something.
"""

EXAMPLES = r"""
- name: Test the credentials
  ampops.secure_endpoint.api_info:
    region: eu
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
  register: credentials_test

- name: Find out which region a key belongs to
  ampops.secure_endpoint.api_info:
    client_id: "{{ secure_endpoint_client_id }}"
    api_key: "{{ secure_endpoint_api_key }}"
    probe_regions: true
  register: found

- name: Stop before a large change if few requests are left
  ansible.builtin.assert:
    that: credentials_test.rate_limit.remaining > 500
"""

RETURN = r"""
api_host:
  description: The host that knows the credentials.
  returned: success
  type: str
  sample: api.eu.amp.cisco.com
region:
  description: Its region; null for a private cloud.
  returned: success
  type: str
  sample: eu
version:
  description: The version that the API gives for its answers.
  returned: success
  type: str
  sample: v1.2.0
rate_limit:
  description: The hourly limit of requests; null where the cloud says nothing of one.
  returned: success
  type: dict
  contains:
    limit:
      description: How many requests an hour are allowed.
      type: int
      sample: 3000
    remaining:
      description: How many are left.
      type: int
      sample: 2998
    reset_seconds:
      description: In how many seconds the count starts again.
      type: int
      sample: 3573
regions_without_it:
  description: The regions that were asked before and do not know the credentials.
  returned: when O(probe_regions) is true
  type: list
  elements: str
  sample: [na]
"""

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._module import (
    ArgumentSpec,
    connection_spec,
    run_module,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.api.read import (
    connection,
    test_credentials,
)


def main() -> None:
    spec = ArgumentSpec(probe_regions={"type": "bool", "default": False}).merge(connection_spec())
    run_module(spec, test_credentials, connection)


if __name__ == "__main__":
    main()
