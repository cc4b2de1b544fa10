# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""block_everywhere, block_verify, coverage, stale_computers and triage: one command each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .harness import Playbooks, assert_three_runs
from .test_response_playbooks import DIGEST, EXPECTED, assert_spent, name_of, seen_by, three_times, writes

if TYPE_CHECKING:
    from simulator import Simulator


def test_a_file_is_blocked_everywhere_and_where_that_has_no_effect_is_shown(
    playbooks: Playbooks, simulator: Simulator
) -> None:
    variables = {"block_hashes": DIGEST}
    before = playbooks.run(name_of("block_verify"), variables=variables)
    assert_spent(simulator, "block_verify")
    assert before.returncode == 0, before.stdout
    assert "enforced" not in before.stdout
    assert writes(simulator) == []

    check = playbooks.run(name_of("block_everywhere"), check=True, variables=variables)
    simulator.control.clear_requests()
    real = playbooks.run(name_of("block_everywhere"), variables=variables)
    assert_spent(simulator, "block_everywhere")
    assert_three_runs(check, real, playbooks.run(name_of("block_everywhere"), variables=variables), EXPECTED)
    assert "1 file on 3 lists (" in real.stdout
    assert "): 3 blocked" in real.stdout

    after = playbooks.run(name_of("block_verify"), variables=variables)
    assert " audit only" in after.stdout
    assert " enforced" in after.stdout
    assert " no list" in after.stdout
    assert not after.warnings


def test_machines_are_compared_with_the_tenant_in_any_case_and_domain(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    machines = tmp_path / "machines.csv"
    machines.write_text("name,owner\npc-0000.corp.example,somebody\nNB-0002,\nmissing-1.corp.example,nobody\n")
    run = playbooks.run(name_of("coverage"), variables={"coverage_file": str(machines)})
    assert_spent(simulator, "coverage")
    assert run.returncode == 0, run.stdout
    assert "4 machines: " in run.stdout
    assert "2 without a connector" in run.stdout
    assert "missing-1.corp.example" in run.stdout
    assert writes(simulator) == []
    inventory = tmp_path / "hosts"
    inventory.write_text("[desk]\npc-0000.corp.example\nmissing-1\n")
    run = playbooks.run(name_of("coverage"), arguments=("-i", str(inventory)))
    assert "2 machines: " in run.stdout
    assert not run.warnings


def test_computers_without_contact_are_shown_and_removed_within_a_bound(
    playbooks: Playbooks, simulator: Simulator
) -> None:
    shown = playbooks.run(name_of("stale_computers"))
    assert shown.returncode == 0, shown.stdout
    assert "without contact for 30 days" in shown.stdout
    bound = playbooks.run(name_of("stale_computers"), variables={"stale_remove": True, "stale_max_removals": 0})
    assert bound.returncode == 2
    assert "without contact for 30 days" in bound.stdout
    assert writes(simulator) == []
    three_times(playbooks, "stale_computers", {"stale_remove": True, "stale_max_removals": 20})


def test_a_computer_and_a_file_are_shown_on_one_page(playbooks: Playbooks, simulator: Simulator) -> None:
    [guid] = seen_by(simulator, 1)
    computer = playbooks.run(name_of("triage"), variables={"triage_computer": guid})
    assert_spent(simulator, "triage of a computer")
    simulator.control.clear_requests()
    assert computer.returncode == 0, computer.stdout
    for text in ("Needs a person:", "not isolated", "(quarantine)", DIGEST, "Vulnerable applications:"):
        assert text in computer.stdout
    file = playbooks.run(name_of("triage"), variables={"triage_hash": DIGEST.upper()})
    assert_spent(simulator, "triage of a file")
    assert file.returncode == 0, file.stdout
    assert f"{DIGEST}: on none of " in file.stdout
    assert "1 computer saw it, none of them raised no event; 1 detection, first " in file.stdout
    assert writes(simulator) == []
    assert not computer.warnings + file.warnings
