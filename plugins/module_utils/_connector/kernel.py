# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide whether a Linux kernel lets the version that goes in protect the host (contract 13, kernel).

Sources: Cisco's TechNotes 215549 and 220216, and its eBPF source, in which CO-RE came with connector 1.25.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._common.text import quoted
from .versions import is_version, padded

CORE_SINCE = "1.25"  # from here on the kernel's type information (BTF) replaces its headers
# The newest kernel for which the packages bring a module of their own: RHEL and Oracle Linux 6 and 7, Amazon Linux 2.
_WITH_MODULE = (4, 14)
_RELEASE = re.compile(r"([0-9]{1,3})\.([0-9]{1,4})")


def kernel_problem(version: str, facts: Mapping[str, Any], found: Mapping[str, str]) -> str:
    """Return why the connector would run without watching files and network, or an empty text.

    `version` is the version that goes in (empty where it is not known yet), `facts` are Ansible's (os_family,
    distribution, distribution_major_version), `found` is what preflight.sh found: `kernel_release`, and `kernel_btf`
    and `kernel_headers` where they are there.
    """
    release = str(found.get("kernel_release") or "")
    if _has_module(release, facts) or "kernel_headers" in found:
        return ""
    needs_headers = is_version(version) and padded(version) < padded(CORE_SINCE)
    if "kernel_btf" in found and not needs_headers:
        return ""
    install = "Install kernel-devel (RPM) or linux-headers (DEB) of this kernel"
    if "kernel_btf" in found:
        return (
            f"Connector {version} is compiled against the headers of kernel {quoted(release)}, which are missing; its"
            f" type information (BTF) counts from connector {CORE_SINCE} on. {install}, or take a newer connector"
        )
    return f"Kernel {quoted(release)} has neither type information for eBPF (BTF) nor its headers. {install}"


def _has_module(release: str, facts: Mapping[str, Any]) -> bool:
    match = _RELEASE.match(release)
    if match is None or (int(match[1]), int(match[2])) > _WITH_MODULE:
        return False
    major = str(facts.get("distribution_major_version") or "")
    if str(facts.get("distribution") or "") == "Amazon":
        return major == "2"
    return str(facts.get("os_family") or "") == "RedHat" and major in ("6", "7")
