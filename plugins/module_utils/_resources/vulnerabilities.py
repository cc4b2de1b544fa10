# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vulnerable software: in the tenant, of one file, on one computer (api-contract 10). Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Answer
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import NotFound, ProtocolError, Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.paging import Listing, read_list
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.ids import is_guid
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.text import printable
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources._tenant import Tenant
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computers import (
    PATH as COMPUTERS,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.computers import (
    resolve_computers,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.groups import resolve_groups
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.moments import period
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.observables import observable

PATH = "/v1/vulnerabilities"
NO_KEY = ""  # one file may stand for several applications: no field tells rows apart, so all of them are kept

Record = dict[str, Any]


def list_vulnerabilities(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """`vulnerability_info`: `vulnerabilities`, or with sha256 the `computers` that have it."""
    query: dict[str, Any] = period({name: options[name] for name in ("start_time", "end_time")})
    if options["groups"] is not None:
        query["group_guid[]"] = sorted(resolve_groups(tenant.client, options["groups"]).guids)
        if not query["group_guid[]"]:
            return {"changed": False, "computers" if options["sha256"] else "vulnerabilities": []}
    if options["sha256"] is not None:
        return {"changed": False, "computers": _computers(tenant, _digest(options["sha256"]), query, options["limit"])}
    if options["computer"] is not None:
        records = _of_computer(tenant, options["computer"].strip(), query, options["limit"])
        return {"changed": False, "vulnerabilities": records}
    listing = read_list(tenant.client, PATH, query, key=NO_KEY, limit=options["limit"])
    records = _told(tenant, listing)
    if options["all_computers"]:
        records = [_with_all_computers(tenant, record, query) for record in records]
    return {"changed": False, "vulnerabilities": records}


def _with_all_computers(tenant: Tenant, record: Record, query: Mapping[str, Any]) -> Record:
    """A row holds the first thousand computers only; beyond that the file's own list tells."""
    shown, total = record.get("computers") or [], record.get("computers_total_count")
    if not isinstance(total, int) or len(shown) >= total:
        return record
    file = record.get("file")
    identity = file.get("identity") if isinstance(file, dict) else None
    digest = identity.get("sha256") if isinstance(identity, dict) else None
    if not isinstance(digest, str):
        tenant.warn(
            f"{printable(record.get('application'), 100)}: {len(shown)} of {total} computers are shown, for the"
            " row names no SHA-256 to ask for the others with."
        )
        return record
    return {**record, "computers": _computers(tenant, _digest(digest), query) or shown}


def _computers(tenant: Tenant, digest: str, query: Mapping[str, Any], limit: int | None = None) -> list[Record]:
    """None where the cloud knows no vulnerable file of this hash."""
    path = f"{PATH}/{digest}/computers"
    try:
        return _told(tenant, read_list(tenant.client, path, query, key="connector_guid", limit=limit))
    except NotFound:
        return []


def _of_computer(tenant: Tenant, wanted: str, query: Mapping[str, Any], limit: int | None) -> list[Record]:
    client = tenant.client
    guid = wanted.lower() if is_guid(wanted) else next(iter(resolve_computers(client, [wanted]).found.values())).guid
    path = f"{COMPUTERS}/{guid}/vulnerabilities"
    try:
        return _told(tenant, read_list(client, path, query, key=NO_KEY, limit=limit, records=_rows))
    except NotFound:
        raise Refused(f"The tenant knows no computer {printable(wanted, 100)}.") from None


def _rows(answer: Answer) -> list[Record]:
    """Here `data` is the computer, and the list one of its fields."""
    rows = answer.record.get("vulnerabilities")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ProtocolError(answer.exchange, "the answer holds no list of vulnerabilities")
    return rows


def _told(tenant: Tenant, listing: Listing) -> list[Record]:
    if listing.warning:
        tenant.warn(listing.warning)
    return listing.records


def _digest(text: str) -> str:
    found = observable(text)
    if found.kind != "sha256":
        raise Refused(f"sha256 is no SHA-256 (64 hexadecimal digits): {printable(text, 80)}.")
    return found.value
