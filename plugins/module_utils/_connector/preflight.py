# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check what an installation needs of a Linux or macOS host before anything is copied (R47)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .actions import REPAIR
from .installers import Installer
from .kernel import kernel_problem

_MANAGERS = {"rpm": ("dnf", "yum", "zypper"), "deb": ("apt-get",)}
_SIGNATURE_TOOLS = {"rpm": "rpmkeys", "deb": "debsig-verify"}
# What device management has to install before the connector, or it is installed and faulty (contract 13, macOS).
_PROFILES = {
    "com.apple.system-extension-policy": "system extensions",
    "com.apple.webcontent-filter": "content filter",
    "com.apple.TCC.configuration-profile-policy": "full disk access",
}


class PreflightError(ValueError):
    """Report what makes the installation impossible; the text is a sentence without its full stop."""


@dataclass(frozen=True)
class Preflight:
    """`free_mb` megabytes must be free; `kernel` is fail, warn or skip; `space_only` is for hosts without Python."""

    free_mb: int = 2048
    kernel: str = "fail"
    space_only: bool = False


def check_target(
    installer: Installer,
    kind: str,
    action: str,
    facts: Mapping[str, Any],
    status: Mapping[str, Any],
    found: Mapping[str, str],
    preflight: Preflight,
) -> list[str]:
    """Return what may make the connector faulty. Raises PreflightError for what makes the installation impossible.

    `found` is what the probe of connector_status found; Windows has none and is checked by its own tasks.
    """
    if not found:
        return []
    _check_space(found, preflight)
    if preflight.space_only:
        return []
    if kind == "dmg":
        return _missing_profiles(found) if preflight.kernel != "skip" else []
    _check_package_manager(installer, kind, action, status, found)
    problem = kernel_problem(installer.version, facts, found) if preflight.kernel != "skip" else ""
    if problem and preflight.kernel == "fail":
        raise PreflightError(f"{problem}, or set connector_deploy_preflight to warn")
    return [problem] if problem else []


def _check_space(found: Mapping[str, str], preflight: Preflight) -> None:
    opt, temporary = (int(found.get(name) or 0) for name in ("opt_mb", "tmp_mb"))
    if min(opt, temporary) < preflight.free_mb:
        raise PreflightError(
            f"There are {opt} MB free for /opt/cisco/amp and {temporary} MB for temporary files, but"
            f" connector_deploy_minimum_free_mb wants {preflight.free_mb}"
        )


def _check_package_manager(
    installer: Installer, kind: str, action: str, status: Mapping[str, Any], found: Mapping[str, str]
) -> None:
    manager, tool = found.get("manager") or "unknown", _SIGNATURE_TOOLS[kind]
    if manager not in _MANAGERS[kind]:
        raise PreflightError(f"The package manager of this host is {manager}, which cannot install a {kind}")
    if installer.signature == "required" and f"has_{tool.replace('-', '_')}" not in found:
        raise PreflightError(
            f"{tool} is missing, so the signature of the package cannot be checked: install it, or set the installer's"
            " signature to waived"
        )
    if "held" in found and action != REPAIR:
        raise PreflightError(
            f"The package ciscoampconnector is held at version {status.get('version')} on this host: to change it,"
            f" release it with {found['held']}"
        )


def _missing_profiles(found: Mapping[str, str]) -> list[str]:
    """Name the profiles of device management that are not installed; nothing where the Mac cannot say."""
    if "profiles" not in found:
        return []
    there = found["profiles"].split()
    missing = [what for payload, what in _PROFILES.items() if payload not in there]
    if not missing:
        return []
    return [
        f"Device management has not installed a profile for {', '.join(missing)}, so a person has to approve each on"
        " this Mac"
    ]
