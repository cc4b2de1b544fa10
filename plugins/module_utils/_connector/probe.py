# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what roles/connector_status/files/probe.sh prints, one line for each finding, into the evidence that status.py
judges."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from .._common.text import quoted
from .system_extensions import extension_problems

_LINE = re.compile(r"([a-z_]{1,40})=(.*)")
_PACKAGE_VERSION = re.compile(r"(?:[0-9]+:)?([0-9][0-9.]*)(?:[-~+].*)?")
_FILES = {"global_xml", "local_xml", "ampcli_status", "extensions"}  # read_probe unpacks them
_SYSTEMS = {"Linux": "linux", "Darwin": "macos"}  # as uname calls them
_UNREADABLE = {"too_large": "it is larger than 1 MiB", "unreadable": "the host did not let it be read"}


class ProbeError(ValueError):
    """Report a probe that did not come through, or a host for which there is no connector."""


def probe_arguments(options: Mapping[str, Any]) -> list[str]:
    """Return the script's arguments for the options of the module connector_probe.

    `since` among them says how many seconds ago an installation began.
    """
    words = (options["ampcli_timeout"], options["await"], options["await_timeout"], options.get("since", 0))
    return [str(word) for word in words]


def asked_as_root(output: str) -> bool:
    """Return whether the probe went on to look, which it does for root alone."""
    return any(line.strip("\r") == "probe=1" for line in output.splitlines())


def read_lines(output: str) -> dict[str, str]:
    """Return what the probe found, key to value, in text.

    Raises ProbeError where the beginning or the end is missing: a probe that was cut off is not "nothing installed".
    """
    found = _pairs(output)
    if found.get("uid", "0") != "0" and "probe" not in found:
        raise ProbeError(
            f"the connector can only be looked at as root, but tasks run as user {quoted(found['uid'], 20)}: log in as"
            " root, or let ansible_become and its method make it root"
        )
    if found.get("probe") != "1" or found.get("end") != "1":
        raise ProbeError(f"the probe's answer is cut off; it began with {quoted(output)}")
    return found


def _pairs(output: str) -> dict[str, str]:
    lines = (_LINE.fullmatch(line.strip("\r")) for line in output.splitlines())
    return {matched.group(1): matched.group(2).strip() for matched in lines if matched}


def system_of(output: str) -> str:
    """Return linux or macos. Raises ProbeError where the host is neither, or did not say what it is."""
    named = _pairs(output).get("system", "")
    if not named:
        raise ProbeError(f"the probe's answer is cut off; it began with {quoted(output)}")
    if named not in _SYSTEMS:
        raise ProbeError(
            f"there is no connector for {quoted(named, 40)}: Windows, macOS and Linux are known; take this host out of"
            " the play"
        )
    return _SYSTEMS[named]


def host_of(output: str) -> dict[str, str]:
    """Return what the probe found of the host itself. Raises ProbeError."""
    return {key: value for key, value in read_lines(output).items() if key not in _FILES}


def read_probe(output: str) -> dict[str, Any]:
    """Return the evidence for status.py. Raises ProbeError."""
    found = read_lines(output)
    installed, package = found.get("program_file") == "1", _package_version(found.get("package", ""))
    # The process of the last look is one of the short lives of a service that starts again and again.
    restarts = (found.get("await"), found.get("awaited")) == ("running", "timeout")
    running = bool(found.get("pid")) and not restarts
    return {
        "installed": installed,
        "running": running,
        "install_dir": found.get("install_dir") if installed else None,
        "service": found.get("service") if installed else None,
        "generation": found.get("generation") if installed else None,
        "versions": {f"the package {found.get('package_name', '')}".rstrip(): package} if package else {},
        "global_xml": _file(found.get("global_xml", "missing")),
        "local_xml": _file(found.get("local_xml", "missing")),
        "ampcli_status": _text(found.get("ampcli_status", "")),
        "orbital": _orbital(found.get("orbital", ""), found.get("orbital_state", "")),
        "problems": _problems(found, installed, running, package),
    }


def _problems(found: Mapping[str, str], installed: bool, running: bool, package: str) -> list[str]:
    problems = []
    if found.get("awaited") == "timeout":
        awaited = {"running": "stay running", "registered": "get its GUID"}.get(found.get("await", ""), "stop")
        problems.append(f"the connector does not {awaited}")
    if package and not installed:
        problems.append(f"half installed: the package is registered with version {package}, but ampdaemon is missing")
    if found.get("application") and not installed:
        problems.append(f"half installed: {quoted(found['application'])} is there, but the connector's program is not")
    if found.get("process") and installed and not running:
        problems.append(
            f"the service manager says that the connector is not running, but process {quoted(found['process'])} is"
        )
    if found.get("package_state", "") not in ("", "installed"):
        problems.append(f"half installed: the package manager says {quoted(found['package_state'])}")
    if installed:
        problems += extension_problems(_text(found.get("extensions", "")))
    if running and found.get("ampcli_rc") == "124":
        problems.append("ampcli did not answer in time")
    elif running and found.get("ampcli_rc", "0") != "0":
        problems.append(f"ampcli status ended with {quoted(found['ampcli_rc'])}")
    return problems


def _orbital(package: str, state: str) -> dict[str, Any]:
    """Return whether the package cisco-orbital is installed, its version, and whether its service runs."""
    return {"installed": bool(package), "version": _package_version(package) or None, "running": state == "active"}


def _file(value: str) -> object:
    if value in ("", "missing"):
        return ""
    if value == "empty":
        return " "  # the reader tells it as an empty file
    return {"error": _UNREADABLE[value]} if value in _UNREADABLE else value


def _text(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _package_version(value: str) -> str:
    """Version without epoch and release."""
    matched = _PACKAGE_VERSION.fullmatch(value)
    return matched.group(1).rstrip(".") if matched else ""
