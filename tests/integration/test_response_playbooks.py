# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the guide's response actions and queries, as an analyst would start them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from flask import Flask, request
from werkzeug.serving import make_server

from .harness import Playbooks, PlayRun, assert_three_runs, kill

if TYPE_CHECKING:
    from simulator import Simulator

DIGEST = "ed01ebfbc9eb5bbea545af4d01bf5f1071661840480439c6e5babe8e080e41aa"
EXPECTED: dict[str, list[str]] = {"warnings": [], "repeats": [], "unpredicted": []}
REQUESTS = yaml.safe_load(Path(__file__).with_name("requests_of_plays.yml").read_text(encoding="utf-8"))
LIST = "Simple Custom Detection List"


def name_of(playbook: str) -> str:
    return f"ampops.secure_endpoint.{playbook}"


def three_times(playbooks: Playbooks, playbook: str, variables: dict[str, Any]) -> PlayRun:
    check = playbooks.run(name_of(playbook), check=True, variables=variables)
    real = playbooks.run(name_of(playbook), variables=variables)
    assert_three_runs(check, real, playbooks.run(name_of(playbook), variables=variables), EXPECTED)
    return real


def seen_by(simulator: Simulator, hosts: int) -> list[str]:
    """Have a file seen on some computers; their GUIDs."""
    events = simulator.control.outbreak(hosts, "detected_quarantined", sha256=DIGEST)
    return list(dict.fromkeys(event["computer"]["connector_guid"] for event in events))


def writes(simulator: Simulator) -> list[str]:
    made = simulator.control.requests()
    return [f"{r['method']} {r['path']}" for r in made if r["method"] not in ("GET", "HEAD", "OPTIONS")]


def assert_spent(simulator: Simulator, playbook: str) -> None:
    """Hold the requests since `clear_requests` against requests_of_plays.yml; how long a cloud takes is not counted."""
    bounds = REQUESTS[playbook]
    made = [f"{r['method']} {r['path']}" for r in simulator.control.requests()]
    waited = max(0, made.count("GET /v1/computers") - 2)
    assert bounds["fewest"] <= len(made) - waited <= bounds["most"], f"{playbook}: {len(made)} requests: {made}"


def test_a_file_is_blocked_and_unblocked(playbooks: Playbooks) -> None:
    variables = {"block_hashes": f"{DIGEST.upper()},{'a' * 64}", "block_list": LIST, "block_description": "Incident 7"}
    real = three_times(playbooks, "block_hash", variables)
    assert f"/file/trajectory/{DIGEST}" in real.stdout
    assert f"2 files on 1 list ({LIST}): 2 blocked" in real.stdout
    assert "2 unblocked" in three_times(playbooks, "unblock_hash", variables).stdout


def test_an_unknown_variable_is_refused_before_anything_is_asked(playbooks: Playbooks, simulator: Simulator) -> None:
    run = playbooks.run(
        name_of("isolate_by_hash"), variables={"isolate_hash": DIGEST, "isolate_exclude_group": "Servers"}
    )
    assert run.returncode == 2
    assert "Unknown variable: isolate_exclude_group." in run.stdout + run.stderr
    assert simulator.control.requests() == []


def test_of_several_lists_none_is_chosen(playbooks: Playbooks, simulator: Simulator) -> None:
    run = playbooks.run(name_of("block_hash"), variables={"block_hashes": [DIGEST]})
    assert run.returncode == 2
    assert LIST in run.stdout + run.stderr
    assert writes(simulator) == []


def test_hosts_are_moved(playbooks: Playbooks) -> None:
    real = three_times(playbooks, "move_hosts", {"move_computers": "PC-0000,NB-0002", "move_to_group": "Audit"})
    assert "2 computers to the group Audit: 2 moved" in real.stdout


def test_who_saw_a_file_is_isolated_but_for_the_excluded(playbooks: Playbooks, simulator: Simulator) -> None:
    seen_by(simulator, 4)
    variables = {
        "isolate_hash": DIGEST,
        "isolate_exclude_hosts": "ltsc-.*,srv[0-9]+-",
        "isolate_exclude_groups": "Field Sales",
        "isolate_wait_timeout": 60,
    }
    real = three_times(playbooks, "isolate_by_hash", variables)
    [isolated] = real.task("Isolate them").result["computers"]
    assert isolated["hostname"] == "NB-0002"
    assert isolated["status"] == "isolated"
    assert "4 computers saw the file: 1 isolated, 3 excluded" in real.stdout
    assert f"/trajectory?q={DIGEST}" in real.stdout

    assert "1 computer: 1 released" in three_times(playbooks, "release", {"release_computers": "NB-0002"}).stdout


def test_hosts_that_cannot_be_isolated_stand_in_the_table_and_are_named_in_the_failure(
    playbooks: Playbooks, simulator: Simulator
) -> None:
    guids = seen_by(simulator, 4)
    for guid in guids[:2]:
        simulator.control.set_computer(guid, isolation_supported=False)
    run = playbooks.run(name_of("isolate_by_hash"), variables={"isolate_hash": DIGEST, "isolate_wait_timeout": 60})
    assert run.returncode == 2
    assert "4 computers saw the file: 2 isolated, 2 cannot be isolated" in run.stdout
    assert "2 of 4 computers not isolated: not available: " in run.stdout + run.stderr


def test_many_are_not_isolated_without_a_go_ahead(playbooks: Playbooks, simulator: Simulator) -> None:
    seen_by(simulator, 3)
    run = playbooks.run(name_of("isolate_by_hash"), variables={"isolate_hash": DIGEST, "isolate_max": 2})
    assert run.returncode == 2
    assert "3 computers would be isolated, more than isolate_max (2)" in run.stdout + run.stderr
    assert writes(simulator) == []


def test_what_is_no_hash_is_refused_before_anything_is_asked(playbooks: Playbooks, simulator: Simulator) -> None:
    run = playbooks.run(name_of("isolate_by_hash"), variables={"isolate_hash": "{{ lookup('pipe', 'id') }}"})
    assert run.returncode == 2
    assert simulator.control.requests() == []


def silent_computer(simulator: Simulator) -> str:
    """A SHA-256 that some computer saw and no event tells of."""
    from simulator.tenant import sightings  # the tenant's own record of what was seen

    loud = {str(event.get("file", {}).get("identity", {}).get("sha256")).lower() for event in simulator.tenant.events}
    for _guid, entry in sightings.entries(simulator.cloud):
        digest = str(entry.get("file", {}).get("identity", {}).get("sha256")).lower()
        if "event_type_id" not in entry and len(digest) == 64 and digest not in loud:
            return digest
    raise AssertionError("everything that was seen raised an event")


def test_silent_computers_are_written_once_however_often_it_runs(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "alerts.jsonl"
    variables = {"hunt_observables": [silent_computer(simulator)], "hunt_alert": "jsonl", "hunt_alert_path": str(path)}
    real = three_times(playbooks, "hunt", variables)
    alerts = [json.loads(line) for line in path.read_text().splitlines()]
    assert alerts
    assert len({alert["id"] for alert in alerts}) == len(alerts)
    assert {alert["priority"] for alert in alerts} == {"high"}
    assert alerts[0]["pivot_url"] in real.stdout


def test_silent_computers_fail_the_play_when_asked_for(playbooks: Playbooks, simulator: Simulator) -> None:
    variables = {"hunt_observables": [silent_computer(simulator)], "hunt_alert": "fail"}
    run = playbooks.run(name_of("hunt"), variables=variables)
    assert_spent(simulator, "hunt")
    assert run.returncode == 2
    assert "saw something and raised no event" in run.stdout + run.stderr


def test_a_hunt_that_was_killed_and_then_met_the_limit_goes_on_where_it_was(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "hunt.json"
    names = [f"{letter}-tool.exe" for letter in "abcd"]
    variables = {"hunt_observables": names, "hunt_progress_path": str(path), "hunting_batch_size": 1}

    def asked() -> list[str]:
        made = (r["query"] for r in simulator.control.requests() if r["path"].endswith("/computers/activity"))
        return [name for query in made for name in names if name in str(query)]

    with playbooks.started(name_of("hunt"), variables=variables) as running:
        simulator.control.add_fault("hook", path="*/computers/activity", skip=1, call=lambda: kill(running.pid))
        running.wait(60)
    assert len(json.loads(path.read_text())["observables"]) == 1

    simulator.control.clear_faults()
    simulator.control.add_fault("status", status=429, reset=3000, path="*/computers/activity", skip=1, count=None)
    limited = playbooks.run(name_of("hunt"), variables=variables)
    assert limited.returncode == 2
    assert "Run the same again to go on from here." in limited.stdout

    simulator.control.clear_faults()
    simulator.control.clear_requests()
    complete = playbooks.run(name_of("hunt"), variables=variables)
    assert complete.returncode == 0, complete.stdout
    assert asked() == names[2:]
    assert "4 observables" in complete.stdout
    assert not path.exists()


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web hook on loopback: its URL and what came."""
    came: list[dict[str, Any]] = []
    app = Flask("web hook", static_folder=None)

    @app.post("/hook")
    def hook() -> tuple[str, int]:
        came.append({"token": request.headers.get("Authorization"), **request.get_json()})
        return "", 204

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", came
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_silent_computers_are_sent_to_a_web_hook(playbooks: Playbooks, simulator: Simulator) -> None:
    with receiver() as (url, came):
        variables = {
            "hunt_observables": [silent_computer(simulator)],
            "hunt_alert": "http",
            "hunt_alert_url": url,
            "hunt_alert_headers": {"Authorization": "Bearer t0ken"},
        }
        run = playbooks.run(name_of("hunt"), variables=variables)
    assert run.returncode == 0, run.stdout
    assert came
    assert {alert["token"] for alert in came} == {"Bearer t0ken"}
    assert "t0ken" not in run.stdout + run.stderr


def test_the_files_of_a_trajectory_are_handed_on(playbooks: Playbooks, tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(
        "- name: Look them up\n  ansible.builtin.assert:\n    that: trajectory_sha256s | length > 0\n    quiet: true\n"
    )
    variables = {
        "trajectory_computer": "PC-0000",
        "trajectory_output": str(tmp_path / "hashes.txt"),
        "trajectory_tasks": str(own),
    }
    real = three_times(playbooks, "evaluate_trajectory", variables)
    assert "Malicious" in real.stdout
    hashes = (tmp_path / "hashes.txt").read_text().splitlines()
    assert hashes
    assert all(len(digest) == 64 for digest in hashes)


def test_vulnerable_software_is_shown_three_ways(playbooks: Playbooks) -> None:
    tenant = playbooks.run(name_of("vulnerable_software"))
    assert tenant.returncode == 0, tenant.stdout
    rows = tenant.task("Read what is vulnerable").result["vulnerabilities"]
    assert "CVE-" in tenant.stdout

    digest = rows[0]["file"]["identity"]["sha256"]
    file = playbooks.run(name_of("vulnerable_software"), variables={"vulnerable_sha256": digest})
    assert "/trajectory2" in file.stdout

    computer = playbooks.run(name_of("vulnerable_software"), variables={"vulnerable_computer": "PC-0000"})
    assert computer.returncode == 0, computer.stdout
    assert not computer.warnings
