# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vulnerable applications and the computers they ran on, made from the seed when they are first asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from .seeds import DAY, make_sha256
from .tenant import Tenant

SPAN = int(20 * DAY)
VULNERABLE = (
    ("Foxglove PDF Reader", "9.0.1", "FoxglovePDF.exe", (("CVE-2018-14442", 8.8), ("CVE-2018-9958", 8.8))),
    ("Harbour Browser", "61.0", "harbour.exe", (("CVE-2018-12359", 8.8),)),
    (
        "Lantern Office",
        "2013",
        "LANTERN.EXE",
        (("CVE-2017-11882", 7.8), ("CVE-2017-0199", 7.8), ("CVE-2018-0802", 7.8)),
    ),
    ("Orchard Runtime Environment", "8.0.181", "orchardw.exe", (("CVE-2018-3183", 9.0),)),
    ("Zipper", "16.04", "zipper.exe", (("CVE-2017-17969", 7.8),)),
)


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
    """Return the hash of a vulnerable program; the API answers some of them in upper case."""
    digest = make_sha256(Random(f"vulnerable {seed} {application}"))
    return digest.upper() if len(application) % 2 else digest


def make_vulnerabilities(tenant: Tenant, now: float) -> list[Vulnerability]:
    """Every application of the catalogue on a third of the Windows computers, or fewer."""
    found = []
    windows = [guid for guid, computer in tenant.computers.items() if computer.product == "windows"]
    for number, (application, version, filename, cves) in enumerate(VULNERABLE):
        digest = program_sha256(tenant.seed, application)
        seen = {
            guid: now - int(guid[-6:], 16) % SPAN
            for guid in windows
            if (int(guid[:8], 16) + number) % (number + 3) == 0
        }
        found.append(Vulnerability(application, version, filename, digest, cves, seen))
    return found
