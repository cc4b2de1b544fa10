# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks contain and contain_undo, as an analyst starts them on a bad morning."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import requests
from simulator import Simulator

from .harness import Playbooks, assert_three_runs, kill
from .test_response_playbooks import DIGEST, EXPECTED, assert_spent, name_of, seen_by, writes


def settings(folder: Path, **more: Any) -> dict[str, Any]:
    return {"contain_hashes": DIGEST, "contain_record_dir": str(folder / "records"), "contain_wait_timeout": 60, **more}


def api(simulator: Simulator, method: str, path: str, **body: str) -> Any:
    """What a person does in the meantime."""
    login = (simulator.client_id, simulator.api_key)
    url = f"https://{simulator.api_host}/v1/{path}"
    answer = requests.request(method, url, auth=login, verify=simulator.ca_path, json=body or None, timeout=20)
    assert answer.status_code < 300, answer.text
    return answer.json()["data"]


def wait_until_isolation_is(simulator: Simulator, guid: str, status: str) -> None:
    for _try in range(100):
        if api(simulator, "GET", f"computers/{guid}/isolation")["status"] == status:
            return
        time.sleep(0.1)
    raise AssertionError(f"{guid} did not become {status}")


def test_a_file_is_contained_and_exactly_that_is_undone(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    guids = seen_by(simulator, 4)
    variables = settings(tmp_path, contain_run_id="monday")

    check = playbooks.run(name_of("contain"), check=True, variables=variables)
    assert writes(simulator) == []
    assert not (tmp_path / "records").exists()
    assert "4 computers saw it, none of them raised no event: 4 would be isolated" in check.stdout
    simulator.control.clear_requests()
    real = playbooks.run(name_of("contain"), variables=variables)
    assert_spent(simulator, "contain")
    assert_three_runs(check, real, playbooks.run(name_of("contain"), variables=variables), EXPECTED)
    assert "4 computers saw it, none of them raised no event: 4 isolated" in real.stdout
    record = tmp_path / "records" / "monday.json"
    assert record.stat().st_mode & 0o777 == 0o600
    lists = json.loads(record.read_text())["lists"]
    assert len(lists) == 3

    # A person releases one computer and isolates it again, and adds one entry again: these are theirs now.
    api(simulator, "DELETE", f"computers/{guids[0]}/isolation")
    wait_until_isolation_is(simulator, guids[0], "not_isolated")
    api(simulator, "PUT", f"computers/{guids[0]}/isolation", comment="I want it so")
    wait_until_isolation_is(simulator, guids[0], "isolated")
    entry = f"file_lists/{lists[0]['guid']}/files/{DIGEST}"
    api(simulator, "DELETE", entry)
    api(simulator, "POST", entry, description="Mine")

    undo = {"contain_undo_run_id": "monday", "contain_undo_record_dir": str(tmp_path / "records")}
    check = playbooks.run(name_of("contain_undo"), check=True, variables=undo)
    undone = playbooks.run(name_of("contain_undo"), variables=undo)
    assert_three_runs(check, undone, playbooks.run(name_of("contain_undo"), variables=undo), EXPECTED)
    assert "Entries: 1 left, 2 removed" in undone.stdout
    assert "Computers: 3 released, 1 left isolated" in undone.stdout
    assert api(simulator, "GET", f"computers/{guids[0]}/isolation")["status"] == "isolated"
    assert api(simulator, "GET", entry)["description"] == "Mine"


def test_more_hosts_than_the_bound_are_shown_and_nothing_is_changed(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    seen_by(simulator, 4)
    hashes = tmp_path / "hashes.txt"
    hashes.write_text(f"# Monday\n{DIGEST.upper()}\n")
    variables = settings(
        tmp_path, contain_hashes="", contain_file=str(hashes), contain_max=1, contain_exclude_hosts="ltsc-,srv.*"
    )

    run = playbooks.run(name_of("contain"), variables=variables)

    assert run.returncode == 2
    assert "2 would be isolated, 2 excluded" in run.stdout
    assert "2 computers would be isolated, more than contain_max (1)" in run.stdout + run.stderr
    assert writes(simulator) == []
    assert not (tmp_path / "records").exists()


def test_a_file_that_20000_computers_saw_takes_a_thirtieth_of_an_hours_requests(tmp_path: Path) -> None:
    """And less than the 300 seconds after which Playbooks ends a run."""
    with Simulator(broker=False, computers=20_000, events=10) as tenant:
        tenant.control.outbreak(20_000, "detected", sha256=DIGEST)
        run = Playbooks(tenant.environment, tmp_path).run(name_of("contain"), variables=settings(tmp_path))
        assert len(tenant.control.requests()) <= 100
        assert writes(tenant) == []
    assert run.returncode == 2
    assert "20000 computers saw it" in run.stdout
    assert "known from events only" in run.stdout, "activity goes back 5,000 entries"
    assert " computers would be isolated, more than contain_max (10)" in run.stdout + run.stderr


def test_a_wrong_hash_is_refused_with_its_line_before_anything_is_asked(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    hashes = tmp_path / "hashes.txt"
    hashes.write_text(f"{DIGEST}\n{DIGEST[:-1]}\n")
    variables = settings(tmp_path, contain_hashes="", contain_file=str(hashes))

    run = playbooks.run(name_of("contain"), variables=variables)

    assert run.returncode == 2
    assert "1 entry is wrong: line 2" in run.stdout + run.stderr
    assert simulator.control.requests() == []


def test_a_run_that_is_killed_again_and_again_is_finished_isolates_nobody_twice_and_is_undone(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    guids = seen_by(simulator, 4)
    variables = settings(tmp_path, contain_run_id="monday")
    record = tmp_path / "records" / "monday.json"
    lists, isolations = "*/file_lists/*/files/*", "*/isolation"
    # Before the first list; after the first list; among the isolations, the third of which is done and not answered.
    for method, path, skip in (("POST", lists, 0), ("POST", lists, 1), ("PUT", isolations, 2)):
        with playbooks.started(name_of("contain"), variables=variables) as running:
            simulator.control.add_fault("hook", method=method, path=path, skip=skip, call=lambda: kill(running.pid))
            assert running.wait(90) != 0
        simulator.control.clear_faults()
        assert json.loads(record.read_text())["finished"] is None

    finished = playbooks.run(name_of("contain"), variables=variables)
    assert finished.returncode == 0, finished.stdout
    assert json.loads(record.read_text())["finished"]
    done = [r["path"].split("/")[3] for r in simulator.control.requests() if r["method"] == "PUT" and r["status"] < 300]
    assert sorted(done) == sorted(guids), "nobody was isolated twice"
    added = [r["path"] for r in simulator.control.requests() if r["method"] == "POST" and r["status"] < 300]
    assert len(added) == len(set(added)) == 3

    undo = {"contain_undo_run_id": "monday", "contain_undo_record_dir": str(tmp_path / "records")}
    undone = playbooks.run(name_of("contain_undo"), variables=undo)
    assert undone.returncode == 0, undone.stdout
    assert "Entries: 3 removed" in undone.stdout
    assert "Computers: 4 released" in undone.stdout


def test_a_run_that_met_the_limit_goes_on_isolates_nobody_twice_and_is_undone_as_a_whole(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    guids = seen_by(simulator, 4)
    variables = settings(tmp_path, contain_run_id="monday")
    # The limit is used up after two isolations.
    simulator.control.add_fault("status", status=429, reset=3000, method="PUT", path="*/isolation", skip=2, count=None)
    cut = playbooks.run(name_of("contain"), variables=variables)
    assert cut.returncode == 2
    assert "computers not isolated: " in cut.stdout + cut.stderr
    assert "Needs a person:" in cut.stdout
    recorded = json.loads((tmp_path / "records" / "monday.json").read_text())["computers"]
    assert {one["connector_guid"] for one in recorded} == set(guids)

    simulator.control.clear_faults()
    went_on = playbooks.run(name_of("contain"), variables=variables)
    assert went_on.returncode == 0, went_on.stdout
    assert "2 isolated, 2 isolated before" in went_on.stdout
    done = [r for r in simulator.control.requests() if r["method"] == "PUT" and r["status"] < 300]
    assert sorted(r["path"].split("/")[3] for r in done) == sorted(guids)

    undo = {"contain_undo_run_id": "monday", "contain_undo_record_dir": str(tmp_path / "records")}
    undone = playbooks.run(name_of("contain_undo"), variables=undo)
    assert undone.returncode == 0, undone.stdout
    assert "Computers: 4 released" in undone.stdout
