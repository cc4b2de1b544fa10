# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""api_info: one request; a key goes to other regions only when the task says so (R30)."""

from __future__ import annotations

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import api_info
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, Expected, ScriptedCloud, run

NA, EU, APJC = "api.amp.cisco.com", "api.eu.amp.cisco.com", "api.apjc.amp.cisco.com"


def version(host: str = NA) -> Expected:
    return GET("/v1/version").on(host)


UNKNOWN = "Unknown API key or Client ID"


@pytest.mark.parametrize("check", [False, True])
def test_credentials_that_work_are_one_request(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(version().answers({}))
    result = run(api_info, _check=check)
    assert not result.changed
    assert (result["api_host"], result["region"], result["version"]) == (NA, "na", "v1.2.0")
    assert result["rate_limit"]["limit"] == 3000
    assert result["rate_limit"]["remaining"] == 2998
    assert 3570 <= result["rate_limit"]["reset_seconds"] <= 3573


def test_a_private_cloud_has_no_region(cloud: ScriptedCloud) -> None:
    cloud.expects(version("console.example.org").answers({}))
    assert run(api_info, api_host="console.example.org")["region"] is None


def test_a_wrong_key_fails_with_the_clouds_words_and_a_hint_and_goes_nowhere_else(cloud: ScriptedCloud) -> None:
    cloud.expects(version().refuses(401, UNKNOWN))
    result = run(api_info)
    assert result.failed
    assert "does not know this client ID and API key (HTTP 401 Unauthorized: Unknown API key" in result.msg
    assert "probe_regions=true" in result.msg
    assert result["error"]["kind"] == "auth"
    assert result["error"]["status"] == 401


def test_probing_asks_no_other_region_where_the_configured_one_knows_the_key(cloud: ScriptedCloud) -> None:
    cloud.expects(version(EU).answers({}))
    result = run(api_info, region="eu", probe_regions=True)
    assert (result["region"], result["regions_without_it"]) == ("eu", [])


def test_probing_says_which_region_knows_the_key(cloud: ScriptedCloud) -> None:
    cloud.expects(version(EU).refuses(401, UNKNOWN), version(NA).refuses(401, UNKNOWN), version(APJC).answers({}))
    result = run(api_info, region="eu", probe_regions=True)
    assert (result["region"], result["api_host"]) == ("apjc", APJC)
    assert result["regions_without_it"] == ["eu", "na"]


def test_who_looks_for_the_region_need_not_name_one(cloud: ScriptedCloud) -> None:
    cloud.expects(version(NA).refuses(401, UNKNOWN), version(EU).answers({}))
    result = run(api_info, _connect=False, client_id=CLIENT_ID, api_key=API_KEY, probe_regions=True)
    assert result["region"] == "eu"


def test_a_key_that_no_region_knows(cloud: ScriptedCloud) -> None:
    cloud.expects(*[version(host).refuses(401, UNKNOWN) for host in (NA, EU, APJC)])
    result = run(api_info, probe_regions=True)
    assert "no region knows this client ID and API key" in result.msg
    assert result["error"]["kind"] == "auth"


def test_a_region_that_is_out_of_order_does_not_end_the_search(cloud: ScriptedCloud) -> None:
    cloud.expects(version(NA).refuses(401), version(EU).refuses(500), version(APJC).answers({}))
    assert run(api_info, probe_regions=True)["region"] == "apjc"


def test_a_configured_region_that_is_out_of_order_says_nothing_about_the_key(cloud: ScriptedCloud) -> None:
    cloud.expects(version(NA).refuses(500))
    assert run(api_info, probe_regions=True)["error"]["kind"] == "unavailable"


def test_the_key_of_a_private_cloud_is_never_probed() -> None:
    result = run(api_info, api_host="console.example.org", probe_regions=True)
    assert "private cloud to the public regions" in result.msg


def test_nor_if_the_private_cloud_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURE_ENDPOINT_API_HOST", "console.example.org")
    result = run(api_info, _connect=False, client_id=CLIENT_ID, api_key=API_KEY, probe_regions=True)
    assert "private cloud to the public regions" in result.msg


def test_a_host_with_a_password_in_it_is_refused_without_repeating_it() -> None:
    result = run(api_info, api_host="https://joe:hunter2@console.example.org/v1")
    result.pop("invocation", None)  # not there on every ansible-core
    assert "api_host holds a scheme" in result.msg
    assert "hunter2" not in str(result)


def test_the_key_is_masked_in_everything_that_is_returned(cloud: ScriptedCloud) -> None:
    cloud.expects(version().refuses(400, f"no such key {API_KEY}"))
    assert API_KEY not in str(run(api_info))


def test_a_key_from_the_environment_is_masked_too(cloud: ScriptedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURE_ENDPOINT_API_KEY", API_KEY)
    monkeypatch.setenv("SECURE_ENDPOINT_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SECURE_ENDPOINT_REGION", "na")
    cloud.expects(version().answers({}))
    assert API_KEY not in str(run(api_info, _connect=False))


def test_no_check_of_the_certificate_is_warned_of(cloud: ScriptedCloud) -> None:
    cloud.verify = False
    cloud.expects(version().answers({}))
    assert "anybody on the way can read the API key" in run(api_info, validate_certs=False).warnings[0]
