# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group names to GUIDs: pages or names, whichever cost fewer requests, and never a name from half a list."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.client import Client
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.errors import Refused
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._api.options import ConnectionOptions
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._resources.group.read import resolve_groups
from unit.scripted_cloud import API_KEY, CLIENT_ID, GET, Expected, ScriptedCloud


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def rows(*numbers: int) -> list[dict[str, Any]]:
    return [{"guid": guid(number), "name": f"group {number}"} for number in numbers]


def page(number: int, total: int) -> Expected:
    first = (number - 1) * 500
    query = {"limit": 500} | ({"offset": first} if first else {})
    return GET("/v1/groups", **query).answers(rows(*range(first, min(first + 500, total))), total=total, offset=first)


@pytest.fixture
def client(cloud: ScriptedCloud) -> Client:
    options = {"region": "na", "client_id": CLIENT_ID, "api_key": API_KEY}
    return Client(ConnectionOptions.parse(options, {}), sleep=cloud.sleep)


def test_guids_need_no_request(client: Client) -> None:
    assert resolve_groups(client, [guid(7).upper()]).guids == {guid(7)}


def test_up_to_five_hundred_groups_are_one_request(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(1, 500))
    assert resolve_groups(client, ["group 3", "group 499"]).guids == {guid(3), guid(499)}


def test_many_names_are_read_from_the_pages(cloud: ScriptedCloud, client: Client) -> None:
    cloud.expects(page(1, 1200), page(2, 1200), page(3, 1200))
    wanted = ["group 3", "group 700", "group 1100"]
    assert resolve_groups(client, wanted).guids == {guid(3), guid(700), guid(1100)}


def test_few_names_of_many_groups_are_asked_for_by_name_also_if_the_first_page_has_them(
    cloud: ScriptedCloud, client: Client
) -> None:
    """Another group of the name may stand on a later page."""
    by_name = GET("/v1/groups", name="group 3", limit=500).answers(rows(3, 33, 300))
    cloud.expects(page(1, 1600), by_name)
    assert resolve_groups(client, ["group 3"]).guids == {guid(3)}


def test_a_double_beyond_the_first_page_is_noticed(cloud: ScriptedCloud, client: Client) -> None:
    double = {"guid": guid(1500), "name": "group 3"}
    cloud.expects(page(1, 1600), GET("/v1/groups", name="group 3", limit=500).answers([*rows(3), double]))
    cloud.expects(GET(f"/v1/groups/{guid(3)}").refuses(404), GET(f"/v1/groups/{guid(1500)}").refuses(403))
    with pytest.raises(Refused, match='2 groups are named "group 3"'):
        resolve_groups(client, ["group 3"])
