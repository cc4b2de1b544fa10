# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""isolation: an excluded computer is never isolated, and what cannot be told counts as excluded (R18)."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import isolation
from unit.scripted_cloud import DELETE, GET, OPTIONS, PUT, Expected, Result, ScriptedCloud, run

SERVERS, CONTROLLERS, BELOW, OFFICE = (f"00000000-0000-4000-9000-{number:012d}" for number in range(4))
ABOVE_CONTROLLERS = [{"guid": SERVERS, "name": "Servers"}]
GROUPS = [
    {"guid": SERVERS, "name": "Servers"},
    {"guid": CONTROLLERS, "name": "Domain Controllers", "ancestry": ABOVE_CONTROLLERS},
    {"guid": BELOW, "name": "Read-only", "ancestry": [{"guid": CONTROLLERS, "name": "Domain Controllers"}]},
    {"guid": OFFICE, "name": "Office"},
]


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def groups() -> Expected:
    return GET("/v1/groups", limit=500).answers(GROUPS)


def is_read(number: int, group: str | None, hostname: str | None = None, status: str = "not_isolated") -> Expected:
    record = {
        "connector_guid": guid(number),
        "hostname": hostname or f"PC-{number:04d}",
        "isolation": {"available": True, "status": status},
        **({} if group is None else {"group_guid": group}),
    }
    return GET(f"/v1/computers/{guid(number)}").answers(record)


def is_isolated(number: int) -> list[Expected]:
    own = f"/v1/computers/{guid(number)}/isolation"
    may = OPTIONS(own).answers(204, headers={"Allow": "OPTIONS, GET, PUT"})
    return [may, PUT(own).answers({"available": True, "status": "pending_start"})]


def run_it(number: int, **options: Any) -> Result:
    return run(isolation, computers=[guid(number)], wait=False, concurrency=1, **options)


@pytest.mark.parametrize("group", [SERVERS, CONTROLLERS, BELOW])
@pytest.mark.parametrize("wanted", ["Servers", SERVERS.upper()])
def test_an_excluded_group_excludes_all_groups_below_it(cloud: ScriptedCloud, group: str, wanted: str) -> None:
    cloud.expects(groups(), is_read(1, group))

    result = run_it(1, exclude_groups=[wanted])

    assert not result.changed
    assert not result.failed
    assert result["counts"] == {"excluded": 1}
    assert result["computers"][0]["detail"] == 'it is in the excluded group "Servers" or below it'
    assert result["calls"] == {"planned": 0, "made": 0}


def test_a_computer_of_another_group_is_isolated(cloud: ScriptedCloud) -> None:
    cloud.expects(groups(), is_read(1, OFFICE), *is_isolated(1))
    assert run_it(1, exclude_groups=["Domain Controllers"])["counts"] == {"changed": 1}


def test_a_computer_of_an_unknown_group_counts_as_excluded(cloud: ScriptedCloud) -> None:
    cloud.expects(groups(), is_read(1, None))
    assert "its group is unknown" in run_it(1, exclude_groups=["Servers"])["computers"][0]["detail"]


def test_a_host_name_excludes_without_reading_groups(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, OFFICE, hostname="DC-01"))
    assert run_it(1, exclude_hosts=["dc-"])["counts"] == {"excluded": 1}


def test_fail_on_excluded_fails_and_tells_why(cloud: ScriptedCloud) -> None:
    cloud.expects(is_read(1, OFFICE, hostname="DC-01"))

    result = run_it(1, exclude_hosts=["dc-"], fail_on=["excluded"])

    assert result.failed
    assert 'excluded: its host name matches the excluded pattern "dc-"' in result["msg"]


@pytest.mark.parametrize("wanted", ["Domain Controlers", "00000000-0000-4000-9000-00000000dead", " "])
def test_an_exclusion_that_names_no_group_isolates_nothing(cloud: ScriptedCloud, wanted: str) -> None:
    if wanted.strip():
        cloud.expects(groups())

    result = run_it(1, exclude_groups=[wanted])

    assert result.failed
    assert "Nothing was changed" in result["msg"]


def test_groups_that_cannot_be_read_isolate_nothing(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/groups", limit=500).refuses(403))
    assert run_it(1, exclude_groups=["Servers"]).failed


@pytest.mark.usefixtures("cloud")
def test_a_pattern_that_is_none_isolates_nothing() -> None:
    assert "is not a regular expression" in run_it(1, exclude_hosts=["*dc*"])["msg"]


def test_an_excluded_computer_can_be_released(cloud: ScriptedCloud) -> None:
    own = f"/v1/computers/{guid(1)}/isolation"
    cloud.expects(is_read(1, SERVERS, hostname="DC-01", status="isolated"))
    cloud.expects(DELETE(own).answers({"available": True, "status": "pending_stop"}))
    assert run_it(1, state="released", exclude_hosts=["dc-"], exclude_groups=["Gone"]).changed
