# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
---
name: connector_tenant
short_description: Decides which host of a batch asks the tenant, and for which computers
version_added: 0.1.0
author: The ampops.secure_endpoint contributors (@ampops)
description:
  - Hosts of several tenants may be in one batch. Of each tenant one host asks for all of them, so that a batch costs
    one question a tenant, and no host is looked for in the tenant of another.
  - Works under every strategy. A host that asks before the others have come so far asks for those that have.
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the batch, C(ansible_play_batch).
    type: list
    elements: str
    required: true
  host:
    description: This host, C(inventory_hostname).
    type: str
    required: true
  fact:
    description: The name of the fact in which each host keeps C(cloud) (how its tenant is reached) and C(guid).
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Keep what this host asks its tenant for
  ansible.builtin.set_fact:
    registration:
      cloud: {region: eu, client_id: "{{ client_id | default('') }}"}
      guid: "{{ connector_status_result.connector_guid }}"

- name: Decide who asks
  ansible.builtin.debug:
    msg: >-
      {{ hostvars | ampops.secure_endpoint.connector_tenant(ansible_play_batch, inventory_hostname, 'registration') }}
"""

RETURN = r"""
---
_value:
  description: C(host), which asks, and C(guids), which it asks for. For a host that does not ask, its own GUID.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.tenants import share, tenant_of
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._event_lists import plain
from ansible_collections.ampops.secure_endpoint.plugins.plugin_utils._filter_arguments import check_mapping


def connector_tenant(hostvars: Mapping[str, Any], hosts: Sequence[str], host: str, fact: str) -> dict[str, Any]:
    """Return who asks the tenant of `host`, and for which GUIDs."""
    check_mapping("connector_tenant: hostvars", hostvars)

    def known(name: str) -> dict[str, Any] | None:
        found = plain(hostvars[name].get(fact))
        if not isinstance(found, Mapping):
            return None
        return {"tenant": tenant_of(found.get("cloud") or {}), "guid": found.get("guid")}

    return share([str(name) for name in hosts], str(host), known)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, object]:
        """Return the filters by name."""
        return {"connector_tenant": connector_tenant}
