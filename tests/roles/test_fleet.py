# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A roll-out over a fleet: a canary that stops, what is told at the end, and the run again (R48)."""

from __future__ import annotations

import csv
import json
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles.linux.download_server import console
from roles.linux.packages import installer, package
from roles.pretend.hosts import Host, Outcome, clones, fleet_playbook, pretend_host
from roles.pretend.outcomes import record
from simulator import Simulator

OLD, NEW = "1.26.0", "1.27.0"


@pytest.fixture(name="fleet", scope="module")
def _fleet() -> Iterator[list[Host]]:
    """Four hosts with the old connector, whose package lists are filled, so that no role fills them."""
    with pretend_host("debian") as first:
        first.put(package("debian", OLD), "/root/old.deb")
        first.sh("apt-get update -qq; dpkg -i /root/old.deb; rm /root/old.deb; systemctl stop cisco-amp; sync")
        with clones(first, 4) as hosts:
            yield hosts


def run(hosts: list[Host], name: str, *words: str, **answers: Any) -> Outcome:
    variables = {f"connector_{key}": value for key, value in answers.items()}
    return fleet_playbook(
        {host.name: host.reach for host in hosts}, f"ampops.secure_endpoint.connector_{name}", *words, **variables
    )


def summary(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = outcome.fact("connector_fleet")
    return found


@pytest.mark.fast
def test_a_bad_version_stops_at_the_canary_and_the_next_run_goes_on(fleet: list[Host], tmp_path: Path) -> None:
    fleet = fleet[:3]
    reports = {kind: tmp_path / f"fleet.{kind}" for kind in ("csv", "json")}
    bad = installer("debian", NEW, fault="faulty")
    stopped = run(fleet, "upgrade", deploy_installers=[bad], batch="1,50%", report=",".join(map(str, reports.values())))
    told = summary(stopped)
    assert stopped.rc != 0, stopped.output[-3000:]
    assert told["outcomes"] == {"faulty": 1, "not tried": 2}, stopped.output[-5000:]
    assert told["versions"] == {NEW: 1, "unknown": 2}
    assert [(fault["id"], fault["count"]) for fault in told["faults"]] == [(11, 1), (5, 1)]
    assert json.loads(reports["json"].read_text()) == {key: told[key] for key in told if key != "lines"}
    with reports["csv"].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["outcome"] for row in rows] == ["faulty", "not tried", "not tried"]
    assert stopped.stats[fleet[0].name]["failures"] == 1
    assert "connector_fail_on_faults decides" in stopped.error

    good = run(fleet, "upgrade", deploy_installers=[installer("debian", "1.28.0")], strategy="free")
    assert good.rc == 0, good.error
    assert summary(good)["outcomes"] == {"upgraded": 3}
    assert summary(good)["headline"] == "3 hosts: 3 upgraded"
    again = run(fleet, "upgrade", deploy_installers=[installer("debian", "1.28.0")], strategy="host_pinned")
    assert (again.rc, again.changed) == (0, []), again.error
    record("playbooks", "a fleet", "canary stops, linear, free, host_pinned")


def cloud_of(sim: Simulator) -> dict[str, str]:
    return {"api_host": sim.api_host, "client_id": sim.client_id, "api_key": sim.api_key, "ca_path": sim.ca_path}


def test_two_tenants_in_one_batch_of_which_one_is_unreachable(simulator_api: Simulator) -> None:
    """Each host asks its own tenant: one appears and is removed, the other is told why not."""
    sim = simulator_api
    unreachable = {"api_host": "127.0.0.1:9", "client_id": "other", "api_key": "0-0-0-0", "timeout": 2}
    settings = {"control_url": sim.control_url}
    with pretend_host("debian", settings) as known, pretend_host("debian", settings) as unknown:
        hosts = {
            known.name: known.reach | {"connector_deploy_cloud": cloud_of(sim)},
            unknown.name: unknown.reach | {"connector_deploy_cloud": unreachable},
        }
        answers = {
            "connector_deploy_verify_cloud": "true",
            "connector_deploy_cloud_timeout": 10,
            "connector_deploy_installers": [installer("debian", OLD)],
        }
        deployed = fleet_playbook(hosts, "ampops.secure_endpoint.connector_deploy", **answers)
        told = summary(deployed)
        assert told["outcomes"] == {"failed": 1, "installed": 1}, deployed.output[-5000:]
        (failed,) = told["todo"]
        assert failed["host"] == unknown.name
        assert "did not appear in the tenant" in failed["message"]
        assert "127.0.0.1" in failed["message"]
        record("connector_deploy", "debian", "each host asks its own tenant")

        removal = {"connector_hosts": "all", "connector_uninstall_remove_computer": "true"}
        removed = fleet_playbook(hosts, "ampops.secure_endpoint.connector_uninstall", **removal)
        told = summary(removed)
        assert told["outcomes"] == {"failed": 1, "removed": 1}, removed.output[-5000:]
        assert "127.0.0.1" in told["todo"][0]["message"]
        record("connector_uninstall", "debian", "each host tells its own tenant")


def test_a_host_that_disappears_during_its_upgrade_and_the_run_again(fleet: list[Host]) -> None:
    """Its package manager is at work when its power goes. The others are finished, the summary names it."""
    fleet = fleet[:3]
    lost, *others = fleet
    hanging = installer("debian", "1.29.0", fault="hangs")
    hosts = {lost.name: lost.reach | {"connector_deploy_installers": [hanging]}}
    hosts |= {
        host.name: host.reach | {"connector_deploy_installers": [installer("debian", "1.29.0")]} for host in others
    }

    def power_off() -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and "postinst" not in lost.sh("ps -e -o args=", check=False):
            time.sleep(0.2)
        subprocess.run(["podman", "kill", lost.name], check=True, capture_output=True)

    power = threading.Thread(target=power_off)
    power.start()
    # Ansible waits for a host that goes while its installer is polled, until the installer's time is over.
    patience = {"connector_deploy_install_timeout": 25}
    outcome = fleet_playbook(
        hosts, "ampops.secure_endpoint.connector_upgrade", settings={"ANSIBLE_FORKS": "4"}, **patience
    )
    power.join()
    told = summary(outcome)
    assert outcome.rc != 0
    assert told["outcomes"] == {"disappeared": 1, "upgraded": 2}, outcome.output[-5000:]
    assert told["todo"][0]["host"] == lost.name
    assert "repaired" in told["todo"][0]["next"]

    subprocess.run(["podman", "start", lost.name], check=True, capture_output=True)
    lost.sh("for n in 1 2 3 4 5; do timeout 30 systemctl is-system-running --wait && break; sleep 1; done", check=False)
    again = run(fleet, "deploy", deploy_installers=[installer("debian", "1.29.0")])
    assert again.rc == 0, again.error
    assert summary(again)["outcomes"] == {"repaired": 1, "unchanged": 2}, again.output[-5000:]
    record("playbooks", "a fleet", "a host disappears, the run again repairs it")


def test_the_console_updates_a_host_during_the_play(fleet: list[Host]) -> None:
    """A product update of the policy comes behind the installation: accepted, and told with what to do about it."""
    host = fleet[1]
    host.put(package("debian", "1.31.0"), "/root/newer.deb")
    waiting = "until dpkg -s ciscoampconnector | grep -q '^Version: 1.30.0'; do sleep 0.1; done"
    update = f"{waiting}; until dpkg -i /root/newer.deb; do sleep 0.2; done"
    host.sh(f"systemd-run --quiet /bin/sh -c {shlex.quote(update)}")
    outcome = run([host], "upgrade", deploy_installers=[installer("debian", "1.30.0")])
    assert outcome.rc == 0, outcome.error
    told = summary(outcome)
    assert told["outcomes"] == {"newer": 1}, outcome.output[-5000:]
    assert told["versions"] == {"1.31.0": 1}
    assert "product update of the policy" in told["next"][0]
    record("playbooks", "a fleet", "an update by the console is accepted and told")


@pytest.mark.fast
def test_one_wrong_line_of_forty_ends_the_run_before_any_host_is_reached() -> None:
    """The hosts do not exist: one that was tried would be unreachable, with another exit code."""
    entry = {"os": "debian", "path": "/srv/x.deb", "sha256": "waived", "signature": "waived"}
    forty = [{**entry, "version": f"1.{number}.0"} for number in range(40)]
    forty[23]["version"] = 1.3  # type: ignore[assignment] # what YAML makes of 1.30
    hosts = {f"web{number}": {"ansible_host": "host.invalid"} for number in range(4)}
    answers = {"connector_deploy_installers": forty, "connector_batch": "half", "connector_bach": "1"}
    outcome = fleet_playbook(hosts, "ampops.secure_endpoint.connector_deploy", **answers)
    assert outcome.rc == 2
    assert "connector_deploy_installers[23].version is the number" in outcome.error
    assert "YAML reads 1.30 as 1.3" in outcome.error
    assert 'connector_batch has the batch \\"half\\"' in outcome.output
    assert "did you mean connector_batch?" in outcome.error
    assert "Nothing was touched on any host." in outcome.error
    assert not any(stats["unreachable"] for stats in outcome.stats.values())


def test_a_slow_download_comes_once_for_four_hosts_under_free(
    fleet: list[Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    with console(tmp_path, files) as shop:
        monkeypatch.setenv("SSL_CERT_FILE", str(shop.authority))
        file = package("debian", "1.35.0")
        shutil.copy(file, files / file.name)
        entry = installer("debian", "1.35.0")
        del entry["path"]
        shop.seconds = 5
        hosts = {host.name: host.reach for host in fleet}
        outcome = fleet_playbook(
            hosts,
            "ampops.secure_endpoint.connector_upgrade",
            settings={"ANSIBLE_FORKS": "4"},
            connector_strategy="free",
            connector_deploy_installers=[entry | {"url": shop.url(file.name)}],
            connector_deploy_cache_dir=str(tmp_path / "cache"),
            connector_deploy_allowed_hosts=["localhost"],
        )
        assert outcome.rc == 0, outcome.error
        assert summary(outcome)["outcomes"] == {"upgraded": 4}
        assert len([path for path in shop.asked if path.startswith("/files/")]) == 1, shop.asked
        record("connector_upgrade", "a fleet", "a slow download comes once under free")


@pytest.mark.fast
@pytest.mark.parametrize("callback", ["ansible.builtin.default", "ansible.posix.json"])
def test_the_summary_is_told_also_where_a_whole_batch_disappears(callback: str) -> None:
    """Ansible ends such a run before its last play. The hosts are no hosts: nothing answers for them."""
    away = {"ansible_connection": "ampops.pretend.host", "ansible_pretend_pid": 999999999}
    hosts = {f"web{number}": away for number in range(3)}
    entry = {"os": "debian", "path": "/srv/x.deb", "sha256": "waived", "signature": "waived", "version": "1.27.0"}
    outcome = fleet_playbook(
        hosts,
        "ampops.secure_endpoint.connector_deploy",
        settings={"ANSIBLE_STDOUT_CALLBACK": callback},
        connector_batch="1",
        connector_deploy_installers=[entry],
    )
    assert outcome.rc == 4, outcome.output
    assert outcome.output.index("SUMMARY") < outcome.output.index("3 hosts: 2 not tried, 1 unreachable")


@pytest.mark.fast
@pytest.mark.parametrize("strategy", ["linear", "free", "host_pinned"])
def test_a_host_that_fails_stops_the_batches_behind_it_under_every_strategy(strategy: str, tmp_path: Path) -> None:
    """Three names for this machine: its status is read, then the installer is missing on the controller."""
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    entry = {"os": "debian", "path": str(tmp_path / "missing.deb"), "sha256": "0" * 64, "version": "1.27.0"}
    answers = {
        "connector_deploy_installers": [entry | {"signature": "waived"}],
        "connector_deploy_preflight": "skip",
        "connector_strategy": strategy,
    }
    hosts = {f"web{number}": here for number in range(3)}
    outcome = fleet_playbook(hosts, "ampops.secure_endpoint.connector_deploy", connector_batch="1,100%", **answers)
    assert outcome.rc == 2
    assert summary(outcome)["outcomes"] == {"failed": 1, "not tried": 2}, outcome.output[-5000:]
    assert "missing.deb" in summary(outcome)["todo"][0]["message"]
    assert "run_once" not in outcome.output  # which free does not know, and warns of
    if strategy == "free":
        patient = fleet_playbook(
            hosts, "ampops.secure_endpoint.connector_deploy", connector_batch="1", connector_max_failed="1", **answers
        )
        assert summary(patient)["outcomes"] == {"failed": 2, "not tried": 1}
