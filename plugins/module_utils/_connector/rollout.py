# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what a survey answers about a roll-out, and check it with every manifest before the first host (R43, R48)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .._common.text import quoted
from .installers import CHANNELS, Installer, ManifestError, read_manifest
from .variables import AnswerError

ANY_FAULT, NO_FAULT = "any", "none"
SEVERITIES = ("critical", "major", "minor")
DEFAULT_BATCHES = ["100%"]
DEFAULT_SEVERITIES = "Critical"
_BATCH = re.compile(r"([0-9]{1,6})(%?)")
_MOST_MANIFEST_PROBLEMS = 5


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


def check_manifests(
    manifests: Mapping[str, object], name: str = "connector_deploy_installers"
) -> list[list[Installer]]:
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


def check_channel(given: object, name: str = "connector_deploy_channel") -> str:
    """Return the channel, `n` where nothing is answered. Raises AnswerError."""
    channel = str(given or CHANNELS[0])
    if channel not in CHANNELS:
        raise AnswerError(f"{name} is {quoted(given, 20)}; it is {' or '.join(CHANNELS)}")
    return channel


def _list_of(given: object) -> list[object]:
    """Return the items of a list, or of its text, with or without brackets and quotes."""
    if given is None:
        return []
    if isinstance(given, str):
        return [part for part in re.split(r"[\s,;\[\]'\"]+", given) if part]
    if isinstance(given, Sequence):
        return list(given)
    return [given]
