# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How policies are shown (api-contract 10)."""

from __future__ import annotations

from typing import Any

from ..cloud import cloud
from ..envelope import host_url
from ..records import Policy


def listed(policy: Policy) -> dict[str, Any]:
    """A policy as lists show it."""
    return {
        "name": policy.name,
        "description": policy.description,
        "guid": policy.guid,
        "product": policy.product,
        "default": policy.default,
        "serial_number": policy.serial_number,
        "links": {"policy": f"{host_url()}/v1/policies/{policy.guid}"},
    }


def shown(policy: Policy) -> dict[str, Any]:
    """A policy with the lists it holds and the groups that use it."""
    tenant = cloud().tenant
    url = f"{host_url()}/v1/policies/{policy.guid}"
    whole = {
        **listed(policy),
        "links": {"policy_xml": f"{url}.xml", "policy": url},
        "file_lists": [
            {"name": one.name, "guid": one.guid, "type": one.type}
            for one in (tenant.file_lists[guid] for guid in policy.file_lists)
        ],
        "ip_lists": [],
        "isolation_ip_lists": [],
        "used_in_groups": [
            {"name": group.name, "description": group.description, "guid": group.guid}
            for group in tenant.groups.values()
            if group.policies.get(policy.product) == policy.guid
        ],
    }
    if policy.product == "windows":  # recorded on some products only
        whole["exclusion_sets"] = [{"name": "Microsoft Windows Default", "guid": tenant.exclusion_set_guid}]
    return whole
