# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn what ansible.windows found on a host into the evidence that status.py judges (sources: R40).

The service's image path decides which of several version folders is the installed one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._common.text import quoted
from .versions import is_version, numbers
from .xml_document import LARGEST_FILE

ORBITAL = "CiscoOrbital"
DEFAULT_INSTALL_DIR = "C:\\Program Files\\Cisco\\AMP"
# The drivers of the connector have names that begin with CiscoAMP, too; the service is what runs sfc.exe (contract 13).
_SERVICE = re.compile(r"CiscoAMP(_[0-9][0-9.]*)?", re.IGNORECASE)
_IMAGE = re.compile(r'"?(?:\\\?\?\\|\\\\\?\\)?([A-Za-z]:\\[^"<>|?*]*\\sfc\.exe)"?(?:\s.*)?', re.IGNORECASE)
_VARIABLE = re.compile(r"%([A-Za-z0-9()]{1,40})%")
# Windows' own folders, where an image path names them by a variable of the system.
_FOLDERS = {
    "programfiles": "C:\\Program Files",
    "programw6432": "C:\\Program Files",
    "programfiles(x86)": "C:\\Program Files (x86)",
    "systemdrive": "C:",
}


def windows_evidence(
    services: Sequence[Mapping[str, Any]],
    views: Sequence[Mapping[str, Any]],
    entries: Sequence[Mapping[str, Any]] = (),
    files: Sequence[Mapping[str, Any]] = (),
    local_xml: str = "",
    awaited: str = "",
    before: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the evidence that the answers of ansible.windows amount to.

    These are: win_service_info (`services`), win_reg_stat for `Immunet Protect` in both views and for the uninstall
    `entries`, win_stat for the `paths` that this function returned before, and slurp. `awaited` (running, stopped or
    nothing) is the state that was waited for; `before` are the services a few seconds ago.

    Besides status.py's keys: `paths` (sfc.exe if there is a service, local.xml), `version_dir`, `service_state`,
    `read_entries` (whether the uninstall entries are needed: they tell half an installation and the version where the
    image path does not) and `read_local_xml` (it is there and of a sane size).
    """
    problems: list[str] = []
    service, image = _service(services, problems)
    version_dir = image.rpartition("\\")[0]
    install_dir = _install_dir(views, version_dir, problems)
    local = install_dir + "\\local.xml"
    stats = {str(stat.get("item")): stat.get("stat") or {} for stat in files}
    too_large = int(stats.get(local, {}).get("size") or 0) > LARGEST_FILE
    there = bool(stats.get(local, {}).get("exists"))
    folder_version = version_dir.rpartition("\\")[2]
    displayed = _displayed_version(entries)
    left_over = any(view.get("exists") for view in views)
    if entries and displayed and not service:
        problems.append(f"half installed: Windows lists version {quoted(displayed)}, but there is no service")
    if service and stats and not stats.get(image, {}).get("exists"):
        problems.append(f"half installed: the service is there, but {quoted(image)} is not")
    running = service.get("state") == "started" and not (awaited == "running" and _restarted(service, before))
    if awaited in ("running", "stopped") and running != (awaited == "running"):
        problems.append(f"the connector does not {'stay running' if awaited == 'running' else 'stop'}")
    return {
        "installed": bool(service),
        "running": running,
        "service": service.get("name"),
        "service_state": service.get("state"),
        "generation": ("legacy" if "_" in str(service["name"]) else "current") if service else None,
        "install_dir": install_dir if service or left_over else None,
        "version_dir": version_dir,
        "versions": {
            "the service's image path": folder_version if is_version(folder_version) else "",
            "the uninstall entry": displayed if service else "",
        },
        "reboot_pending": any(_wants_reboot(view) for view in views),
        "orbital": _orbital(services),
        # An empty file is no missing one: the reader tells what is only blank as empty.
        "local_xml": {"error": f"it is larger than {LARGEST_FILE} bytes"} if too_large else local_xml or " " * there,
        "problems": problems,
        "paths": [image, local] if service else [local],
        "read_entries": left_over if not service else not is_version(folder_version),
        "read_local_xml": there and not too_large,
    }


def _service(services: Sequence[Mapping[str, Any]], problems: list[str]) -> tuple[Mapping[str, Any], str]:
    """Return the connector's service and the path of its sfc.exe: of several the running one, then the newest."""
    found = []
    for service in services:
        image = _IMAGE.fullmatch(_expanded(str(service.get("path") or "").strip()))
        if image and _SERVICE.fullmatch(str(service.get("name") or "")):
            version = image.group(1).rpartition("\\")[0].rpartition("\\")[2]
            rank = (service.get("state") == "started", numbers(version) if is_version(version) else ())
            found.append((rank, service, image.group(1)))
    if not found:
        return {}, ""
    _rank, chosen, image_path = max(found, key=lambda each: each[0])
    if len(found) > 1:
        names = ", ".join(sorted(str(service["name"]) for _rank, service, _path in found))
        problems.append(f"there are several services, {quoted(names)}; {quoted(str(chosen['name']))} was taken")
    return chosen, image_path


def _restarted(service: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether another process is the service now: the service manager starts one that dies again."""
    earlier = next((each for each in before if each.get("name") == service.get("name")), service)
    return bool(earlier.get("process_id") != service.get("process_id"))


def _orbital(services: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return whether the service of Orbital is there and runs. Its version is in no place that is known."""
    found = next((service for service in services if str(service.get("name") or "").lower() == ORBITAL.lower()), None)
    return {"installed": bool(found), "version": None, "running": (found or {}).get("state") == "started"}


def _expanded(path: str) -> str:
    return _VARIABLE.sub(lambda variable: _FOLDERS.get(variable[1].lower(), variable[0]), path)


def _install_dir(views: Sequence[Mapping[str, Any]], version_dir: str, problems: list[str]) -> str:
    """Return InstallDir of the registry view that the running version lies in, else of the first view that has one."""
    folders: list[str] = []
    for view in views:
        value = (view.get("properties") or {}).get("InstallDir") or {}
        folder = str(value.get("value") or "").rstrip("\\")
        if folder and folder.lower() not in [known.lower() for known in folders]:
            folders.append(folder)
    if len(folders) > 1:
        problems.append(f"the two registry views name different folders: {quoted(' and '.join(folders), 200)}")
    beside = version_dir.rpartition("\\")[0]
    for folder in folders:
        if beside.lower() == folder.lower():
            return folder
    if folders and beside:
        problems.append(f"the registry names {quoted(folders[0])}, the service lies below {quoted(beside)}")
    return beside or (folders[0] if folders else DEFAULT_INSTALL_DIR)


def _wants_reboot(view: Mapping[str, Any]) -> bool:
    """Return whether Windows must reboot: Reboot is a key (workflows document) or a value other than 0 and empty."""
    if "reboot" in [str(name).lower() for name in view.get("sub_keys") or ()]:
        return True
    values = {str(name).lower(): value for name, value in (view.get("properties") or {}).items()}
    return str((values.get("reboot") or {}).get("value") or "0") not in ("0", "")


def _displayed_version(entries: Sequence[Mapping[str, Any]]) -> str:
    for entry in entries:
        version = str(((entry.get("properties") or {}).get("DisplayVersion") or {}).get("value") or "")
        if entry.get("exists") and version:
            return version
    return ""
