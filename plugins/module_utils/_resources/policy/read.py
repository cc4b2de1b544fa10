# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read policies: what the connectors of a group do, one policy for each product. v1 cannot change them.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..._api.client import Client
from ..._api.concurrency import for_each
from ..._api.errors import NotFound
from ..._api.paging import Listing, Record, read_list
from .._shared.names import check_guids
from .._shared.shapes import REFERENCE, Shape
from .._shared.tenant import Tenant
from .xml import conviction_mode, without_passwords

PATH = "/v1/policies"
POLICY = Shape(
    needed={"guid": str},
    optional={
        "name": str,
        "product": str,
        "file_lists": [Shape(needed={"guid": str}, optional={"name": str, "type": str})],
        "used_in_groups": [REFERENCE],
    },
)
PRODUCTS = ("windows", "mac", "linux", "android", "ios", "network")  # api-contract 10


def read_policies(
    client: Client,
    *,
    products: Collection[str] | None = None,
    names: Collection[str] | None = None,
    limit: int | None = None,
) -> Listing:
    """Read the list of policies, of exactly these names: the cloud's filter may match more."""
    if (products is not None and not products) or (names is not None and not names):
        return Listing([], total=0)
    asked = {"product[]": products and sorted(products), "name[]": names and sorted(names)}

    def matches(policy: Mapping[str, Any]) -> bool:
        return (products is None or policy.get("product") in products) and (
            names is None or policy.get("name") in names
        )

    query = {name: value for name, value in asked.items() if value}
    return read_list(client, PATH, query, limit=limit, keep=matches if query else None, records=POLICY.records)


def read_each_policy(client: Client, guids: Sequence[str]) -> list[Record | None]:
    """Read each policy itself, with its lists and the groups that use it; None for one that does not exist."""

    def read(guid: str) -> Record | None:
        try:
            return POLICY.record(client.get(f"{PATH}/{guid}", bulk=len(guids) > 1))
        except NotFound:
            return None

    return _values(client, guids, read)


def read_policy_xml(client: Client, guids: Sequence[str]) -> list[bytes | None]:
    """Read the XML of each policy, which holds passwords; None for one that does not exist."""

    def read(guid: str) -> bytes | None:
        try:
            return client.get_bytes(f"{PATH}/{guid}.xml", bulk=len(guids) > 1)
        except NotFound:
            return None

    return _values(client, guids, read)


def list_policies(tenant: Tenant, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run `policy_info`: return the policies of some products and names, or those of some GUIDs that exist."""
    client = tenant.client
    if options["guids"] is not None:
        guids = check_guids("guids", options["guids"], "A policy's name goes into names.")
        found = [policy for policy in read_each_policy(client, guids[: options["limit"]]) if policy is not None]
    else:
        listing = read_policies(client, products=options["products"], names=options["names"], limit=options["limit"])
        if listing.warning:
            tenant.warn(listing.warning)
        found = listing.records
        if options["details"]:
            read = read_each_policy(client, [str(policy.get("guid")) for policy in found])
            found = [policy for policy in read if policy is not None]
    if options["xml"]:
        texts = read_policy_xml(client, [str(policy.get("guid")) for policy in found])
        found = [
            {
                **policy,
                "xml": None if text is None else without_passwords(text),
                "file_mode": None if text is None else conviction_mode(text),
            }
            for policy, text in zip(found, texts, strict=True)
        ]
    return {"changed": False, "policies": found}


def _values(client: Client, guids: Sequence[str], read: Any) -> list[Any]:
    attempts = for_each(guids, read, workers=client.options.concurrency)
    for attempt in attempts:
        if attempt.error:
            raise attempt.error
    return [attempt.value for attempt in attempts]
