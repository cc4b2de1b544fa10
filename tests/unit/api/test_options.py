# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One options object, filled from options first and from the environment second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions

LOGIN = {"client_id": "id", "api_key": "key"}


def parse(environ: dict[str, str] | None = None, **options: Any) -> ConnectionOptions:
    return ConnectionOptions.parse(options, environ or {})


def test_a_region_names_its_host() -> None:
    assert parse(region="eu", **LOGIN).api_host == "api.eu.amp.cisco.com"
    assert parse(region="eu", **LOGIN).region == "eu"


def test_a_private_cloud_has_no_region() -> None:
    assert parse(api_host="console.example.org:8443", **LOGIN).region is None


def test_the_environment_fills_what_is_open(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("-----BEGIN CERTIFICATE-----")
    environ = {
        "SECURE_ENDPOINT_REGION": "apjc",
        "SECURE_ENDPOINT_CLIENT_ID": "env-id",
        "SECURE_ENDPOINT_API_KEY": "env-key",
        "SECURE_ENDPOINT_CA_PATH": str(ca),
    }
    options = parse(environ, client_id="own-id")
    assert (options.region, options.client_id, options.api_key) == ("apjc", "own-id", "env-key")
    assert options.ca_path == str(ca)


@pytest.mark.parametrize(
    ("option", "variable", "host"),
    [
        ({"region": "eu"}, {"SECURE_ENDPOINT_API_HOST": "console.example.org"}, "api.eu.amp.cisco.com"),
        ({"api_host": "console.example.org"}, {"SECURE_ENDPOINT_REGION": "na"}, "console.example.org"),
    ],
)
def test_an_option_sets_the_other_ones_variable_aside(
    option: dict[str, str], variable: dict[str, str], host: str
) -> None:
    assert parse(variable, **option, **LOGIN).api_host == host


@pytest.mark.parametrize(
    ("options", "environ", "told"),
    [
        (LOGIN, {}, "Neither region nor api_host is given"),
        ({**LOGIN, "region": "na", "api_host": "h"}, {}, "Both region and api_host are given"),
        (LOGIN, {"SECURE_ENDPOINT_REGION": "na", "SECURE_ENDPOINT_API_HOST": "h"}, "Both region and api_host"),
        (LOGIN, {"SECURE_ENDPOINT_REGION": "mars"}, "region must be one of na, eu, apjc"),
        ({"region": "na", "api_key": "k"}, {}, "client_id missing.*SECURE_ENDPOINT_CLIENT_ID"),
        ({"region": "na"}, {}, "client_id and api_key missing"),
        ({**LOGIN, "api_host": "https://h"}, {}, "holds a scheme"),
        (
            {**LOGIN, "region": "na", "ca_path": "/no/such/ca.pem"},
            {},
            "/no/such/ca.pem: there is no such file",
        ),
        ({**LOGIN, "region": "na", "timeout": 0}, {}, "timeout must be at least"),
        ({**LOGIN, "region": "na", "timeout": float("nan")}, {}, "timeout must be at least"),
        ({**LOGIN, "region": "na", "concurrency": 0}, {}, "concurrency must be at least"),
        ({**LOGIN, "region": "na", "concurrency": 51}, {}, "concurrency must be at most"),
        ({**LOGIN, "region": "na", "rate_limit_wait": -1}, {}, "rate_limit_wait must be at least"),
        ({**LOGIN, "region": "na", "client_id": "a:b"}, {}, "client_id holds characters"),
        ({**LOGIN, "region": "na", "api_key": "s3cret\nx"}, {}, "api_key holds characters"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    options: dict[str, Any], environ: dict[str, str], told: str
) -> None:
    with pytest.raises(Refused, match=told) as refused:
        parse(environ, **options)
    assert "s3cret" not in str(refused.value)


def test_the_key_is_in_no_text_of_the_options() -> None:
    assert "s3cret" not in repr(parse(region="na", client_id="id", api_key="s3cret"))
