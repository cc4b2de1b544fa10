# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of a host is judged: what disagrees or is damaged is reported, never taken for "not there"."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.actions import RefusedError, decide
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.probe import (
    ProbeError,
    host_of,
    read_probe,
)
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import judge, sentences
from hypothesis import given
from hypothesis import strategies as st

GUID = "3b9d1c5e-8f0a-4d55-9a3e-6f2b1c0d7e88"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


LOCAL = b64(f"<config><agent><uuid>{GUID}</uuid></agent></config>")
GLOBAL = b64("<Signature><Object><config><agent><version>1.24.0.9</version></agent></config></Object></Signature>")
WELL = {
    "probe": "1",
    "program_file": "1",
    "install_dir": "/opt/cisco/amp",
    "pid": "77",
    "service": "cisco-amp",
    "generation": "current",
    "package_name": "ciscoampconnector",
    "package": "1.24.0-1",
    "ampcli_rc": "0",
    "ampcli_status": b64("Status:\t\tConnected\nMode:\t\tNormal\nPolicy:\t\tServers (#12)\nFaults:\t\tNone\n"),
    "global_xml": GLOBAL,
    "local_xml": LOCAL,
    "end": "1",
}


def probed(**changes: str | None) -> dict[str, Any]:
    lines = {**WELL, **changes}
    return judge(read_probe("\n".join(f"{key}={value}" for key, value in lines.items() if value is not None)))


def test_a_connector_that_is_well() -> None:
    assert probed() == {
        "installed": True,
        "running": True,
        "version": "1.24.0.9",
        "connector_guid": GUID,
        "business_guid": None,
        "install_dir": "/opt/cisco/amp",
        "switches": {},
        "policy": {"connection": "Connected", "mode": "Normal", "policy": "Servers (#12)"},
        "generation": "current",
        "service": "cisco-amp",
        "reboot_pending": False,
        "orbital": {"installed": False, "version": None, "running": False},
        "faults": [],
        "problems": [],
    }


def test_nothing_installed_is_no_problem() -> None:
    status = probed(
        program_file=None,
        pid="",
        package=None,
        ampcli_rc=None,
        ampcli_status=None,
        global_xml="missing",
        local_xml="missing",
    )
    assert (status["installed"], status["running"], status["version"], status["problems"]) == (False, False, None, [])
    assert status["generation"] is None


def test_a_kept_configuration_still_says_its_guid() -> None:
    status = probed(program_file=None, pid="", package=None, global_xml="missing")
    assert (status["installed"], status["connector_guid"], status["problems"]) == (False, GUID, [])


def test_half_installed_is_told() -> None:
    status = probed(program_file=None, pid="", global_xml="missing")
    assert not status["installed"]
    assert status["problems"] == [
        "half installed: the package is registered with version 1.24.0, but ampdaemon is missing"
    ]
    assert "half installed" in probed(package_state="half-configured")["problems"][0]


def test_sources_that_disagree_are_reported_and_global_xml_decides() -> None:
    status = probed(package="1.25.0-1")
    assert status["version"] == "1.24.0.9"
    assert status["problems"] == ["global.xml says version 1.24.0.9, the package ciscoampconnector says 1.25.0"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("missing", "local.xml is missing"),
        ("unreadable", "local.xml cannot be read"),
        ("too_large", "larger than 1 MiB"),
        (b64(" "), "local.xml is empty"),
        ("empty", "local.xml is empty"),
        (b64("<config><agent>"), "local.xml is damaged or cut off"),
        (b64("<!DOCTYPE x><config/>"), "local.xml declares a document type"),
    ],
)
def test_a_bad_local_xml_is_a_problem_and_the_rest_still_counts(content: str, told: str) -> None:
    status = probed(local_xml=content)
    assert status["connector_guid"] is None
    assert told in status["problems"][0]
    assert (status["installed"], status["running"], status["version"]) == (True, True, "1.24.0.9")


def test_a_bad_global_xml_leaves_the_package_to_say_the_version() -> None:
    status = probed(global_xml=b64("<Signature>"))
    assert status["version"] == "1.24.0"
    assert "global.xml is damaged" in status["problems"][0]


def test_faults_and_degraded_mode_are_sentences() -> None:
    status = probed(ampcli_status=b64("Mode: Degraded\nFaults: 1 Critical\nFault IDs: 3\nID 3 - Critical: no watch"))
    assert status["faults"] == [{"id": 3, "severity": "Critical", "text": "no watch"}]
    assert sentences(status) == ["fault 3 (Critical): no watch", "the connector is in Degraded mode"]


def test_text_of_a_host_is_shown_without_control_characters() -> None:
    status = probed(ampcli_status=b64("Policy: \x1b[2J\u202eevil\nFaults: \x07beep"))
    assert status["policy"]["policy"] == r"\x1b[2J\u202eevil"
    assert sentences(status) == [r"a fault: \x07beep"]


def test_the_service_managers_word_counts_and_a_process_beside_it_is_told() -> None:
    status = probed(pid="", process="4711")
    assert status["running"] is False
    assert status["problems"] == ['the service manager says that the connector is not running, but process "4711" is']
    assert probed(program_file=None, package=None, pid="", process="4711", local_xml="missing")["problems"] == []


def test_orbital_is_told_beside_it() -> None:
    assert probed(orbital="1.32.4-1", orbital_state="active")["orbital"] == {
        "installed": True,
        "version": "1.32.4",
        "running": True,
    }
    assert probed(orbital="1.32.4-1", orbital_state="failed")["orbital"]["running"] is False


def test_an_ampcli_that_hangs_or_fails_is_told() -> None:
    assert probed(ampcli_rc="124")["problems"] == ["ampcli did not answer in time"]
    assert probed(ampcli_rc="1")["problems"] == ['ampcli status ended with "1"']
    assert probed(ampcli_rc="1", pid="")["problems"] == []


def test_a_wait_that_ran_out_is_told() -> None:
    told = probed(**{"await": "running", "awaited": "timeout"})["problems"]
    assert told == ["the connector does not stay running"]
    assert probed(**{"await": "stopped", "awaited": "timeout"})["problems"] == ["the connector does not stop"]


@pytest.mark.parametrize(("awaited", "running"), [("timeout", False), ("reached", True)])
def test_a_service_that_starts_again_and_again_does_not_run(awaited: str, running: bool) -> None:
    """The last look of the probe may catch one of its short lives."""
    assert probed(**{"await": "running", "awaited": awaited}, pid="77")["running"] is running


@pytest.mark.parametrize(
    "output", ["", "probe=1\n", "probe=1\nprogram_file=1\nlocal_xml=abc", "sudo: a password is required"]
)
def test_a_probe_that_was_cut_off_is_an_error_and_not_an_empty_host(output: str) -> None:
    with pytest.raises(ProbeError):
        read_probe(output)


def test_a_probe_that_is_not_root_says_who_it_is() -> None:
    with pytest.raises(ProbeError, match='can only be looked at as root, but tasks run as user "1000"'):
        read_probe("uid=1000\n")


def test_the_findings_about_the_host_leave_out_its_files() -> None:
    found = host_of("uid=0\nprobe=1\nmanager=dnf\nheld=dnf versionlock delete x\nlocal_xml=abc\nend=1\n")
    assert found == {"uid": "0", "probe": "1", "manager": "dnf", "held": "dnf versionlock delete x", "end": "1"}


@given(st.text(max_size=300))
def test_any_output_gives_a_status_or_a_typed_error(text: str) -> None:
    status = judge(
        read_probe(f"probe=1\nprogram_file=1\n{text}\nlocal_xml={b64(text)}\nampcli_status={b64(text)}\nend=1")
    )
    assert all(word.isprintable() for word in [*sentences(status), *status["policy"].values()])


@pytest.mark.parametrize(
    ("status", "wanted", "action"),
    [
        ({"installed": False, "problems": []}, "1.0", "install"),
        ({"installed": False, "problems": ["half installed: x"]}, "1.0", "repair"),
        ({"installed": True, "running": True, "version": "1.0.5"}, "1.0", "none"),
        ({"installed": True, "running": False, "version": "1.0.5"}, "1.0", "start"),
        ({"installed": True, "running": True, "version": "1.0.5"}, "1.1", "upgrade"),
        ({"installed": True, "running": True, "version": None}, "1.1", "repair"),
        ({"installed": True, "version": "1.0", "problems": ["half installed: x"]}, "1.0", "repair"),
    ],
)
def test_what_a_deployment_has_to_do(status: dict[str, Any], wanted: str, action: str) -> None:
    assert decide(status, wanted) == action


def test_a_newer_version_is_accepted_refused_or_replaced() -> None:
    newer = {"installed": True, "running": True, "version": "1.10.0"}
    with pytest.raises(RefusedError, match=r"1\.10\.0 is installed and newer than 1\.9\.0: nothing was touched"):
        decide(newer, "1.9.0", newer="fail")
    assert decide(newer, "1.9.0") == "none"
    assert decide(newer | {"running": False}, "1.9.0") == "start"
    assert decide(newer, "1.9.0", newer="downgrade") == "downgrade"
    with pytest.raises(ValueError, match='newer is "keep"'):
        decide(newer, "1.9.0", newer="keep")
