# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible.windows found decides which connector is the installed one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.status import judge
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._connector.windows import windows_evidence

ROOT = "C:\\Program Files\\Cisco\\AMP"
NOWHERE: dict[str, Any] = {"exists": False}


def service(version: str, name: str = "CiscoAMP", state: str = "started", path: str = "") -> dict[str, Any]:
    return {"name": name, "state": state, "path": path or f'"{ROOT}\\{version}\\sfc.exe"'}


def view(folder: str = ROOT + "\\", *, sub_keys: tuple[str, ...] = (), **values: Any) -> dict[str, Any]:
    properties = {"InstallDir": {"value": folder}, **{name: {"value": value} for name, value in values.items()}}
    return {"exists": True, "properties": properties, "sub_keys": list(sub_keys)}


def entry(version: str) -> dict[str, Any]:
    return {"exists": True, "properties": {"DisplayVersion": {"value": version}}}


def files(*present: str, size: int = 100) -> list[dict[str, Any]]:
    return [{"item": path, "stat": {"exists": True, "size": size}} for path in present]


def test_the_image_path_decides_among_several_version_folders() -> None:
    evidence = windows_evidence([service("8.2.3.30119")], [view(), NOWHERE])
    assert evidence["version_dir"] == ROOT + "\\8.2.3.30119"
    assert evidence["paths"] == [ROOT + "\\8.2.3.30119\\sfc.exe", ROOT + "\\local.xml"]
    assert (judge(evidence)["version"], evidence["generation"]) == ("8.2.3.30119", "current")


def test_the_old_generation_carries_its_version_in_the_service_name() -> None:
    evidence = windows_evidence([service("7.2.7", "CiscoAMP_7.2.7")], [NOWHERE, view()])
    assert (evidence["generation"], evidence["service"], evidence["problems"]) == ("legacy", "CiscoAMP_7.2.7", [])


def test_drivers_and_other_programs_are_not_the_service() -> None:
    driver = {"name": "CiscoAMPCEFWDriver", "state": "started", "path": "\\SystemRoot\\System32\\Drivers\\x.sys"}
    other = service("8.2.3.30119", path="C:\\Windows\\evil.exe")
    driver_beside = service("8.2.3.30119", name="CiscoAMP_ELAM")
    assert not windows_evidence([driver_beside], [view()])["installed"]
    assert windows_evidence([driver, other], [NOWHERE, NOWHERE])["installed"] is False


@pytest.mark.parametrize(
    "path",
    [
        f"{ROOT}\\7.2.7\\sfc.exe",
        f'"{ROOT}\\7.2.7\\SFC.EXE"',
        f'"{ROOT}\\7.2.7\\sfc.exe" -service',
        f"\\??\\{ROOT}\\7.2.7\\sfc.exe",
        f'"\\??\\{ROOT}\\7.2.7\\sfc.exe" -service',
        f"\\\\?\\{ROOT}\\7.2.7\\sfc.exe",
        "%ProgramFiles%\\Cisco\\AMP\\7.2.7\\sfc.exe",
        '"%SystemDrive%\\Program Files\\Cisco\\AMP\\7.2.7\\sfc.exe"',
    ],
)
def test_an_image_path_may_be_quoted_or_have_arguments(path: str) -> None:
    assert windows_evidence([service("", path=path)], [view()])["version_dir"] == ROOT + "\\7.2.7"


def test_of_two_services_the_running_one_is_taken_and_both_are_told() -> None:
    both = [service("8.2.3.30119", state="stopped"), service("7.2.7", "CiscoAMP_7.2.7")]
    evidence = windows_evidence(both, [view()])
    assert evidence["service"] == "CiscoAMP_7.2.7"
    assert "several services" in evidence["problems"][0]


def test_of_two_stopped_services_the_newer_is_taken_by_number() -> None:
    both = [service("7.10.1", "CiscoAMP_7.10.1", "stopped"), service("7.9.3", "CiscoAMP_7.9.3", "stopped")]
    assert windows_evidence(both, [view()])["service"] == "CiscoAMP_7.10.1"


def test_the_view_that_holds_the_running_version_wins_and_the_other_is_told() -> None:
    evidence = windows_evidence([service("7.2.7")], [view("D:\\AMP\\"), view()])
    assert evidence["install_dir"] == ROOT
    assert "registry views" in evidence["problems"][0]


def test_without_registry_the_service_says_the_folder_and_without_both_it_is_the_default() -> None:
    moved = service("", path="D:\\AMP\\8.0.1.21164\\sfc.exe")
    assert windows_evidence([moved], [NOWHERE, NOWHERE])["install_dir"] == "D:\\AMP"
    nothing = windows_evidence([], [NOWHERE, NOWHERE])
    assert (nothing["installed"], nothing["install_dir"]) == (False, None)
    assert nothing["paths"] == [ROOT + "\\local.xml"]
    assert judge(nothing)["problems"] == []


def test_a_folder_that_is_no_version_asks_for_the_uninstall_entry() -> None:
    renamed = [service("", path=f"{ROOT}\\current\\sfc.exe")]
    assert windows_evidence(renamed, [view()])["read_entries"] is True
    assert judge(windows_evidence(renamed, [view()], [entry("8.1.3.21242")]))["version"] == "8.1.3.21242"
    assert windows_evidence([service("7.2.7")], [view()])["read_entries"] is False


def test_an_uninstall_entry_without_a_service_is_half_an_installation() -> None:
    evidence = windows_evidence([], [view()], [NOWHERE, entry("7.2.7")])
    assert "half installed" in evidence["problems"][0]


def test_kept_configuration_is_not_half_an_installation() -> None:
    evidence = windows_evidence([], [view()], [NOWHERE, NOWHERE], files(ROOT + "\\local.xml"))
    assert (evidence["problems"], evidence["installed"], evidence["read_local_xml"]) == ([], False, True)


def test_a_service_whose_program_is_gone_is_half_an_installation() -> None:
    evidence = windows_evidence([service("7.2.7", state="stopped")], [view()], files=files(ROOT + "\\local.xml"))
    assert "half installed" in evidence["problems"][0]


@pytest.mark.parametrize(
    ("found", "pending"),
    [
        (view(sub_keys=("Reboot",)), True),
        (view(Reboot=1), True),
        (view(reboot="yes"), True),
        (view(Reboot=0), False),
        (view(), False),
        (NOWHERE, False),
    ],
)
def test_reboot_is_a_key_or_a_value(found: dict[str, Any], pending: bool) -> None:
    assert windows_evidence([], [NOWHERE, found])["reboot_pending"] is pending


def test_an_empty_local_xml_is_told_as_empty_and_a_missing_one_as_missing() -> None:
    there = files(f"{ROOT}\\7.2.7\\sfc.exe", ROOT + "\\local.xml", size=0)
    empty = windows_evidence([service("7.2.7")], [view()], files=there, local_xml="")
    assert judge(empty)["problems"] == ["local.xml is empty"]
    missing = windows_evidence([service("7.2.7")], [view()], files=there[:1])
    assert judge(missing)["problems"] == ["local.xml is missing"]


def test_a_huge_local_xml_is_not_read_but_told() -> None:
    evidence = windows_evidence(
        [service("7.2.7")], [view()], files=files(f"{ROOT}\\7.2.7\\sfc.exe", ROOT + "\\local.xml", size=2_000_000)
    )
    assert evidence["read_local_xml"] is False
    assert any("larger" in problem for problem in judge(evidence)["problems"])


@pytest.mark.parametrize(("process", "running"), [(4711, True), (4712, False)])
def test_a_service_that_was_started_anew_between_two_looks_does_not_run(process: int, running: bool) -> None:
    now = service("7.2.7") | {"process_id": process}
    before = [service("7.2.7") | {"process_id": 4711}]
    evidence = windows_evidence([now], [view()], awaited="running", before=before)
    assert (evidence["running"], evidence["problems"]) == (
        running,
        [] if running else ["the connector does not stay running"],
    )
    assert windows_evidence([now], [view()], before=before)["running"]


@pytest.mark.parametrize(
    ("awaited", "state", "told"), [("running", "stopped", "stay running"), ("stopped", "started", "stop")]
)
def test_a_state_that_was_waited_for_in_vain_is_told(awaited: str, state: str, told: str) -> None:
    evidence = windows_evidence([service("7.2.7", state=state)], [view()], awaited=awaited)
    assert told in evidence["problems"][0]
