# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge the connector's two system extensions on macOS by what `systemextensionsctl list` prints (contract 13)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .._common.text import quoted
from .versions import is_version, numbers

EXTENSIONS: Mapping[str, str] = {
    "com.cisco.endpoint.svc.networkextension": "network extension",
    "com.cisco.endpoint.svc.securityextension": "security extension",
}
_LINE = re.compile(
    r"\s(com\.cisco\.endpoint\.svc\.[a-z]{1,40})\s{1,5}\(([^()]{1,60})\).{0,200}\[([^\[\]]{1,100})\]\s*$"
)


class Extension(NamedTuple):
    """One line of the list: macOS keeps one for each version that it has not yet removed."""

    bundle: str
    version: tuple[int, ...]
    state: str

    @property
    def is_activated(self) -> bool:
        """Return whether macOS counts this version as the one to run, approved or not."""
        return self.state.startswith("activated")


def extension_problems(listed: str) -> list[str]:
    """Return one sentence for each extension that does not run.

    Each is judged by its newest activated line, or, where it has none, by its newest line: after an upgrade the
    old version stays listed as "terminated waiting to uninstall on reboot", in any order. An extension without a
    line is not judged here, for what is missing is a fault that ampcli reports.
    """
    found = list(_extensions(listed))
    problems = []
    for bundle, name in EXTENSIONS.items():
        lines = [one for one in found if one.bundle == bundle]
        if not lines:
            continue
        newest = max(lines, key=lambda one: (one.is_activated, one.version))
        if newest.state != "activated enabled":
            problems.append(
                f"installed but faulty: the {name} ({bundle}) is {quoted(newest.state)}; approve it, best with an MDM"
                " profile before the installation"
            )
    return problems


def _extensions(listed: str) -> Iterator[Extension]:
    for line in listed[:100_000].splitlines():
        if match := _LINE.search(line):
            short = match[2].partition("/")[0].strip()
            yield Extension(match[1], numbers(short) if is_version(short) else (), match[3].strip())
