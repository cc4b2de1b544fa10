# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""vulnerability_info, indicator_info, audit_log_info and isolation_info: what is asked, and what is made of it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.modules import (
    audit_log_info,
    indicator_info,
    isolation_info,
    vulnerability_info,
)
from unit.scripted_cloud import GET, ScriptedCloud, run

ONE = "d821e2d9-9280-489c-a6c3-be02d85ba8a0"
TWO = "367a2c23-d0e7-464b-ac3f-9a209868b31d"
DIGEST = "814a37d89a79aa3975308e723bc1a3a67360323b7e3584de00896fe7c59bbb8e"


def row(shown: int, total: int) -> dict[str, Any]:
    computers = [{"connector_guid": ONE, "hostname": f"PC-{number}"} for number in range(shown)]
    file = {"filename": "zipper.exe", "identity": {"sha256": DIGEST.upper()}}
    return {"application": "Zipper", "file": file, "computers_total_count": total, "computers": computers}


def test_rows_that_look_alike_are_all_there(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/vulnerabilities", limit=500).answers([row(1, 1), row(1, 1)]))

    assert len(run(vulnerability_info)["vulnerabilities"]) == 2


def test_the_other_computers_are_read_only_where_a_row_lacks_some(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET("/v1/vulnerabilities", start_time="2026-01-01", limit=500).answers([row(1, 2), row(1, 1)]),
        GET(f"/v1/vulnerabilities/{DIGEST}/computers", start_time="2026-01-01", limit=500).answers(
            [{"connector_guid": ONE}, {"connector_guid": TWO}]
        ),
    )

    found = run(vulnerability_info, all_computers=True, start_time="2026-01-01")["vulnerabilities"]

    assert [len(one["computers"]) for one in found] == [2, 1]


def test_the_computers_that_have_one_file(cloud: ScriptedCloud) -> None:
    cloud.expects(GET(f"/v1/vulnerabilities/{DIGEST}/computers", limit=500).answers([{"connector_guid": ONE}]))

    assert run(vulnerability_info, sha256=DIGEST.upper())["computers"] == [{"connector_guid": ONE}]


def test_what_is_vulnerable_on_one_computer(cloud: ScriptedCloud) -> None:
    answer = {"connector_guid": ONE, "vulnerabilities": [row(0, 0), row(0, 0)]}
    cloud.expects(GET(f"/v1/computers/{ONE}/vulnerabilities", limit=500).answers(answer))
    assert len(run(vulnerability_info, computer=ONE)["vulnerabilities"]) == 2

    cloud.expects(GET(f"/v1/computers/{ONE}/vulnerabilities", limit=500).refuses(404))
    assert f"knows no computer {ONE}" in run(vulnerability_info, computer=ONE).msg

    cloud.expects(GET(f"/v1/computers/{ONE}/vulnerabilities", limit=500).answers({"connector_guid": ONE}))
    assert "data.vulnerabilities: expected a list" in run(vulnerability_info, computer=ONE).msg


@pytest.mark.parametrize("module", [vulnerability_info, audit_log_info])
def test_a_period_is_checked_before_anything_is_asked(cloud: ScriptedCloud, module: Any) -> None:
    assert "start_time is not a date" in run(module, start_time="soon").msg
    assert "start_time is after end_time" in run(module, start_time="2026-02-01", end_time="2026-01-01").msg
    assert cloud.requests == []


def test_indicators_are_listed_or_read_by_guid(cloud: ScriptedCloud) -> None:
    cloud.expects(GET("/v1/indicators", limit=500).answers([{"guid": ONE}]))
    assert run(indicator_info)["indicators"] == [{"guid": ONE}]

    cloud.expects(
        GET(f"/v1/indicators/{ONE}").answers({"guid": ONE}), GET(f"/v1/indicators/{TWO}").refuses(404, "not found")
    )
    assert run(indicator_info, guids=[ONE, TWO, ONE.upper()], concurrency=1)["indicators"] == [{"guid": ONE}]

    assert "not a GUID" in run(indicator_info, guids=["x"]).msg


def test_audit_logs_are_held_against_the_filters_here_as_well(cloud: ScriptedCloud) -> None:
    entries = [
        {"audit_log_id": ONE, "event": "create", "audit_log_user": "a"},
        {"audit_log_id": ONE, "event": "update", "audit_log_user": "a"},
        {"audit_log_id": ONE, "event": "update", "audit_log_user": "a"},
    ]
    cloud.expects(GET("/v1/audit_logs", event="update", limit=500).answers(entries))

    assert run(audit_log_info, event="update")["audit_logs"] == entries[1:]


def test_who_is_isolated_is_found_and_the_code_stays_out(cloud: ScriptedCloud) -> None:
    fleet = [
        {"connector_guid": ONE, "hostname": "PC-1", "isolation": {"available": True, "status": "isolated"}},
        {"connector_guid": TWO, "hostname": "PC-2", "isolation": {"available": True, "status": "not_isolated"}},
        {"connector_guid": TWO.replace("3", "4"), "hostname": "phone"},
    ]
    own = {"available": True, "status": "isolated", "unlock_code": "gdkxjk", "comment": "why", "isolated_by": "SOC"}
    for asked in (False, True):
        cloud.expects(
            GET("/v1/computers", limit=500).answers(fleet), GET(f"/v1/computers/{ONE}/isolation").answers(own)
        )
        [found] = run(isolation_info, return_unlock_code=asked)["isolations"]
        assert (found["hostname"], found["comment"], found.get("unlock_code")) == (
            "PC-1",
            "why",
            (asked and "gdkxjk") or None,
        )


def test_the_isolation_of_a_computer_that_is_gone_is_left_out(cloud: ScriptedCloud) -> None:
    cloud.expects(
        GET(f"/v1/computers/{ONE}").answers({"connector_guid": ONE, "hostname": "PC-1"}),
        GET(f"/v1/computers/{ONE}/isolation").refuses(404),
    )

    assert run(isolation_info, computers=[ONE])["isolations"] == []
