# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""group_info: lists by page, groups one by one, and what is not there is left out."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import group_info
from unit.scripted_cloud import GET, ScriptedCloud, run

GROUPS = "/v1/groups"


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def group(number: int, name: str, *above: tuple[int, str]) -> dict[str, Any]:
    record: dict[str, Any] = {"guid": guid(number), "name": name, "description": "", "source": None}
    if above:
        record["ancestry"] = [{"guid": guid(parent), "name": title} for parent, title in above]
    return record


WORLD, EUROPE, SPAIN = (
    group(1, "World"),
    group(2, "Europe", (1, "World")),
    group(3, "Spain", (1, "World"), (2, "Europe")),
)


def page(*records: dict[str, Any], **query: Any) -> Any:
    return GET(GROUPS, **{"limit": 500, **query}).answers(list(records))


def names(result: Any) -> list[str]:
    return [record["name"] for record in result["groups"]]


@pytest.mark.parametrize("check", [False, True])
def test_all_groups_are_pages_of_five_hundred(cloud: ScriptedCloud, check: bool) -> None:
    cloud.expects(page(WORLD, EUROPE, SPAIN))
    result = run(group_info, _check=check)
    assert not result.changed
    assert [record["parent"] and record["parent"]["name"] for record in result["groups"]] == [None, "World", "Europe"]


def test_the_order_of_ancestors_does_not_matter_where_the_list_tells_how_deep_they_lie(cloud: ScriptedCloud) -> None:
    turned = {**SPAIN, "ancestry": SPAIN["ancestry"][::-1]}
    cloud.expects(page(WORLD, EUROPE, turned))
    assert run(group_info)["groups"][2]["parent"]["name"] == "Europe"


def test_one_name_is_one_filtered_request_and_only_the_exact_name_counts(cloud: ScriptedCloud) -> None:
    """The cloud's filter may match prefixes or parts (api-contract 10)."""
    cloud.expects(page(EUROPE, group(4, "Europe South"), group(5, "europe"), name="Europe"))
    assert names(run(group_info, name="Europe")) == ["Europe"]


def test_several_names_are_read_from_the_pages(cloud: ScriptedCloud) -> None:
    cloud.expects(page(WORLD, EUROPE, SPAIN))
    assert names(run(group_info, names=["Spain", "World", "Atlantis"])) == ["World", "Spain"]


def test_no_name_is_no_request(cloud: ScriptedCloud) -> None:
    assert run(group_info, names=[])["groups"] == []
    assert cloud.requests == []


def test_details_cost_one_request_for_each_group(cloud: ScriptedCloud) -> None:
    detailed = {**EUROPE, "computers_count": 12, "policies": [{"guid": guid(9), "name": "Audit", "product": "windows"}]}
    cloud.expects(page(EUROPE, name="Europe"), GET(f"{GROUPS}/{guid(2)}").answers(detailed))
    record = run(group_info, name="Europe", details=True)["groups"][0]
    assert (record["computers_count"], record["policies"][0]["name"]) == (12, "Audit")


def test_guids_are_read_one_by_one_without_doubles_and_those_that_are_gone_are_left_out(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{GROUPS}/{guid(2)}").answers(EUROPE), GET(f"{GROUPS}/{guid(9)}").refuses(404, "Not Found"))
    result = run(group_info, guids=[guid(2), guid(2).upper(), guid(9)], concurrency=1)
    assert names(result) == ["Europe"]


def test_a_403_is_looked_up_for_it_may_mean_gone_or_not_allowed(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{GROUPS}/{guid(9)}").refuses(403), page(WORLD))
    assert run(group_info, guid=guid(9))["groups"] == []
    cloud.expects(GET(f"{GROUPS}/{guid(1)}").refuses(403), page(WORLD))
    assert run(group_info, guid=guid(1))["error"]["kind"] == "auth"


def test_any_other_failure_is_not_taken_for_gone(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"{GROUPS}/{guid(1)}").refuses(500))
    assert run(group_info, guid=guid(1))["error"]["kind"] == "unavailable"


@pytest.mark.parametrize("text", ["Protect", "../computers", guid(1) + "/x", ""])
def test_what_is_no_guid_is_refused_without_a_request(cloud: ScriptedCloud, text: str) -> None:
    assert "names" in run(group_info, guids=[text]).msg
    assert cloud.requests == []


def test_names_and_guids_exclude_each_other() -> None:
    assert "mutually exclusive" in run(group_info, name="x", guid=guid(1)).msg


def test_a_limit_asks_for_no_more(cloud: ScriptedCloud) -> None:
    cloud.expects(page(WORLD, limit=1))
    assert names(run(group_info, limit=1)) == ["World"]


def test_a_list_that_never_holds_still_is_warned_of(cloud: ScriptedCloud) -> None:
    first = GET(GROUPS, limit=500).answers([WORLD], total=3)
    second = GET(GROUPS, limit=500, offset=1).answers([EUROPE], total=2, offset=1)
    cloud.expects(*[first, second] * 3)
    assert "some may be missing" in run(group_info).warnings[0]
