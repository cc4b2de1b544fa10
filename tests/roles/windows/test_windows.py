# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connector's whole life on Windows, old and new generation, and its bad days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from roles.pretend.hosts import Host, Outcome, clones, pretend_host
from roles.pretend.outcomes import converge, record
from roles.windows.installers import installer

OLD, NEW = "7.2.7", "8.2.3.30119"
ROOT = "/win/drive_c/Program Files/Cisco/AMP"
PASSWORD = 'a b"c%PATH%^&|1'
SETTLED = {"encoding": "utf-16", "registry": "both", "password": PASSWORD}


def status(host: Host) -> dict[str, Any]:
    outcome = host.role("connector_status")
    assert (outcome.rc, outcome.changed) == (0, []), outcome.output[-3000:]
    record("connector_status", "windows", "reads, changes nothing")
    found: dict[str, Any] = outcome.fact("connector_status_result")
    return found


def installer_arguments(host: Host) -> list[str]:
    """What the last installer was called with, one argument a line."""
    return host.read(f"{ROOT}/install.log").decode().splitlines()


def nothing_left_behind(host: Host) -> None:
    left = host.sh("ls /win/drive_c/users/root/Temp; ps -e -o args=")
    assert "connector_deploy." not in left
    assert "ampops." not in left


def test_a_whole_life_across_the_generations(tmp_path: Path) -> None:
    with pretend_host("windows") as host:
        assert (status(host)["installed"], status(host)["problems"]) == (False, [])
        converge(host, "connector_deploy", connector_deploy_installers=[installer(OLD)], connector_deploy_ui=False)
        born = status(host)
        assert (born["version"], born["running"], born["generation"]) == (OLD, True, "legacy")
        assert (born["service"], born["problems"]) == (f"CiscoAMP_{OLD}", [])
        given = installer_arguments(host)
        assert given[:2] == ["/R", "/S"]
        assert {"skiptetra": "1", "skipdfc": "1", "desktopicon": "0"}.items() <= born["switches"].items()

        converge(host, "connector_upgrade", connector_deploy_installers=[installer(OLD), installer(NEW, **SETTLED)])
        after = status(host)
        assert (after["version"], after["running"], after["generation"]) == (NEW, True, "current")
        assert (after["service"], after["connector_guid"]) == ("CiscoAMP", born["connector_guid"])
        assert installer_arguments(host) == [
            "/R", "/S", "/skipdfc", "1", "/skiptetra", "1", "/desktopicon", "0", "/startmenu", "0", "/contextmenu", "0",
        ]  # fmt: skip
        assert {OLD, NEW} <= set(host.sh(f"ls '{ROOT}'").split())
        nothing_left_behind(host)

        protected = {"connector_service_password": PASSWORD}
        converge(host, "connector_service", connector_service_state="stopped", **protected)
        assert status(host)["running"] is False
        started = converge(host, "connector_deploy", brief=True, connector_deploy_installers=[installer(NEW)])
        assert started.fact("connector_deploy_result")["action"] == "start"
        converge(host, "connector_service", connector_service_state="stopped", **protected)
        converge(host, "connector_service", connector_service_state="started", **protected)
        converge(host, "connector_service", again=False, connector_service_state="restarted", **protected)
        troubleshoot(host, tmp_path)

        removal = {"connector_uninstall_password": PASSWORD}
        converge(host, "connector_uninstall", connector_uninstall_keep_configuration=True, **removal)
        kept = status(host)
        assert (kept["installed"], kept["connector_guid"], kept["problems"]) == (False, born["connector_guid"], [])
        deploy(host, installer(NEW))
        assert status(host)["connector_guid"] == born["connector_guid"]
        converge(host, "connector_uninstall", brief=True)
        assert status(host)["connector_guid"] is None
        assert host.sh(f"ls '{ROOT}'", check=False) == ""
        deploy(host, installer(OLD))
        assert status(host)["connector_guid"] not in (None, born["connector_guid"])

        assert host.role("connector_uninstall", connector_uninstall_keep_configuration=True).rc == 0
        converge(host, "connector_uninstall", brief=True)
        assert status(host)["connector_guid"] is None


def troubleshoot(host: Host, folder: Path) -> None:
    cache = {"cache.db", "nfm_cache.db", "nfm_url_file_map.db", "event.db", "jobs.db", "history.db", "historyex.db"}
    host.sh(f"cd '{ROOT}' && touch {' '.join(cache)} keep.db")
    outcome = converge(
        host,
        "connector_troubleshoot",
        again=False,
        connector_troubleshoot_debug_log="start",
        connector_troubleshoot_clear_cache=True,
        connector_troubleshoot_snapshot=True,
        connector_troubleshoot_snapshot_dir=str(folder),
        connector_troubleshoot_password=PASSWORD,
    )
    report = outcome.fact("connector_troubleshoot_result")
    assert (report["rebooted"], report["cache_cleared"], report["debug_log"]) == (False, True, "start")
    assert Path(report["snapshot"]).stat().st_size > 0
    left = set(host.sh(f"ls '{ROOT}'").split())
    assert "keep.db" in left
    assert not cache & left
    assert "debug.on" in host.sh(f"ls '{ROOT}/{NEW}'")
    converge(host, "connector_troubleshoot", again=False, connector_troubleshoot_debug_log="stop")
    assert "debug.on" not in host.sh(f"ls '{ROOT}/{NEW}'")
    assert status(host)["running"] is True
    nothing_left_behind(host)


def test_two_clones_of_a_golden_image_are_two_computers() -> None:
    with pretend_host("windows") as host:
        manifest = [installer(NEW)]
        converge(host, "connector_deploy", connector_deploy_installers=manifest, connector_deploy_golden_image=True)
        assert installer_arguments(host)[-2:] == ["/goldenimage", "1"]
        sealed = status(host)
        assert (sealed["running"], sealed["connector_guid"]) == (False, None)
        host.sh("/usr/lib/wine/wineserver64 -k; /usr/lib/wine/wineserver64 -w")  # shut down: the registry is written
        with clones(host, 2) as born:
            first, second = (status(clone) for clone in born)
            assert first["running"]
            assert second["running"]
            assert None not in (first["connector_guid"], second["connector_guid"])
            assert first["connector_guid"] != second["connector_guid"]
        record("connector_deploy", "windows", "golden image: two clones, two GUIDs")


@pytest.fixture(name="empty", scope="module")
def _empty() -> Iterator[Host]:
    """A Windows host without connector, for tests that must leave it so."""
    with pretend_host("windows") as host:
        yield host


def deploy(host: Host, *manifest: dict[str, Any], **options: Any) -> Outcome:
    return host.role("connector_deploy", connector_deploy_installers=list(manifest), **options)


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, ["/skiptetra", "1", "/skipdfc", "1"]),
        ({"profile": "desktop"}, []),
        ({"profile": "desktop", "ui": False}, ["/desktopicon", "0", "/startmenu", "0", "/contextmenu", "0"]),
        ({"profile": "server", "switches": {"skiptetra": 0}}, ["/skiptetra", "0", "/skipdfc", "1"]),
        ({"profile": "desktop", "extra_switches": ["/temppath", "C:\\a b"]}, ["/temppath", '"C:\\a b"']),
        ({"profile": "desktop", "golden_image": True}, ["/goldenimage", "1"]),
        (
            {"profile": "desktop", "golden_image": True, "extra_switches": ["/D=C:\\a b\\AMP"]},
            ["/goldenimage", "1", "/D=C:\\a b\\AMP"],
        ),
    ],
    ids=["server by its facts", "desktop", "no ui", "a switch wins", "extra", "golden image", "folder"],
)
def test_the_switches_follow_what_was_asked_for(empty: Host, options: dict[str, Any], arguments: list[str]) -> None:
    named = {f"connector_deploy_{name}": value for name, value in options.items()}
    outcome = deploy(empty, installer(NEW), check=True, **named)
    assert outcome.rc == 0, outcome.output[-3000:]
    plans = [result["plan"] for _task, result in outcome.results if "plan" in result]
    assert plans[-1]["arguments"] == " ".join(["/R", "/S", *arguments])


@pytest.mark.parametrize(
    ("settings", "entry", "options", "told"),
    [
        ({}, {"sha256": "0" * 64}, {}, "Nothing was touched"),
        ({}, {"arch": "aarch64"}, {}, "no installer fits windows"),
        ({}, {}, {"connector_deploy_minimum_free_mb": 10**9}, "MB are free on C:"),
        ({}, {}, {"connector_deploy_switches": {"skipeverything": 1}}, "is not documented"),
        ({}, {"signature": "required", "signer": {"subject": "CN=Cisco"}}, {}, "has no PowerShell"),
        ({"fault": "fails"}, {}, {}, "the installer ended with"),
        ({"fault": "hangs"}, {}, {"connector_deploy_install_timeout": 12}, "did not end within 12 seconds"),
        ({"fault": "installs_nothing"}, {}, {}, "ended without an error, but no connector is there"),
    ],
    ids=["checksum", "architecture", "space", "switch", "signature", "fails", "hangs", "nothing"],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(
    empty: Host, settings: dict[str, Any], entry: dict[str, Any], options: dict[str, Any], told: str
) -> None:
    outcome = deploy(empty, installer(NEW, **settings) | entry, **options)
    assert outcome.rc != 0, outcome.output[-3000:]
    assert told in " ".join(outcome.error.split()), outcome.error
    nothing_left_behind(empty)
    assert empty.sh(f"ls '{ROOT}'", check=False) == ""
    record("connector_deploy", "windows", "refuses bad days")


@pytest.fixture(name="host", scope="module")
def _host() -> Iterator[Host]:
    """A host with a protected connector of the new generation; tests leave it installed and running."""
    with pretend_host("windows") as host:
        assert deploy(host, installer(NEW, **SETTLED)).rc == 0
        yield host


@pytest.mark.parametrize(("password", "told"), [("", "none was given"), ("wrong one", "is probably wrong")])
def test_a_missing_or_wrong_protection_password_is_told_as_that(host: Host, password: str, told: str) -> None:
    stop = host.role(
        "connector_service",
        connector_service_state="stopped",
        connector_service_timeout=4,
        connector_service_password=password,
    )
    assert stop.rc != 0
    assert told in stop.error
    removal = host.role("connector_uninstall", connector_uninstall_password=password, connector_uninstall_timeout=10)
    assert removal.rc != 0
    assert told in removal.error
    cache = host.role(
        "connector_troubleshoot",
        connector_troubleshoot_clear_cache=True,
        connector_troubleshoot_password=password,
        connector_service_timeout=4,
    )
    assert cache.rc != 0
    assert told in cache.error
    assert (status(host)["installed"], status(host)["running"]) == (True, True)


def test_a_password_is_in_no_output_and_on_no_command_line_of_the_controller(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "argv"
    (tmp_path / "nsenter").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {log}\nexec /usr/bin/nsenter "$@"\n')
    (tmp_path / "nsenter").chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        outcome = host.role(
            "connector_service", verbose=5, connector_service_state="restarted", connector_service_password=PASSWORD
        )
    assert outcome.rc == 0
    assert outcome.changed
    assert "--target=" in log.read_text()
    for text in (outcome.output, log.read_text()):
        assert "c%PATH%^" not in text


def test_a_reboot_that_is_pending_is_told_and_done(host: Host) -> None:
    host.sh("wine reg add 'HKLM\\Software\\Immunet Protect' /v Reboot /t REG_DWORD /d 1 /f </dev/null >/dev/null 2>&1")
    assert status(host)["reboot_pending"] is True
    outcome = host.role("connector_troubleshoot", connector_troubleshoot_reboot="if_pending")
    assert outcome.rc == 0, outcome.output[-3000:]
    assert outcome.fact("connector_troubleshoot_result")["rebooted"] is True
    assert host.sh("cat /run/boots") == "2"
    host.sh("wine reg delete 'HKLM\\Software\\Immunet Protect' /v Reboot /f </dev/null >/dev/null 2>&1")
    again = host.role("connector_troubleshoot", connector_troubleshoot_reboot="if_pending")
    assert again.fact("connector_troubleshoot_result")["rebooted"] is False
    assert status(host)["running"] is True


def test_the_service_comes_back_when_clearing_the_cache_fails(host: Host) -> None:
    outcome = host.role(
        "connector_troubleshoot",
        connector_troubleshoot_clear_cache=True,
        connector_troubleshoot_password=PASSWORD,
        __connector_troubleshoot_windows_cache=["cache.db", "bad\0name"],
    )
    assert outcome.rc != 0
    assert "Stop the connector by sfc.exe" in " ".join(outcome.changed)
    assert status(host)["running"] is True


def test_a_local_xml_that_is_bad_is_told_and_stops_an_upgrade(host: Host) -> None:
    good = host.read(f"{ROOT}/local.xml")
    for content, told in (
        ("", "is empty"),
        ("<config><install><switches><skipdfc>", "is damaged or cut off"),
        ('<!DOCTYPE a [<!ENTITY b "ha">]><config/>', "declares a document type"),
    ):
        host.sh(f"printf '%s' '{content}' > '{ROOT}/local.xml'")
        found = status(host)
        assert (found["installed"], found["running"], found["version"]) == (True, True, NEW)
        assert any(told in problem for problem in found["problems"]), found["problems"]
    outcome = host.role("connector_upgrade", connector_deploy_installers=[installer("8.3.0.30000")])
    assert outcome.rc != 0
    assert "The switches of the old installation cannot be carried over" in outcome.error
    host.sh(f"rm '{ROOT}/local.xml'")
    assert "local.xml is missing" in status(host)["problems"]
    octal = "".join(f"\\{byte:03o}" for byte in good)
    host.sh(f"printf '{octal}' > '{ROOT}/local.xml'")
    assert status(host)["problems"] == []


def test_what_an_installer_leaves_half_done_is_told_and_repaired() -> None:
    with pretend_host("windows") as host:
        dies = deploy(host, installer(OLD, fault="service_dies"), connector_deploy_start_timeout=8)
        assert dies.rc != 0
        assert "does not stay running" in dies.error
        host.sh(f"rm '{ROOT}/{OLD}/sfc.exe'")
        assert "half installed" in " ".join(status(host)["problems"])
        repaired = deploy(host, installer(OLD))
        assert repaired.rc == 0, repaired.error
        assert (status(host)["running"], status(host)["problems"]) == (True, [])

        accepted = deploy(host, installer("7.1.1"))
        assert (accepted.rc, accepted.changed) == (0, []), accepted.error
        older = deploy(host, installer("7.1.1"), connector_deploy_newer="fail")
        assert older.rc != 0
        assert f"version {OLD} is installed and newer than 7.1.1: nothing was touched" in older.error
        failed = host.role("connector_upgrade", connector_deploy_installers=[installer(NEW, fault="fails")])
        assert failed.rc != 0
        assert f"Version {OLD} is installed and runs." in failed.error

        key = "HKLM\\Software\\Immunet Protect"
        host.sh(f"wine reg add '{key}' /v Reboot /t REG_DWORD /d 1 /f </dev/null >/dev/null 2>&1")
        removed = host.role("connector_uninstall", connector_uninstall_keep_configuration=True)
        assert removed.rc == 0, removed.error
        assert removed.fact("connector_uninstall_result")["reboot_pending"] is True
        assert "The removal is complete only after a reboot of this host." in removed.output

        restarts = deploy(host, installer(OLD, fault="service_restarts"), connector_deploy_start_timeout=20)
        assert restarts.rc != 0
        assert "does not stay running" in restarts.error


@pytest.mark.parametrize("fault", ["support_tool_fails", "support_tool_writes_nothing"])
def test_a_snapshot_that_fails_is_told_and_leaves_nothing(tmp_path: Path, fault: str, empty: Host) -> None:
    assert deploy(empty, installer(NEW, fault=fault)).rc == 0
    outcome = empty.role(
        "connector_troubleshoot",
        connector_troubleshoot_snapshot=True,
        connector_troubleshoot_snapshot_dir=str(tmp_path),
    )
    assert outcome.rc != 0
    assert outcome.error
    nothing_left_behind(empty)
    assert empty.role("connector_uninstall").rc == 0


def test_a_reboot_that_never_comes_back_is_told(empty: Host) -> None:
    empty.sh("touch /etc/never-comes-back")
    outcome = empty.role(
        "connector_troubleshoot", connector_troubleshoot_reboot="always", connector_troubleshoot_reboot_timeout=5
    )
    assert outcome.rc != 0
    assert "Timed out waiting for last boot time" in outcome.error
