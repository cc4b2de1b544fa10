# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vulnerable applications and the computers they ran on, made from the seed when they are first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from . import catalogue
from .tenant import DAY, Tenant, make_sha256

SPAN = int(20 * DAY)


@dataclass
class Vulnerability:
    """One application in one version; `seen` maps the GUID of a computer to the last time it ran there."""

    application: str
    version: str
    filename: str
    sha256: str
    cves: tuple[tuple[str, float], ...]
    seen: dict[str, float] = field(default_factory=dict)


def program_sha256(seed: int, application: str) -> str:
    """The hash of a vulnerable program; the API answers some of them in upper case."""
    digest = make_sha256(Random(f"vulnerable {seed} {application}"))
    return digest.upper() if len(application) % 2 else digest


def make_vulnerabilities(tenant: Tenant, now: float) -> list[Vulnerability]:
    """Every application of the catalogue on a third of the Windows computers, or fewer."""
    found = []
    windows = [guid for guid, computer in tenant.computers.items() if computer.product == "windows"]
    for number, (application, version, filename, cves) in enumerate(catalogue.VULNERABLE):
        digest = program_sha256(tenant.seed, application)
        seen = {
            guid: now - int(guid[-6:], 16) % SPAN
            for guid in windows
            if (int(guid[:8], 16) + number) % (number + 3) == 0
        }
        found.append(Vulnerability(application, version, filename, digest, cves, seen))
    return found
