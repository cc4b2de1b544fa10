# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of event streams keep a stream and its credentials together, wherever the credentials last (R22)."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .harness import CHECKOUT, Playbooks, PlayRun, assert_three_runs
from .pretend_awx import STORE, TOKEN, pretend_awx

if TYPE_CHECKING:
    from simulator import Simulator

NOTHING_EXPECTED: dict[str, list[str]] = {"warnings": [], "repeats": [], "unpredicted": []}


def name_of(playbook: str) -> str:
    return f"ampops.secure_endpoint.{playbook}"


def three_times(
    playbooks: Playbooks,
    playbook: str,
    variables: dict[str, Any],
    *,
    says: tuple[str, str] = ("", ""),
    skips: bool = False,
    **more: Any,
) -> PlayRun:
    """Run a playbook in check mode, for real and again; return the real run. The last two say `says`."""
    check = playbooks.run(name_of(playbook), check=True, variables=variables, **more)
    real = playbooks.run(name_of(playbook), variables=variables, **more)
    again = playbooks.run(name_of(playbook), variables=variables, **more)
    assert_three_runs(check, real, again, NOTHING_EXPECTED)
    assert ("skipping" in real.stdout + again.stdout) is skips
    assert says[0] in real.stdout
    assert says[1] in again.stdout
    return real


CREATED = "created. Its credentials are "
EXISTS = "exists already with these settings, nothing was changed. Its credentials are "


def names(simulator: Simulator) -> list[str]:
    return sorted(stream["name"] for stream in simulator.control.streams())


def assert_no_password(simulator: Simulator, run: PlayRun, stored: str) -> None:
    password = json.loads(stored)["password"]
    assert password
    assert password not in run.stdout + run.stderr
    assert simulator.api_key not in run.stdout + run.stderr


def test_the_credentials_are_tested(playbooks: Playbooks) -> None:
    run = playbooks.run(name_of("test_credentials"))
    assert run.returncode == 0, run.stdout
    assert "2999 of 3000 requests are left" in run.stdout


def test_wrong_credentials_say_what_to_do_and_show_no_key(playbooks: Playbooks) -> None:
    key = "deadbeef-dead-beef-dead-beefdeadbeef"
    run = playbooks.run(name_of("test_credentials"), environment={"SECURE_ENDPOINT_API_KEY": key}, arguments=("-vvvv",))
    assert run.returncode == 2
    assert "401" in run.stdout + run.stderr
    assert key not in run.stdout + run.stderr


def test_a_stream_is_created_with_its_credentials_in_a_file(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    path = tmp_path / "soc.json"
    variables = {
        "event_stream_name": "soc",
        "event_stream_event_types": "Threat Detected,Threat Quarantined",
        "event_stream_groups": "Protect",
        "event_stream_credentials_path": str(path),
    }
    says = f"Event stream soc: {CREATED}in {path}.", f"Event stream soc: {EXISTS}in {path}."
    real = three_times(playbooks, "event_stream_create", variables, says=says)
    assert names(simulator) == ["soc"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert_no_password(simulator, real, path.read_text())


def test_the_consumer_gets_the_credentials(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "on-the-consumer.json"
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {collector: {ansible_connection: local}}}\n")
    variables = {
        "event_stream_name": "collected",
        "event_stream_store": "consumer",
        "event_stream_consumer": "collector",
        "event_stream_credentials_path": str(path),
    }
    says = f"{CREATED}in {path} on collector.", f"{EXISTS}in {path} on collector."
    real = three_times(playbooks, "event_stream_create", variables, says=says, arguments=("-i", str(inventory)))
    assert names(simulator) == ["collected"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stored = json.loads(path.read_text())
    assert stored["queue_name"].startswith("event_stream_")
    assert (stored["ca_path"], stored["ca"]) == (None, Path(simulator.ca_path).read_text()), "it has no such file"
    assert_no_password(simulator, real, path.read_text())
    assert sorted(p.name for p in tmp_path.glob("on-the-consumer*")) == ["on-the-consumer.json"]


def test_no_stream_is_made_where_the_consumer_cannot_keep_it(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {collector: {ansible_connection: local}}}\n")
    run = playbooks.run(
        name_of("event_stream_create"),
        variables={
            "event_stream_name": "collected",
            "event_stream_store": "consumer",
            "event_stream_consumer": "collector",
            "event_stream_credentials_path": str(tmp_path / "no-such-folder" / "soc.json"),
        },
        arguments=("-i", str(inventory)),
    )
    assert run.returncode == 2
    assert "no-such-folder" in run.stdout + run.stderr
    assert not names(simulator)


def test_awx_gets_the_credentials_as_a_credential_of_our_type(playbooks: Playbooks, simulator: Simulator) -> None:
    with pretend_awx() as awx:
        environment = {"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN}
        real = three_times(playbooks, "event_stream_create", STORE, environment=environment)
        [credential] = awx.objects["credentials"]
        [made] = awx.objects["credential_types"]
    assert credential["name"] == "stream of the SOC"
    assert credential["credential_type"] == made["id"]
    assert made["injectors"]["env"]["SECURE_ENDPOINT_STREAM_CREDENTIALS"] == "{{ tower.filename }}"
    assert names(simulator) == ["job"]
    assert_no_password(simulator, real, credential["inputs"]["credentials"])
    assert TOKEN not in real.stdout + real.stderr


def test_a_stream_whose_credentials_awx_refuses_is_deleted_again(playbooks: Playbooks, simulator: Simulator) -> None:
    with pretend_awx() as awx:
        awx.refused.add("credentials")
        run = playbooks.run(
            name_of("event_stream_create"),
            variables={
                "event_stream_name": "job",
                "event_stream_store": "awx",
                "event_stream_awx_credential": "stream of the SOC",
                "event_stream_awx_organization": "SOC",
            },
            environment={"CONTROLLER_HOST": awx.host, "CONTROLLER_OAUTH_TOKEN": TOKEN},
        )
    assert run.returncode == 2
    assert "was deleted again" in run.stdout + run.stderr
    assert not names(simulator)


def test_own_tasks_store_the_credentials(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    kept = tmp_path / "vault.json"
    own = tmp_path / "own.yml"
    own.write_text(
        "- name: Keep it\n"
        "  ansible.builtin.copy:\n"
        '    content: "{{ event_stream_credentials | to_json }}"\n'
        f"    dest: {kept}\n"
        '    mode: "0600"\n'
        "  no_log: true\n"
        "  when: event_stream_store_step == 'write'\n"
    )
    real = three_times(
        playbooks,
        "event_stream_create",
        {"event_stream_name": "own", "event_stream_store": "tasks", "event_stream_store_tasks": str(own)},
        skips=True,  # the user's own tasks
    )
    assert names(simulator) == ["own"]
    assert_no_password(simulator, real, kept.read_text())


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "event_stream_name"),
        ({"event_stream_name": "x", "event_stream_store": "cupboard"}, "event_stream_store"),
        ({"event_stream_name": "x", "event_stream_store": "consumer"}, "event_stream_consumer"),
        ({"event_stream_name": "x"}, "event_stream_credentials_path"),
        ({"event_stream_name": "x", "event_stream_group": "Protect"}, "Unknown variable: event_stream_group."),
    ],
    ids=["no name", "unknown store", "no consumer", "no path", "misspelt"],
)
def test_bad_variables_are_told_before_anything_is_asked(
    playbooks: Playbooks, simulator: Simulator, variables: dict[str, str], told: str
) -> None:
    run = playbooks.run(name_of("event_stream_create"), variables=variables)
    assert run.returncode == 2
    assert told in run.stdout + run.stderr
    assert not simulator.control.requests()


def test_a_stream_is_listed_duplicated_and_deleted(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    first = {
        "event_stream_name": "first",
        "event_stream_event_types": "Threat Detected",
        "event_stream_groups": "Protect",
        "event_stream_credentials_path": str(tmp_path / "first.json"),
    }
    assert playbooks.run(name_of("event_stream_create"), variables=first).returncode == 0

    copy = {
        "event_stream_source": "first",
        "event_stream_name": "second",
        "event_stream_credentials_path": str(tmp_path / "second.json"),
    }
    three_times(playbooks, "event_stream_duplicate", copy, says=(f"second: {CREATED}", f"second: {EXISTS}"))
    listed = playbooks.run(name_of("event_stream_list"))
    assert listed.stdout.count("Threat Detected") == 2
    assert listed.stdout.count("Protect") == 2
    assert names(simulator) == ["first", "second"]

    gone = {"event_stream_name": "first", "event_stream_credentials_path": str(tmp_path / "first.json")}
    three_times(playbooks, "event_stream_delete", gone, says=("first: deleted.", "first: does not exist"))
    assert names(simulator) == ["second"]
    assert not (tmp_path / "first.json").exists()
    assert (tmp_path / "second.json").exists()


def test_a_job_drains_what_its_credential_names(playbooks: Playbooks, simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "soc.json"
    variables = {"event_stream_name": "soc", "event_stream_credentials_path": str(path)}
    assert playbooks.run(name_of("event_stream_create"), variables=variables).returncode == 0
    simulator.control.publish("failure")

    run = playbooks.run(
        name_of("drain_and_group"),
        variables={"drain_state_dir": str(tmp_path / "state"), "drain_flush": True},
        environment={"SECURE_ENDPOINT_STREAM_CREDENTIALS": str(path)},
    )
    assert run.returncode == 0, run.stdout
    assert "2 events, 1 detections, 1 need a person; 1 incidents" in run.stdout
    assert "quarantine failed" in run.stdout
    assert f"https://{simulator.api_host}/" in run.stdout
    assert "skipping" not in run.stdout


def test_the_demo_ends_in_a_table_with_the_failed_quarantine(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    run = playbooks.run(
        name_of("demo"),
        variables={
            "demo_dir": str(tmp_path / "demo"),
            "demo_groups": ["Protect", "Field Sales", "Branch South", "Triage"],
        },
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml", "COLUMNS": "100"},
    )
    assert run.returncode == 0, run.stdout
    end = run.stdout.rstrip().splitlines()[-24:]
    totals = next(place for place, line in enumerate(end) if line.strip().startswith("12 events, 6 detections, 1 need"))
    assert "quarantine failed: " in end[totals + 4]
    assert re.fullmatch(r" +file: \S.*  user: \S.*  detection: \S.*", end[totals + 5])
    assert end[totals + 6].strip().startswith(f"https://{simulator.api_host}/computers/")
    assert "..." not in "".join(end[totals : totals + 7]), "what needs a person is shown whole"
    assert all(len(line) <= 100 for line in end[totals:-2])
    assert "skipping" not in run.stdout


def test_the_demo_runs_on_a_tenant_that_is_not_simulated(
    playbooks: Playbooks, simulator: Simulator, tmp_path: Path
) -> None:
    run = playbooks.run(
        name_of("demo"), variables={"demo_dir": str(tmp_path / "demo")}, environment={"SIMULATOR_CONTROL_URL": ""}
    )
    assert run.returncode == 0, run.stdout
    assert not names(simulator)


def test_a_table_counts_what_the_result_of_a_drain_does_not_list(playbooks: Playbooks, tmp_path: Path) -> None:
    """Far more may need a person than a result holds: the totals are those of the run, not of its list."""
    detection = {"hostname": "ws-1", "outcome": "detected", "severity": "High", "needs_person": True, "pivot_urls": {}}
    counts = {"detections": 700, "detections_need_person": 500, "incidents": 40}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.include_tasks": str(CHECKOUT / "playbooks" / "tasks" / "drain_show.yml")}],
    }
    (tmp_path / "show.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    result = {"events": 900, "counts": counts, "detections": [detection, detection]}
    run = playbooks.run(
        tmp_path / "show.yml",
        variables={"drain_result": result, "drain_shown": 1},
        environment={"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    shown = [line.strip() for line in run.stdout.splitlines()]
    assert "900 events, 700 detections, 500 need a person; 40 incidents" in shown
    assert "and 499 more" in shown
    assert "Other detections: 200" in shown
