# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup computer_guids."""

from __future__ import annotations

DOCUMENTATION = r"""
name: computer_guids
short_description: The connector GUIDs of computers
version_added: 0.1.0
author:
  - The ampops.secure_endpoint contributors (@ampops)
description:
  - Gives the connector GUIDs of host names, in their order, or of all computers that the filters match.
  - Give all host names at once; each call of a lookup is a login and a reading of its own.
extends_documentation_fragment:
  - ampops.secure_endpoint._connection
options:
  _terms:
    description:
      - Host names, in any case, or GUIDs. One that is not there, and a name that several records have, is refused with
        what tells them apart.
    type: list
    elements: str
  groups:
    description: Without terms, only computers right in these groups, by name or GUID.
    type: list
    elements: str
  internal_ip:
    description: Without terms, only computers with this internal address.
    type: str
  external_ip:
    description: Without terms, only computers with this external address.
    type: str
  last_seen_within:
    description: Without terms, only computers that were seen within so many days.
    type: int
  last_seen_over:
    description: Without terms, only computers that were last seen more than so many days ago.
    type: int
"""

EXAMPLES = r"""
- name: Isolate two computers by host name
  ampops.secure_endpoint.isolation:
    computers: "{{ lookup('ampops.secure_endpoint.computer_guids', 'pc-0001', 'pc-0002', wantlist=True) }}"

- name: Show the GUIDs of a group
  ansible.builtin.debug:
    msg: "{{ query('ampops.secure_endpoint.computer_guids', groups=['Protect'], region='eu') }}"
"""

RETURN = r"""
_raw:
  description: The GUIDs.
  type: list
  elements: str
  sample: [d821e2d9-9280-489c-a6c3-be02d85ba8a0]
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import SecureEndpointError
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import (
    DEFAULTS,
    ENVIRONMENT,
    ConnectionOptions,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.session import REQUESTS_IMPORT_ERROR
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.read import (
    Computer,
    ComputerFilter,
    read_computers,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computer.resolve import (
    resolve_computers,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.read import resolve_groups


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleLookupError("computer_guids: the Python library requests is needed")
        given = {name: self.get_option(name) for name in (*ENVIRONMENT, *DEFAULTS)}
        try:
            client = Client(ConnectionOptions.parse(given), read_only=True)
            if terms:
                found = resolve_computers(client, [str(term) for term in self._flatten(terms)]).found
                return [computer.guid for computer in found.values()]
            return self._matching(client)
        except SecureEndpointError as error:
            raise AnsibleLookupError(f"computer_guids: {error}") from None

    def _matching(self, client: Client) -> list[str]:
        groups = self.get_option("groups")
        wanted = ComputerFilter(
            internal_ip=self.get_option("internal_ip"),
            external_ip=self.get_option("external_ip"),
            group_guids=None if groups is None else resolve_groups(client, groups).guids,
            last_seen_within=self.get_option("last_seen_within"),
            last_seen_over=self.get_option("last_seen_over"),
        )
        listing = read_computers(client, wanted)
        if listing.warning:
            self._display.warning(listing.warning)
        return [Computer.parse(record).guid for record in listing.records]
