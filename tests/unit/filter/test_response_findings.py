# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of what was found and done: machines, groups, computers, files."""

from __future__ import annotations

from typing import Any

from ansible_collections.ampops.secure_endpoint.plugins.filter.response_report import response_report

DIGEST = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
LIST = {"guid": "L1", "name": "Blocked", "type": "simple_custom_detections"}


def report(kind: str, given: dict[str, Any], **options: Any) -> Any:
    return response_report(given, kind, console={"region": "eu"}, width=120, **options)


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def record(number: int, hostname: str, last_seen: str = "2026-11-29T00:00:00Z", **more: Any) -> dict[str, Any]:
    return {
        "connector_guid": guid(number),
        "hostname": hostname,
        "last_seen": last_seen,
        "operating_system": "Windows 11",
        "connector_version": "8.2.3.30119",
        "groups": [{"guid": "G1", "name": "Protect"}],
        "policy": {"guid": "P1", "name": "Guard"},
        "faults": [],
        **more,
    }


def coverage(machines: list[str], *records: dict[str, Any], **more: Any) -> Any:
    given = {"now": "2026-11-29T12:00:00Z", "machines": machines, "fleet": {"computers": list(records)}}
    return report("coverage", {**given, **more})


def test_thirty_thousand_hosts_are_compared_in_any_case_and_domain() -> None:
    machines = [f"HOST-{number:05d}.Corp.Example" for number in range(30_000)]
    records = [record(number, f"host-{number:05d}") for number in range(29_990)]

    made = coverage(machines, *records)

    assert made["lines"][0] == "30000 machines: 29990 protected, 10 without a connector, 0 with a problem (none)"


def test_each_problem_of_a_machine_is_told_the_worst_first() -> None:
    made = coverage(
        ["a", "b", "c", "d", "e"],
        record(1, "a", last_seen="2026-11-01T00:00:00Z", faults=["Definitions outdated"]),
        record(2, "b", policy={"guid": "P2", "name": "Observe"}),
        record(3, "c", groups=[{"guid": "G9", "name": "Test"}]),
        record(4, "d", connector_version="7.5.3.20938"),
        record(5, "e"),
        groups=["protect"],
        policies={"policies": [{"guid": "P2", "file_mode": "audit"}]},
    )

    assert made["lines"][0] == (
        "5 machines: 1 protected, 0 without a connector, 4 with a problem"
        " (1 stale, 1 faulty, 1 audit only, 1 wrong group, 1 outdated)"
    )
    text = "\n".join(made["lines"])
    for problem in ("stale, faulty: Definitions outdated", "audit only", "wrong group", "outdated: 7.5.3.20938"):
        assert problem in text


def test_a_version_may_be_given_for_a_system() -> None:
    made = coverage(["a"], record(1, "a"), versions=["windows=8.4.2"])
    assert "outdated: 8.2.3.30119" in "\n".join(made["lines"])


def test_two_domains_are_two_machines_and_an_address_is_no_name() -> None:
    made = coverage(
        ["web.one.example", "10.0.0.7", "10.0.0.8"], record(1, "web.two.example", internal_ips=[" 10.0.0.7"])
    )
    assert "2 without a connector" in made["lines"][0]
    assert "10.0.0.8" in made["lines"]


def test_older_records_of_a_machine_are_duplicates_and_those_without_a_machine_are_not() -> None:
    made = coverage(
        ["a"],
        record(1, "a"),
        record(2, "A", last_seen="2026-10-01T00:00:00Z"),
        record(3, "a", last_seen="unknown"),
        record(4, "b"),
    )
    assert made["found"] == {"duplicates": [guid(2)]}
    assert made["lines"][1] == "4 records in the tenant: 1 without a machine, 1 duplicate"


def policy(group: str, mode: str | None = "quarantine", lists: tuple[dict[str, Any], ...] = (LIST,)) -> dict[str, Any]:
    return {
        "name": f"Policy of {group}",
        "product": "windows",
        "file_mode": mode,
        "file_lists": list(lists),
        "used_in_groups": [{"guid": group, "name": group}],
    }


def test_where_a_file_is_not_really_blocked_comes_first() -> None:
    entries = [{"item": DIGEST, "outcome": "removed"}, {"item": "f" * 64, "outcome": "absent"}]
    given = {
        "hashes": [DIGEST],
        "list_type": LIST["type"],
        "entries": {"results": [{"file_list": LIST, "entries": entries}]},
        "policies": {"policies": [policy("A"), policy("B", "audit"), policy("C", lists=()), policy("D", None)]},
    }
    made = report("verify", given)
    assert made["counts"] == {"enforced": 1, "audit_only": 1, "no_list": 1, "mode_unknown": 1}
    assert made["lines"].index("Needs a person:") < made["lines"].index("Enforced:")

    some = report("verify", {**given, "hashes": [DIGEST, "f" * 64]})
    assert some["counts"]["1_of_2_not_blocked"] == 3


def test_a_release_names_who_is_still_isolated() -> None:
    rows = [
        {"connector_guid": guid(1), "hostname": "PC-1", "outcome": "changed", "detail": None},
        {"connector_guid": guid(2), "hostname": "PC-2", "outcome": "timed_out", "detail": "it is pending_stop"},
    ]
    made = report("release", {"isolation": {"computers": rows, "msg": "1 of 2 computers are not as wanted"}})
    assert made["lines"][0] == "2 computers: 1 released, 1 not released yet"
    assert made["problem"] == "1 of 2 computers not released: timed out: PC-2. The first reason: it is pending_stop."


def test_a_task_that_failed_before_it_did_anything_fails_the_play_with_its_message() -> None:
    for kind, name in (("release", "isolation"), ("move", "move"), ("stale", "removed"), ("block", "entries")):
        assert report(kind, {name: {"msg": "HTTP 401"}, "days": 30})["problem"] == "HTTP 401"


def test_a_hunt_that_found_silent_computers_fails_only_where_that_is_asked_for() -> None:
    found = {
        "observables": [{"observable": "evil.exe", "seen": 2, "alerted": 1, "silent": 1, "partial": ["old events"]}],
        "computers": [{"hostname": "PC-1", "observable": "evil.exe", "active": True, "pivot_url": "https://x/1"}],
    }
    quiet = report("hunt", {"hunt": found, "alert": "none"})
    assert quiet["lines"][0] == "1 observable, 1 of them seen; 1 computer raised no event"
    assert quiet["lines"][-1] == "May be incomplete: old events"
    assert quiet["problem"] == ""
    assert report("hunt", {"hunt": found, "alert": "fail"})["problem"] == (
        "1 computer saw something and raised no event: PC-1."
    )


def test_the_worst_vulnerability_and_the_malicious_file_come_first() -> None:
    applications = [
        {"application": "Zipper", "cves": [{"id": "CVE-1", "cvss": 5.0}], "file": {"identity": {"sha256": "A" * 64}}},
        {"application": "Reader", "cves": [{"id": "CVE-2", "cvss": 9.8}, {"id": "CVE-3"}]},
    ]
    made = report("vulnerable", {"vulnerable": {"vulnerabilities": applications}})
    assert [line.split()[1] for line in made["lines"] if "CVE-" in line] == ["Reader", "Zipper"]
    assert "a" * 64 in "\n".join(made["lines"])

    parent = {"identity": {"sha256": "b" * 64}, "file_name": "explorer.exe", "disposition": "Clean"}
    file = {"identity": {"sha256": DIGEST}, "file_name": "w.exe", "disposition": "Malicious", "parent": parent}
    made = report("trajectory", {"trajectory": {"computer": {"hostname": "PC-1"}, "events": [{"file": file}]}})
    assert made["lines"][0] == "2 distinct files on PC-1, 1 of them malicious"
    assert [line.split()[0] for line in made["lines"][4:8:2]] == ["Malicious", "Clean"]


def test_an_unknown_computer_is_told_and_fails() -> None:
    made = report("triage_computer", {"name": "pc-9", "computer": {"computers": []}})
    assert made["lines"] == ["The tenant knows no computer pc-9."]
    assert made["problem"]
