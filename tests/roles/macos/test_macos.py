# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connector's whole life on macOS, before and after the product's rename, and its bad days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles.macos.installers import installer
from roles.pretend.hosts import Host, Outcome, clones, pretend_host
from roles.pretend.outcomes import converge, record

OLD, MIDDLE, NEW = "1.12.3", "1.15.5", "1.22.4"  # one of each generation (contract 13)
SUPPORT = "/Library/Application Support/Cisco/Secure Endpoint"


def status(host: Host) -> dict[str, Any]:
    outcome = host.role("connector_status")
    assert (outcome.rc, outcome.changed) == (0, []), outcome.output[-3000:]
    record("connector_status", "macos", "reads, changes nothing")
    found: dict[str, Any] = outcome.fact("connector_status_result")
    return found


def nothing_left_behind(host: Host) -> None:
    """No image is attached and no temporary folder is there."""
    assert host.sh("hdiutil info") == ""
    assert "ampops." not in host.sh("ls /tmp")


def test_a_whole_life_across_the_rename(tmp_path: Path) -> None:
    with pretend_host("macos") as host:
        assert (status(host)["installed"], status(host)["problems"]) == (False, [])
        host.sh("echo '<string>com.apple.system-extension-policy</string>' > /var/db/profiles.xml")
        predicted = host.role("connector_deploy", check=True, connector_deploy_installers=[installer(OLD)])
        assert "has not installed a profile for content filter, full disk access" in " ".join(predicted.output.split())
        converge(host, "connector_deploy", connector_deploy_installers=[installer(OLD)])
        born = status(host)
        assert (born["version"], born["running"], born["generation"]) == (OLD, True, "legacy")
        assert (born["problems"], born["faults"]) == ([], [])

        converge(host, "connector_upgrade", connector_deploy_installers=[installer(OLD), installer(MIDDLE)])
        between = status(host)
        assert (between["version"], between["running"], between["generation"]) == (MIDDLE, True, "amp_for_endpoints")
        assert between["connector_guid"] == born["connector_guid"]

        converge(host, "connector_upgrade", connector_deploy_installers=[installer(MIDDLE), installer(NEW)])
        after = status(host)
        assert (after["version"], after["running"], after["generation"]) == (NEW, True, "current")
        assert after["connector_guid"] == born["connector_guid"]
        nothing_left_behind(host)

        converge(host, "connector_service", connector_service_state="stopped")
        assert status(host)["running"] is False
        started = converge(host, "connector_deploy", brief=True, connector_deploy_installers=[installer(NEW)])
        assert started.fact("connector_deploy_result")["action"] == "start"
        converge(host, "connector_service", connector_service_state="stopped")
        converge(host, "connector_service", connector_service_state="started")
        converge(host, "connector_service", again=False, connector_service_state="restarted")
        troubleshoot(host, tmp_path)

        refused = host.role("connector_uninstall", connector_uninstall_keep_configuration=True)
        assert refused.rc != 0
        assert "is not possible on macOS" in refused.error
        assert status(host)["installed"] is True
        converge(host, "connector_uninstall")
        gone = status(host)
        assert (gone["installed"], gone["connector_guid"], gone["problems"]) == (False, None, [])
        deploy(host, installer(NEW))
        assert status(host)["connector_guid"] not in (None, born["connector_guid"])


def test_a_mac_that_was_upgraded_and_not_yet_rebooted_is_well_and_the_second_generation_is_removed() -> None:
    with pretend_host("macos") as host:
        assert deploy(host, installer(MIDDLE, fault="not_rebooted")).rc == 0
        assert (status(host)["problems"], status(host)["generation"]) == ([], "amp_for_endpoints")
        converge(host, "connector_uninstall")
        assert (status(host)["installed"], status(host)["problems"]) == (False, [])


def troubleshoot(host: Host, folder: Path) -> None:
    host.sh(f"cd '{SUPPORT}' && touch cloud_query.cache cloud_nfm_query.cache events.db keep.db")
    outcome = converge(
        host,
        "connector_troubleshoot",
        again=False,
        connector_troubleshoot_debug_log="start",
        connector_troubleshoot_clear_cache=True,
        connector_troubleshoot_snapshot=True,
        connector_troubleshoot_snapshot_dir=str(folder),
        connector_troubleshoot_reboot="always",
    )
    report = outcome.fact("connector_troubleshoot_result")
    assert (report["rebooted"], report["cache_cleared"], report["debug_log"]) == (True, True, "start")
    assert Path(report["snapshot"]).stat().st_size > 0
    left = host.sh(f"ls '{SUPPORT}'").split()
    assert "keep.db" in left
    assert not {"cloud_query.cache", "cloud_nfm_query.cache", "events.db"} & set(left)
    assert host.sh(f"cat '{SUPPORT}/debuglevel'") == "1"
    assert host.sh("cat /var/db/boots") == "2"
    converge(host, "connector_troubleshoot", again=False, connector_troubleshoot_debug_log="stop")
    assert host.sh(f"cat '{SUPPORT}/debuglevel'") == "0"
    assert status(host)["running"] is True
    nothing_left_behind(host)


def test_two_clones_of_a_golden_image_are_two_computers() -> None:
    with pretend_host("macos") as host:
        manifest = [installer(NEW)]
        converge(host, "connector_deploy", connector_deploy_installers=manifest, connector_deploy_golden_image=True)
        assert host.sh(f"ls '{SUPPORT}'").split() == ["SupportTool"]
        sealed = status(host)
        assert (sealed["running"], sealed["connector_guid"]) == (False, None)
        with clones(host, 2) as born:
            first, second = (status(clone) for clone in born)
            assert first["running"]
            assert second["running"]
            assert None not in (first["connector_guid"], second["connector_guid"])
            assert first["connector_guid"] != second["connector_guid"]
        record("connector_deploy", "macos", "golden image: two clones, two GUIDs")


@pytest.fixture(name="empty", scope="module")
def _empty() -> Iterator[Host]:
    """A Mac without connector, for tests that must leave it so."""
    with pretend_host("macos") as host:
        yield host


def deploy(host: Host, *manifest: dict[str, Any], **options: Any) -> Outcome:
    return host.role("connector_deploy", connector_deploy_installers=list(manifest), **options)


@pytest.mark.parametrize(
    ("settings", "entry", "options", "told"),
    [
        ({}, {"sha256": "0" * 64}, {}, "Nothing was touched"),
        ({}, {"arch": "x86_64"}, {}, "no installer fits macos"),
        ({}, {}, {"connector_deploy_minimum_free_mb": 10**9}, "MB free for /opt/cisco/amp"),
        ({"team": ""}, {}, {}, "is not signed by the team DE8Y96K9QP; pkgutil says"),
        ({"team": "EVIL000000"}, {}, {}, "is not signed by the team DE8Y96K9QP; pkgutil says"),
        ({"fault": "no_package"}, {}, {}, "does not exist or is damaged"),
        ({"fault": "preinstall_fails"}, {}, {}, "The install failed"),
        ({"fault": "hangs"}, {}, {"connector_deploy_install_timeout": 4}, "did not end within 4 seconds"),
        ({"fault": "installs_nothing"}, {}, {}, "ended without an error, but no connector is there"),
    ],
    ids=["checksum", "architecture", "space", "unsigned", "other signer", "no package", "fails", "hangs", "nothing"],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    empty: Host, settings: dict[str, Any], entry: dict[str, Any], options: dict[str, Any], told: str
) -> None:
    outcome = deploy(empty, installer(NEW, **settings) | entry, **options)
    assert outcome.rc != 0, outcome.output[-3000:]
    assert told in " ".join(outcome.error.split()), outcome.error
    nothing_left_behind(empty)
    assert empty.sh("ls /Applications /opt/cisco 2>/dev/null", check=False).split() == ["/Applications:"]
    empty.sh("rm -f /var/db/receipts/*")
    record("connector_deploy", "macos", "refuses bad days")


def test_an_image_that_does_not_attach(empty: Host, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.dmg"
    damaged.write_bytes(b"\0" * 100_000)
    outcome = deploy(empty, installer(NEW) | {"path": str(damaged), "sha256": "waived"})
    assert outcome.rc != 0
    assert "image not recognized" in outcome.error
    nothing_left_behind(empty)


def test_a_failed_upgrade_leaves_the_old_one_running_and_says_so() -> None:
    with pretend_host("macos") as host:
        assert deploy(host, installer(OLD)).rc == 0
        outcome = host.role("connector_upgrade", connector_deploy_installers=[installer(NEW, fault="preinstall_fails")])
        assert outcome.rc != 0
        assert f"Version {OLD} is installed and runs." in outcome.error
        nothing_left_behind(host)
        newer = deploy(host, installer("1.10.0"), connector_deploy_newer="fail")
        assert newer.rc != 0
        assert f"version {OLD} is installed and newer than 1.10.0: nothing was touched" in newer.error


@pytest.mark.parametrize(
    ("fault", "rc", "told"),
    [
        ("daemon_dies", 2, "does not stay running"),
        ("unapproved", 0, "installed but faulty: the security extension"),
        ("network_waits", 0, "installed but faulty: the network extension"),
        ("faulty", 0, "fault 18 (Critical)"),
    ],
)
def test_an_installation_that_is_faulty_is_told(fault: str, rc: int, told: str) -> None:
    with pretend_host("macos") as host:
        outcome = deploy(host, installer(NEW, fault=fault), connector_deploy_start_timeout=8)
        assert outcome.rc == rc, outcome.output[-3000:]
        assert told in outcome.output.replace('\\"', '"')


def test_a_local_xml_that_is_bad_is_told_by_status() -> None:
    with pretend_host("macos") as host:
        assert deploy(host, installer(NEW)).rc == 0
        for content, told in (
            ("", "is empty"),
            ("<config><agent><uuid>", "is damaged or cut off"),
            ('<!DOCTYPE a [<!ENTITY b "ha">]><config/>', "declares a document type"),
        ):
            host.sh(f"printf '%s' '{content}' > '{SUPPORT}/local.xml'")
            found = status(host)
            assert (found["installed"], found["running"], found["version"]) == (True, True, NEW)
            assert any(told in problem for problem in found["problems"]), found["problems"]


def test_the_service_comes_back_when_clearing_the_cache_fails() -> None:
    with pretend_host("macos") as host:
        assert deploy(host, installer(NEW)).rc == 0
        outcome = host.role(
            "connector_troubleshoot",
            connector_troubleshoot_clear_cache=True,
            __connector_troubleshoot_macos_cache=["../../../../proc/1"],
        )
        assert outcome.rc != 0
        assert "rmtree failed" in outcome.error
        assert status(host)["running"] is True


def test_a_snapshot_that_fails_and_a_reboot_that_never_comes_back_are_told(tmp_path: Path) -> None:
    with pretend_host("macos") as host:
        assert deploy(host, installer(NEW, fault="support_tool_fails")).rc == 0
        outcome = host.role(
            "connector_troubleshoot",
            connector_troubleshoot_snapshot=True,
            connector_troubleshoot_snapshot_dir=str(tmp_path),
        )
        assert outcome.rc != 0
        nothing_left_behind(host)
        host.sh("touch /etc/never-comes-back")
        gone = host.role(
            "connector_troubleshoot", connector_troubleshoot_reboot="always", connector_troubleshoot_reboot_timeout=5
        )
        assert gone.rc != 0
        assert "Timed out waiting for last boot time" in gone.error
