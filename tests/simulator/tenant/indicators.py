# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The indicators of compromise that the cloud looks for (api-contract 10)."""

from __future__ import annotations

from random import Random
from typing import Any

from .seeds import make_guid

MITRE = {
    "TA0002": "Execution",
    "TA0003": "Persistence",
    "TA0005": "Defense Evasion",
    "TA0011": "Command and Control",
    "T1027": "Obfuscated Files or Information",
    "T1059": "Command and Scripting Interpreter",
    "T1071": "Application Layer Protocol",
    "T1547": "Boot or Logon Autostart Execution",
}

# name, description, tactics, techniques
INDICATORS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("W32.ScriptFetch", "A script host fetched and ran a script.", ("TA0002", "TA0005"), ("T1059", "T1027")),
    ("W32.AutostartPersistence", "A program entered itself into an autostart place.", ("TA0003",), ("T1547",)),
    ("Linux.AutostartPersistence", "A unit file appeared beside a download.", ("TA0003",), ("T1547",)),
    ("W32.OfficeLaunchedShell", "An office program started a shell.", ("TA0002",), ("T1059",)),
    ("Beacon.RegularInterval", "A program called home at regular intervals.", ("TA0011",), ("T1071",)),
    ("Feather", "", (), ()),
    ("Tidepool", "Files were renamed in great number.", (), ()),
    ("Copperhead", "", ("TA0011",), ("T1071",)),
    ("Driftwood", "A package installer ran from a temporary folder.", ("TA0002",), ("T1059",)),
    ("PUA.Quoted", "", (), ()),
)


def make_indicators(seed: int) -> list[dict[str, Any]]:
    """Return the same ones for the same seed; description and mitre are absent on some, as recorded."""
    random = Random(f"indicators {seed}")
    found = []
    for number, (name, description, tactics, techniques) in enumerate(INDICATORS):
        indicator: dict[str, Any] = {"name": f"{name}.ioc", "guid": make_guid(random)}
        if description:
            indicator["description"] = description
        indicator["severity"] = ("Low", "Medium", "High", "Critical")[number % 4]
        if tactics:
            indicator["mitre"] = {
                "tactics": [_mitre("tactics", one) for one in tactics],
                "techniques": [_mitre("techniques", one) for one in techniques],
            }
        indicator["observed_compromises"] = random.choice((0, 0, 0, 1, 4))
        found.append(indicator)
    return found


def _mitre(kind: str, external_id: str) -> dict[str, str]:
    return {
        "external_id": external_id,
        "name": MITRE[external_id],
        "mitre_url": f"https://attack.mitre.org/{kind}/{external_id}",
    }
