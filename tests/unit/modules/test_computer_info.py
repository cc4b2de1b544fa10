# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""computer_info: every filter of the API, exact, in the fewest requests."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import computer_info
from unit.scripted_cloud import GET, ScriptedCloud, run

ALL = "/v1/computers"
GROUP = {"guid": "fedd82f8-c74f-49f4-a463-e576d3beee92", "name": "Audit"}


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"connector_guid": guid(number), "hostname": f"PC-{number:04d}", "group_guid": GROUP["guid"], **more}


@pytest.mark.parametrize("check", [False, True])
def test_all_of_them_page_by_page(cloud: ScriptedCloud, check: bool) -> None:
    records = [record(number) for number in range(700)]
    cloud.expects(
        GET(ALL, limit=500).answers(records[:500], total=700),
        GET(ALL, limit=500, offset=500).answers(records[500:], total=700, offset=500),
    )

    result = run(computer_info, _check=check)

    assert not result.changed
    assert result["computers"] == records


def test_filters_are_sent_with_groups_by_name(cloud: ScriptedCloud) -> None:
    query = {"hostname[]": ["pc-0001"], "group_guid[]": [GROUP["guid"]], "last_seen_over": 30, "limit": 500}
    other = record(2, hostname="PC-00010")
    cloud.expects(GET("/v1/groups", limit=500).answers([GROUP]), GET(ALL, **query).answers([record(1), other]))

    assert run(computer_info, hostname="pc-0001", groups="Audit", last_seen_over=30)["computers"] == [record(1)]


def test_an_unknown_group_is_refused_and_not_taken_for_an_empty_one(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/groups", limit=500).answers([GROUP]))

    assert 'No groups are named "Audits"' in run(computer_info, groups=["Audits"]).msg


def test_by_guid_what_is_not_there_is_left_out(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, limit=500).answers([record(1), record(2)]))

    wanted = [guid(2).upper(), guid(9), guid(2), guid(1)]

    assert [row["hostname"] for row in run(computer_info, connector_guids=wanted)["computers"]] == [
        "PC-0002",
        "PC-0001",
    ]


def test_what_is_no_guid_is_refused(cloud: ScriptedCloud) -> None:
    assert 'not a GUID: "PC-0001"' in run(computer_info, connector_guids=["PC-0001", guid(1)]).msg
    assert cloud.requests == []


def test_guids_exclude_filters(cloud: ScriptedCloud) -> None:
    assert "mutually exclusive" in run(computer_info, connector_guids=[guid(1)], last_seen_within=1).msg
    assert cloud.requests == []


def test_an_empty_choice_is_empty_and_asks_nothing(cloud: ScriptedCloud) -> None:
    assert run(computer_info, hostnames=[])["computers"] == []
    assert run(computer_info, groups=[])["computers"] == []
    assert run(computer_info, connector_guids=[])["computers"] == []
    assert cloud.requests == []


def test_a_list_that_keeps_shifting_is_shown_with_a_warning(cloud: ScriptedCloud) -> None:
    shrinking = [
        GET(ALL, limit=500).answers([record(n) for n in range(500)], total=600),
        GET(ALL, limit=500, offset=500).answers([record(n) for n in range(501, 599)], total=599, offset=500),
    ]
    cloud.expects(*shrinking * 3)

    result = run(computer_info)

    assert len(result["computers"]) == 598
    assert "some may be missing" in result.warnings[0]


def test_a_limit_asks_for_no_more(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(ALL, last_seen_within=1, limit=2).answers([record(1), record(2)], total=9000))

    assert len(run(computer_info, last_seen_within=1, limit=2)["computers"]) == 2
