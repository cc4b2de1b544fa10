# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read which version of the connector is wanted: one for all hosts, or one for each system (R43)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .._common.text import quoted
from .installers import Host, Installer
from .variables import AnswerError
from .versions import is_version

EVERY_SYSTEM = ""
LINUX = "linux"
NAME = "connector_deploy_version"
_SYSTEM = re.compile(r"[a-z][a-z0-9_.-]{0,63}")


def read_versions(given: object) -> dict[str, str]:
    """Return the wanted version by system; EVERY_SYSTEM is the key of one for all of them.

    `given` is a version, a mapping of systems to versions, or such a mapping as text: `windows=8.2.3 linux=1.27.0`. The
    systems are those of the manifest, or `linux` for every distribution. Raises AnswerError.
    """
    if given is None or given == "":
        return {}
    if isinstance(given, Mapping):
        return {_system(key): _version(value, f"{NAME}[{key}]") for key, value in given.items() if value != ""}
    if not isinstance(given, str) or "=" not in given:
        return {EVERY_SYSTEM: _version(given)}
    pairs = [each.partition("=") for each in given.replace(",", " ").split()]
    return {_system(system): _version(version) for system, _equals, version in pairs}


def version_for(versions: Mapping[str, str], host: Host) -> str:
    """Return the version that `host` is to have by the most exact of its names, or nothing."""
    names = [*host.names, *([LINUX] if host.kind in ("rpm", "deb") else []), EVERY_SYSTEM]
    return next((versions[name] for name in names if name in versions), "")


def _system(key: object) -> str:
    text = str(key).strip().lower()
    if not _SYSTEM.fullmatch(text):
        raise AnswerError(f"{NAME} has the system {quoted(key, 20)}: give windows, macos, linux, or a name as redhat")
    return text


def _version(value: object, name: str = NAME) -> str:
    if isinstance(value, (int, float)):
        raise AnswerError(
            f"{name} is the number {quoted(value, 40)}: YAML reads 1.30 as 1.3, so write the version in quotes"
        )
    text = str(value).strip()
    if not is_version(text):
        raise AnswerError(f"{name} is {quoted(value, 40)}: give numbers joined by dots, such as 8.2.3.30119")
    return text


def check_versions_are_there(versions: Mapping[str, str], manifests: Sequence[Sequence[Installer]]) -> None:
    """Raise AnswerError where a wanted version names a system for which no manifest has an installer."""
    known = {entry.os for manifest in manifests for entry in manifest} | {LINUX, EVERY_SYSTEM}
    missing = sorted(set(versions) - known)
    if missing:
        there = ", ".join(sorted(known - {EVERY_SYSTEM}))
        raise AnswerError(f"{NAME} names {missing[0]}, which is in no manifest; they have {there}")
