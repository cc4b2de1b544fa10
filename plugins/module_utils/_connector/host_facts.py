# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which system a host has from what the probe found, for the systems that need no gathering of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# ID of os-release (see os-release(5)), and what Ansible calls that distribution and its family. Only where the ID alone
# decides: behind `sles` Ansible finds SLES or SLES_SAP, and behind others it reads more files.
_DISTRIBUTIONS = {
    "almalinux": ("AlmaLinux", "RedHat"),
    "amzn": ("Amazon", "RedHat"),
    "centos": ("CentOS", "RedHat"),
    "debian": ("Debian", "Debian"),
    "ol": ("OracleLinux", "RedHat"),
    "rhel": ("RedHat", "RedHat"),
    "rocky": ("Rocky", "RedHat"),
    "ubuntu": ("Ubuntu", "Debian"),
}


def are_enough(facts: Mapping[str, Any]) -> bool:
    """Return whether `ansible_facts` say which system a host has."""
    return "os_family" in facts and "architecture" in facts


def facts_of(host: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts of a host that the probe found; empty where only Ansible can tell them."""
    named = _DISTRIBUTIONS.get(host.get("os_id", ""))
    major, machine = host.get("os_version", "").partition(".")[0], host.get("machine", "")
    if host.get("system") != "Linux" or not named or not major.isdigit() or not machine:
        return {}
    return {
        "system": "Linux",
        "architecture": machine,
        "distribution": named[0],
        "distribution_major_version": major,
        "os_family": named[1],
    }
