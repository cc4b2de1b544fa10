# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `computer_info`. This file is private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._shared.names import check_guids
from .._shared.tenant import Tenant
from ..computer.read import ComputerFilter, read_computers
from ..computer.resolve import resolve_computers
from ..group.read import resolve_groups


def list_computers(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `computer_info`: return the computers that every filter matches, or those of some GUIDs that exist."""
    client, guids = tenant.client, options["connector_guids"]
    if guids is not None:
        guids = check_guids("connector_guids", guids, "Host names go into hostnames.")
        found = resolve_computers(client, guids, missing_ok=True).found.values()
        unique = {computer.guid: dict(computer.record) for computer in found}
        return {"changed": False, "computers": list(unique.values())[: options["limit"]]}
    groups = options["groups"]
    wanted = ComputerFilter(
        hostnames=options["hostnames"],
        internal_ip=options["internal_ip"],
        external_ip=options["external_ip"],
        group_guids=None if groups is None else resolve_groups(client, groups).guids,
        last_seen_within=options["last_seen_within"],
        last_seen_over=options["last_seen_over"],
        processor_id=options["processor_id"],
        risk_score=options["risk_score"],
    )
    listing = read_computers(client, wanted, options["limit"])
    if listing.warning:
        tenant.warn(listing.warning)
    return {"changed": False, "computers": listing.records}
