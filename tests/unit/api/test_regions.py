# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of the regions, and what a host given by a user may look like (R30)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.regions import (
    API_HOSTS,
    is_on_host,
    parse_api_host,
    region_of,
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("console.example.org", "console.example.org"),
        ("Console.Example.ORG:443", "console.example.org"),
        ("127.0.0.1:8443", "127.0.0.1:8443"),
        ("[::1]:8443", "[::1]:8443"),
        ("[2001:db8::7]", "[2001:db8::7]"),
        ("appliance", "appliance"),
        (" console.example.org ", "console.example.org"),
    ],
)
def test_a_host_with_or_without_port_is_taken(text: str, host: str) -> None:
    assert parse_api_host(text) == host


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("https://console.example.org", "a scheme"),
        ("user:hunter2@console.example.org", "user information"),
        ("console.example.org/v1", "a path"),
        ("console.example.org?x=hunter2", "a query"),
        ("console.example.org:70000", "not a host name"),
        ("console.example.org:0", "not a host name"),
        ("console.example.org:abc", "not a host name"),
        ("console example.org", "not a host name"),
        ("-console.example.org", "not a host name"),
        ("console..org", "not a host name"),
        ("console.example.org\r\nHost: hunter2", "not a host name"),
        ("", "not a host name"),
        ("::1", "not a host name"),
        ("bücher.example", "not a host name"),
    ],
)
def test_anything_else_is_refused_without_repeating_it(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as refused:
        parse_api_host(text)
    assert "hunter2" not in str(refused.value)


def test_each_region_has_its_host_and_back() -> None:
    assert {region_of(host) for host in API_HOSTS.values()} == set(API_HOSTS)
    assert region_of("console.example.org") is None


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://api.amp.cisco.com/v1/groups?offset=500", True),
        ("https://API.amp.cisco.com:443/v1/groups", True),
        ("http://api.amp.cisco.com/v1/groups", False),
        ("https://api.amp.cisco.com:8443/v1/groups", False),
        ("https://api.amp.cisco.com.evil.example/v1/groups", False),
        ("https://api.amp.cisco.com@evil.example/v1/groups", False),
        ("https://user@api.amp.cisco.com/v1/groups", False),
        ("//api.amp.cisco.com/v1/groups", False),
        ("https://api.amp.cisco.com:port/", False),
        ("https://[", False),
    ],
)
def test_a_link_is_on_the_configured_host_or_not(url: str, same: bool) -> None:
    assert is_on_host(url, "api.amp.cisco.com") is same
