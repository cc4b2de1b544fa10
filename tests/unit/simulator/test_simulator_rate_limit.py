# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hourly limit, its headers and who shares it."""

from __future__ import annotations

import pytest
from plain_client import Api
from simulator import Simulator


def test_a_request_beyond_the_limit_is_a_429_until_the_hour_ends(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_rate_limit(limit=2)
    answers = [api.get("/v1/version") for _number in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["x-ratelimit-remaining"] for one in answers] == ["1", "0", "0"]
    assert answers[2].json()["errors"][0]["description"] == "Too Many Requests"
    simulator_api.control.advance_clock(3601)
    assert api.get("/v1/version").headers["x-ratelimit-remaining"] == "1"


def test_what_is_left_and_when_it_ends_can_be_set(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_rate_limit(remaining=1, reset=5)
    headers = api.get("/v1/version").headers
    assert headers["x-ratelimit-remaining"] == "0"
    assert int(headers["x-ratelimit-reset"]) <= 5
    assert api.get("/v1/version").status_code == 429
    simulator_api.control.advance_clock(6)
    assert api.get("/v1/version").status_code == 200


def test_a_refused_login_counts_and_has_the_headers(api: Api) -> None:
    """Recorded: remaining 2999, reset 3599 on a 401 (api-contract 14)."""
    right = api.session.auth
    api.session.auth = ("0" * 20, "wrong")
    refused = [api.get("/v1/version").headers for _number in range(2)]
    assert [one["x-ratelimit-remaining"] for one in refused] == ["2999", "2998"]
    assert refused[0]["x-ratelimit-limit"] == "3000"
    assert int(refused[0]["x-ratelimit-reset"]) in (3598, 3599)
    assert refused[0]["x-ratelimit-resetdate"] == refused[1]["x-ratelimit-resetdate"]
    api.session.auth = right
    assert api.get("/v1/version").headers["x-ratelimit-remaining"] == "2999"


def test_the_window_opens_with_its_first_request_not_with_the_hour(api: Api, simulator_api: Simulator) -> None:
    """A fixed window of 3600 seconds (api-contract 14)."""
    first = api.get("/v1/version").headers["x-ratelimit-resetdate"]
    simulator_api.control.advance_clock(1800)
    later = api.get("/v1/version").headers
    assert later["x-ratelimit-resetdate"] == first
    assert 1790 <= int(later["x-ratelimit-reset"]) <= 1800
    simulator_api.control.advance_clock(1801 + 500)
    anew = api.get("/v1/version").headers
    assert anew["x-ratelimit-remaining"] == "2999"
    assert int(anew["x-ratelimit-reset"]) >= 3590


@pytest.mark.parametrize(("scope", "remaining"), [("client", "2999"), ("organisation", "2998")])
def test_who_shares_the_limit_is_a_switch(
    api: Api, read_only: Api, simulator_api: Simulator, scope: str, remaining: str
) -> None:
    simulator_api.control.set_switches(rate_limit_scope=scope)
    api.get("/v1/version")
    assert read_only.get("/v1/version").headers["x-ratelimit-remaining"] == remaining


def test_the_other_spelling_of_the_headers_is_a_switch(api: Api, simulator_api: Simulator) -> None:
    simulator_api.control.set_switches(rate_limit_spelling="documented")
    headers = api.get("/v1/version").headers
    assert headers["X-Rate-Limit-Remaining"] == "2999"
    assert "x-ratelimit-remaining" not in headers
