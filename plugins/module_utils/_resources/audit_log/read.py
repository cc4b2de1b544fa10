# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read who changed what in the tenant (api-contract 10). This file is private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._api.paging import read_list
from .._shared.periods import period
from .._shared.tenant import Tenant

PATH = "/v1/audit_logs"
EXACT = ("audit_log_user", "audit_log_type", "audit_log_id", "event")
NO_KEY = ""  # the id of an entry is that of the thing that was changed: many entries share it


def list_audit_logs(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `audit_log_info`: return the entries that every filter matches.

    No source says how the cloud's own filters compare, so the entries are held against them here as well.
    """
    query = period({name: options[name] for name in ("start_time", "end_time")})
    exact = {name: options[name] for name in EXACT if options[name] is not None}
    keep = _matches(exact) if exact else None
    listing = read_list(tenant.client, PATH, {**query, **exact}, key=NO_KEY, limit=options["limit"], keep=keep)
    if listing.warning:
        tenant.warn(listing.warning)
    return {"changed": False, "audit_logs": listing.records}


def _matches(exact: Mapping[str, str]) -> Callable[[Mapping[str, Any]], bool]:
    def keep(entry: Mapping[str, Any]) -> bool:
        return all(str(entry.get(name) or "").casefold() == value.casefold() for name, value in exact.items())

    return keep
