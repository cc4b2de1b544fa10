# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of several tenants in one batch: each tenant is asked once, for its own computers only."""

from __future__ import annotations

from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.tenants import share, tenant_of

HOSTS = [f"web{number}" for number in range(6)]


def batch(**more: dict[str, Any] | None) -> dict[str, dict[str, Any] | None]:
    """Hosts of two tenants in turn."""
    found: dict[str, dict[str, Any] | None] = {
        host: {"tenant": "ab"[place % 2], "guid": f"guid-{place}"} for place, host in enumerate(HOSTS)
    }
    return found | more


def test_the_first_host_of_each_tenant_asks_for_all_of_its_tenant() -> None:
    known = batch()
    shared = {host: share(HOSTS, host, known.get) for host in HOSTS}
    assert {host for host in HOSTS if shared[host]["host"] == host} == {"web0", "web1"}
    assert shared["web0"]["guids"] == ["guid-0", "guid-2", "guid-4"]
    assert shared["web1"]["guids"] == ["guid-1", "guid-3", "guid-5"]
    assert shared["web4"] == {"host": "web0", "guids": ["guid-4"]}


def test_a_host_asks_itself_where_the_others_have_not_come_so_far() -> None:
    known = batch(web0=None, web2=None)
    assert share(HOSTS, "web4", known.get) == {"host": "web4", "guids": ["guid-4"]}


def test_a_host_without_a_guid_is_asked_for_by_nobody() -> None:
    known = batch(web2={"tenant": "a", "guid": None})
    assert share(HOSTS, "web0", known.get)["guids"] == ["guid-0", "guid-4"]
    assert share(HOSTS, "web2", known.get) == {"host": "web0", "guids": []}


def test_a_batch_of_one_tenant_costs_as_many_looks_as_it_has_hosts() -> None:
    hosts, looks = [f"host{number}" for number in range(500)], 0

    def known(host: str) -> dict[str, Any]:
        nonlocal looks
        looks += 1
        return {"tenant": "a", "guid": host}

    for host in hosts:
        share(hosts, host, known)
    assert looks < 5 * len(hosts)


def test_a_tenant_is_told_by_where_and_as_whom_and_holds_no_secret() -> None:
    eu = {"region": "eu", "client_id": "one", "api_key": "secret"}
    assert tenant_of(eu) == "region=eu client_id=one"
    assert len({tenant_of(one) for one in (eu, eu | {"client_id": "two"}, {"api_host": "x", "client_id": "one"})}) == 3
    assert tenant_of({}) == ""
