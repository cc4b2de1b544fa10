# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what a survey answers about a roll-out, and check it with every manifest before the first host (R43, R48)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from .._common.text import printable, quoted
from .installers import CHANNELS, Host, Installer, ManifestError, read_manifest
from .versions import is_version

EVERY_SYSTEM = ""
LINUX = "linux"
ANY_FAULT, NO_FAULT = "any", "none"
SEVERITIES = ("critical", "major", "minor")
DEFAULT_BATCHES = ["100%"]
DEFAULT_SEVERITIES = "Critical"
# What the playbooks for connectors take; a misspelt one would be a roll-out that nobody asked for.
FROM_INVENTORY = frozenset(
    f"connector_{name}" for name in ("installers", "cache_dir", "allowed_hosts", "switches", "cloud")
)
# What a person answers, so each has a question in playbooks/surveys.
ANSWERS = frozenset(
    f"connector_{name}"
    for name in (
        *(
            "hosts",
            "batch",
            "strategy",
            "max_failed",
            "fail_on_faults",
            "version",
            "channel",
            "report",
            "newer",
            "proxy",
        ),
        *("profile", "ui", "golden_image", "verify_cloud", "group", "move_to_group"),
        *("keep_configuration", "remove_computer", "remove_orbital", "orbital_product", "password"),
        *("state", "snapshot", "snapshot_dir", "debug_log", "clear_cache", "reboot"),
    )
)
VARIABLES = FROM_INVENTORY | ANSWERS
# Variables of the roles, and facts that the playbooks set.
_OTHERS = re.compile(
    r"connector_((deploy|upgrade|uninstall|status|service|troubleshoot|failed)_.*|rollout|fleet|job|sums_up|manifest|guid)"
)
_BATCH = re.compile(r"([0-9]{1,6})(%?)")
_SYSTEM = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_MOST_MANIFEST_PROBLEMS = 5


class AnswerError(ValueError):
    """Report an answer that cannot be understood: which variable, what it says, and what it may say."""


def read_batches(given: object, name: str = "connector_batch") -> list[int | str]:
    """Return the batches of a roll-out as the keyword `serial` takes them.

    `given` is a number, a percentage, a list of them, or such a list as text, as a survey gives it: `1,5,20%`. Nothing
    is all hosts at once. The last batch is repeated until no host is left. Raises AnswerError.
    """
    answers = _list_of(given)
    return [_batch(answer, name) for answer in answers] or list(DEFAULT_BATCHES)


def _batch(answer: object, name: str) -> int | str:
    found = None if isinstance(answer, (bool, float)) else _BATCH.fullmatch(str(answer).strip())
    number = int(found[1]) if found else 0
    if not found or not number or (found[2] and number > 100):
        raise AnswerError(
            f"{name} has the batch {quoted(answer, 20)}: give numbers of hosts or percentages of 1% to 100%, such as"
            " 1,5,20%"
        )
    return f"{number}%" if found[2] else number


def read_versions(given: object, name: str = "connector_version") -> dict[str, str]:
    """Return the wanted version by system; EVERY_SYSTEM is the key of one for all of them.

    `given` is a version, a mapping of systems to versions, or such a mapping as text: `windows=8.2.3 linux=1.27.0`. The
    systems are those of the manifest, or `linux` for every distribution. Raises AnswerError.
    """
    if given is None or given == "":
        return {}
    if isinstance(given, Mapping):
        return {_system(key, name): _version(value, f"{name}[{key}]") for key, value in given.items() if value != ""}
    if not isinstance(given, str) or "=" not in given:
        return {EVERY_SYSTEM: _version(given, name)}
    pairs = [each.partition("=") for each in given.replace(",", " ").split()]
    return {_system(system, name): _version(version, name) for system, _equals, version in pairs}


def version_for(versions: Mapping[str, str], host: Host) -> str:
    """Return the version that `host` is to have by the most exact of its names, or nothing."""
    names = [*host.names, *([LINUX] if host.kind in ("rpm", "deb") else []), EVERY_SYSTEM]
    return next((versions[name] for name in names if name in versions), "")


def _system(key: object, name: str) -> str:
    text = str(key).strip().lower()
    if not _SYSTEM.fullmatch(text):
        raise AnswerError(f"{name} has the system {quoted(key, 20)}: give windows, macos, linux, or a name as redhat")
    return text


def _version(value: object, name: str) -> str:
    if isinstance(value, (int, float)):
        raise AnswerError(
            f"{name} is the number {quoted(value, 40)}: YAML reads 1.30 as 1.3, so write the version in quotes"
        )
    text = str(value).strip()
    if not is_version(text):
        raise AnswerError(f"{name} is {quoted(value, 40)}: give numbers joined by dots, such as 8.2.3.30119")
    return text


def read_severities(given: object, name: str = "connector_fail_on_faults") -> frozenset[str]:
    """Return the severities of faults that stop a roll-out, in lower case; ANY_FAULT alone stands for all of them.

    `given` is one severity, a list, or a list as text; nothing is Critical, `none` stops at no fault.
    Raises AnswerError.
    """
    answers = [str(answer).strip().lower() for answer in _list_of(given)] or [DEFAULT_SEVERITIES.lower()]
    wrong = next((answer for answer in answers if answer not in (*SEVERITIES, ANY_FAULT, NO_FAULT)), None)
    if wrong is not None or (NO_FAULT in answers and len(answers) > 1):
        raise AnswerError(
            f"{name} has {quoted(wrong or NO_FAULT, 20)}: give Critical, Major and Minor, or any, or none"
        )
    return frozenset(answers)


def faults_that_stop(faults: Sequence[Mapping[str, Any]], severities: frozenset[str]) -> list[Mapping[str, Any]]:
    """Return the faults of these severities. A fault whose severity ampcli does not name counts as the worst."""
    if NO_FAULT in severities:
        return []
    return [
        fault
        for fault in faults
        if ANY_FAULT in severities or not fault.get("severity") or str(fault["severity"]).lower() in severities
    ]


def check_manifests(manifests: Mapping[str, object], name: str = "connector_installers") -> list[list[Installer]]:
    """Check the manifest of every host, each distinct one once, and return them. Hosts of a group share one.

    Raises ManifestError with the entry that is wrong and the first host that has it, for several manifests at once.
    """
    hosts_of: list[tuple[object, list[str]]] = []
    for host, manifest in manifests.items():
        known = next((hosts for one, hosts in hosts_of if one is manifest or one == manifest), None)
        if known is None:
            hosts_of.append((manifest, [host]))
        else:
            known.append(host)
    problems, checked = [], []
    for manifest, hosts in hosts_of:
        try:
            checked.append(read_manifest(manifest, name) if manifest is not None else [])
            if manifest is None:
                raise ManifestError(f"{name} is not defined")
        except ManifestError as error:
            others = f" and {len(hosts) - 1} more" if len(hosts) > 1 else ""
            problems.append(f"{error} (host {quoted(hosts[0])}{others})")
    if problems:
        more = (
            f"; and {len(problems) - _MOST_MANIFEST_PROBLEMS} more" if len(problems) > _MOST_MANIFEST_PROBLEMS else ""
        )
        raise ManifestError("; ".join(problems[:_MOST_MANIFEST_PROBLEMS]) + more)
    return checked


def check_names(names: Iterable[str]) -> None:
    """Raise AnswerError for a name that begins with `connector_` and that no playbook or role knows."""
    unknown = sorted(
        name
        for name in names
        if name.startswith("connector_") and name not in VARIABLES and not _OTHERS.fullmatch(name)
    )
    if unknown:
        alike = get_close_matches(unknown[0], VARIABLES, n=1)
        hint = f"; did you mean {alike[0]}?" if alike else f"; known are {', '.join(sorted(VARIABLES))}"
        raise AnswerError(f"{printable(unknown[0], 80)} is no variable of the playbooks for connectors{hint}")


def check_channel(given: object, name: str = "connector_channel") -> str:
    """Return the channel, `n` where nothing is answered. Raises AnswerError."""
    channel = str(given or CHANNELS[0])
    if channel not in CHANNELS:
        raise AnswerError(f"{name} is {quoted(given, 20)}; it is {' or '.join(CHANNELS)}")
    return channel


def check_versions_are_there(versions: Mapping[str, str], manifests: Sequence[Sequence[Installer]]) -> None:
    """Raise AnswerError where a wanted version names a system for which no manifest has an installer."""
    known = {entry.os for manifest in manifests for entry in manifest} | {LINUX, EVERY_SYSTEM}
    missing = sorted(set(versions) - known)
    if missing:
        there = ", ".join(sorted(known - {EVERY_SYSTEM}))
        raise AnswerError(f"connector_version names {missing[0]}, which is in no manifest; they have {there}")


def _list_of(given: object) -> list[object]:
    """Return the items of a list, or of its text, with or without brackets and quotes."""
    if given is None:
        return []
    if isinstance(given, str):
        return [part for part in re.split(r"[\s,;\[\]'\"]+", given) if part]
    if isinstance(given, Sequence):
        return list(given)
    return [given]
