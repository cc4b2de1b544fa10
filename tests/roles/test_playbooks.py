# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the playbooks of a connector's life with the answers that their surveys offer, and with what a person types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from roles.linux.packages import installer
from roles.pretend.hosts import Host, Outcome, pretend_host

OLD, NEW = "1.26.0", "1.27.0"
SURVEYS = Path(__file__).resolve().parents[2] / "playbooks" / "surveys"


def run(host: Host, name: str, **answers: Any) -> Outcome:
    """Run a playbook with every answer that its survey offers, most of which are empty, and with `answers`."""
    survey = yaml.safe_load((SURVEYS / f"connector_{name}.yml").read_text("utf-8"))
    offered = {question["variable"]: question["default"] for question in survey["spec"]}
    return host.playbook(
        f"connector_{name}", **(offered | {f"connector_{key}": value for key, value in answers.items()})
    )


def worked(host: Host, name: str, **answers: Any) -> Outcome:
    outcome = run(host, name, **answers)
    assert outcome.rc == 0, outcome.output[-4000:]
    return outcome


def test_a_life_by_playbooks_alone(tmp_path: Path) -> None:
    with pretend_host("debian") as host:
        worked(host, "deploy", hosts="all", deploy_installers=[installer("debian", OLD)])
        shown = worked(host, "status", hosts="").output
        assert f"version {OLD}, running, GUID " in shown

        worked(host, "upgrade", hosts="", batch=[1, "100%"], deploy_installers=[installer("debian", NEW)])
        assert f"version {NEW}, running, GUID " in worked(host, "status").output

        worked(host, "service", hosts=host.name, service_state="stopped")
        assert f"version {NEW}, not running, GUID " in worked(host, "status").output
        worked(host, "service", hosts=host.name, service_state="restarted")

        answers = {
            f"troubleshoot_{name}": answer
            for name, answer in (
                ("snapshot", "true"),
                ("snapshot_dir", str(tmp_path)),
                ("debug_log", "start"),
                ("clear_cache", "true"),
            )
        }
        report = worked(host, "troubleshoot", hosts=host.name, **answers).fact("connector_troubleshoot_result")
        assert (report["debug_log"], report["cache_cleared"], report["rebooted"]) == ("start", True, False)
        assert Path(report["snapshot"]).is_file()

        worked(host, "uninstall", hosts=host.name)
        assert "not installed, not running, GUID none" in worked(host, "status").output


def test_a_playbook_that_takes_something_away_does_not_guess_the_hosts() -> None:
    with pretend_host("debian") as host:
        for name, answers in (
            ("uninstall", {"hosts": ""}),
            ("troubleshoot", {"hosts": ""}),
            ("service", {"hosts": "", "service_state": "stopped"}),
            ("service", {"hosts": "all", "service_state": "killed"}),
        ):
            outcome = run(host, name, **answers)
            assert outcome.rc != 0
            assert "Set connector_hosts" in outcome.error
        for name, answers in (("service", {"service_state": "stopped"}), ("troubleshoot", {})):
            outcome = run(host, name, hosts="all", bach="1", **answers)
            assert "did you mean connector_batch?" in outcome.error
