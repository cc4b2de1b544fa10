# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a fleet: every host once, what needs somebody first, and what to do next."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.spreadsheet import csv_text
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.fleet import (
    COLUMNS,
    sum_up,
)

FAULT = {"id": 11, "severity": "Critical", "text": "the kernel modules are not loaded"}


def status(version: str | None = "1.27.0", **changes: Any) -> dict[str, Any]:
    return {
        "installed": bool(version),
        "running": bool(version),
        "version": version,
        "faults": [],
        "problems": [],
        **changes,
    }


def done(action: str, before: str | None = "1.26.0", version: str = "1.27.0", **changes: Any) -> dict[str, Any]:
    result = {"action": action, "version_before": before, "version": version}
    return {"state": "done", "result": result, "status": status(version), "wanted": "1.27.0", **changes}


def test_every_host_is_counted_once_and_what_needs_somebody_comes_first() -> None:
    fleet = {
        "web1": done("upgrade"),
        "web2": done("none", "1.27.0"),
        "web3": {"state": "failed", "message": "no space", "status": status("1.26.0")},
        "web4": {"status": status("1.26.0")},
        "web5": {},
        "web6": {"state": "not tried"},
        "web7": {"state": "faulty", "message": "fault 11", "status": status(faults=[FAULT])},
        "web8": done("none", "1.28.1", "1.28.1"),
    }
    summary = sum_up("upgrade", fleet)
    assert summary["outcomes"] == {
        "failed": 1,
        "faulty": 1,
        "disappeared": 1,
        "unreachable": 1,
        "not tried": 1,
        "newer": 1,
        "upgraded": 1,
        "unchanged": 1,
    }
    assert summary["headline"].startswith("8 hosts: 1 unchanged, 1 upgraded, 1 newer")
    assert summary["failed"] == 4
    assert summary["versions"] == {"1.26.0": 2, "1.27.0": 3, "1.28.1": 1, "unknown": 2}
    assert [record["host"] for record in summary["records"]][:5] == ["web3", "web7", "web4", "web5", "web6"]
    assert [fault["hosts"] for fault in summary["faults"]] == [["web7"]]
    assert {record["host"] for record in summary["todo"]} == {f"web{n}" for n in (3, 4, 5, 7, 8)}
    assert any("repaired" in sentence and "web4" in sentence for sentence in summary["next"])


def test_a_fault_of_many_hosts_is_one_line_and_the_sentences_name_some_hosts() -> None:
    fleet = {f"web{number}": {"state": "done", "status": status(faults=[FAULT])} for number in range(12)}
    summary = sum_up("status", fleet)
    (fault,) = summary["faults"]
    assert (fault["id"], fault["count"], len(fault["hosts"])) == (11, 12, 12)
    (sentence,) = summary["next"]
    assert sentence.endswith("(web0, web1, web2, web3, web4 and 7 more)")


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        (status(), "well"),
        (status(None), "not installed"),
        (status(running=False), "stopped"),
        (status(problems=["the connector is in Degraded mode"]), "faulty"),
    ],
)
def test_the_outcome_of_a_look_is_the_state_of_the_connector(known: dict[str, Any], outcome: str) -> None:
    summary = sum_up("status", {"mac1": {"state": "done", "status": known}})
    assert list(summary["outcomes"]) == [outcome]
    assert summary["failed"] == 0


def test_a_reboot_that_is_due_is_something_to_do() -> None:
    summary = sum_up("upgrade", {"win1": done("upgrade") | {"status": status(reboot_pending=True)}})
    assert summary["outcomes"] == {"upgraded": 1}
    assert "Reboot the host" in summary["next"][0]


def test_a_removal_and_check_mode_are_told_as_that() -> None:
    fleet = {
        "web1": {"state": "done", "result": {"version_before": "1.26.0"}, "status": status(None)},
        "web2": {"state": "done", "result": {"version_before": None}, "status": status(None)},
    }
    assert sum_up("uninstall", fleet, check_mode=True)["headline"] == (
        "2 hosts: 1 unchanged, 1 removed (check mode: nothing was changed)"
    )


def test_an_empty_fleet_is_told_in_words() -> None:
    assert sum_up("deploy", {})["headline"] == "0 hosts: none"


def test_csv_runs_nothing_and_keeps_each_host_in_one_line() -> None:
    hostile = '=HYPERLINK("http://x")\nsecond line'
    fleet = {name: {"state": "failed", "message": hostile} for name in ("web1", "-web2", "@sum", "+1", "=1+1")}
    text = csv_text(sum_up("deploy", fleet)["records"], COLUMNS)
    lines = text.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("host,outcome,version_before")
    assert {line.split(",")[0] for line in lines[1:]} == {"web1", "'-web2", "'@sum", "'+1", "'=1+1"}
    assert all("\"'=HYPERLINK(" in line for line in lines[1:])
