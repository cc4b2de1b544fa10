# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sample data that tenants are made of; all of it invented, shaped like what was recorded."""

from __future__ import annotations

from dataclasses import dataclass

PRODUCTS = ("windows", "mac", "linux", "android", "ios", "network")


@dataclass(frozen=True)
class Platform:
    """One operating system as the cloud spells it, and how many of a tenant's computers run it."""

    product: str
    operating_system: str
    os_version: str
    connector_version: str
    prefix: str
    share: int
    server: bool = False


PLATFORMS = (
    Platform("windows", "Windows 10", "10.0.19045.4412", "8.2.3.30119", "PC", 9),
    Platform("windows", "Windows 10 Enterprise", "10.0.17763.5830", "7.5.3.20938", "LTSC", 2),
    Platform("windows", "Windows 11, SP 0.0", "10.0.22631.3593", "8.2.3.30119", "NB", 8),
    Platform("windows", "Windows Server 2016", "10.0.14393.6981", "7.5.3.20938", "SRV16", 2, server=True),
    Platform("windows", "Windows Server 2019", "10.0.17763.5830", "8.0.1.21164", "SRV19", 3, server=True),
    Platform("windows", "Windows Server 2022", "10.0.20348.2461", "8.2.3.30119", "SRV22", 3, server=True),
    Platform("mac", "macOS 13.6.7", "13.6.7", "1.24.1.1008", "mac", 3),
    Platform("mac", "macOS 14.5.0", "14.5.0", "1.24.4.1028", "mbp", 3),
    Platform("linux", "Ubuntu 20.04", "5.15.0-107-generic", "1.24.1.1036", "ubu", 3, server=True),
    Platform("linux", "Ubuntu 22.04", "6.5.0-35-generic", "1.24.1.1036", "ubn", 3, server=True),
    Platform("linux", "Red Hat Enterprise Linux 8.9", "4.18.0-513.el8.x86_64", "1.22.0.977", "rhel", 2, server=True),
    Platform("linux", "Red Hat Enterprise Linux 9.4", "5.14.0-427.el9.x86_64", "1.24.1.1036", "el9", 2, server=True),
    Platform("ios", "iOS 17.4 (iPhone14,5)", "17.4", "1.10.2.48", "iphone", 1),
    Platform("android", "Android 14", "14", "2.6.0.101", "pixel", 1),
)

# name, description, mode, endpoint isolation allowed, products; two policies of one name are two products (normal)
POLICIES: tuple[tuple[str, str, str, bool, tuple[str, ...]], ...] = (
    ("Observe", "Reports malicious files and traffic, blocks nothing.", "audit", False, ("windows", "mac", "linux")),
    ("Guard", "Quarantines malicious files and blocks malicious traffic.", "protect", True, PRODUCTS),
    ("Hunt", "Aggressive engines for computers that are under suspicion.", "protect", True, ("windows", "mac")),
    ("Servers", "For servers: no user interface, no offline engine.", "protect", True, ("windows", "linux")),
    ("Directory Servers", "For domain controllers: small exclusions, no isolation.", "audit", False, ("windows",)),
    ("Kiosk Lockdown", "Locked down workstations in public places.", "protect", True, ("windows",)),
)

# name, description, parent, name of its policies (products without one of that name fall back to Guard)
GROUPS: tuple[tuple[str, str, str | None, str], ...] = (
    ("Protect", "Everything on a desk", None, "Guard"),
    ("Audit", "First to get a new connector", "Protect", "Observe"),
    ("Field Sales", "Notebooks that report days late", "Protect", "Guard"),
    ("Servers", "Everything in a rack", None, "Servers"),
    ("Database Servers", "Behind change windows", "Servers", "Servers"),
    ("Domain Controller", "Never isolate", "Servers", "Directory Servers"),
    ("Triage", "Computers that are being looked at", None, "Hunt"),
    ("Branch North", "Offices in the north", None, "Guard"),
    ("Branch South", "Offices in the south", None, "Guard"),
    ("Kiosk", "Public terminals, north", "Branch North", "Kiosk Lockdown"),
    ("Kiosk", "Public terminals, south", "Branch South", "Kiosk Lockdown"),
    ('Zürich "Labor" & Co', "A name that needs encoding", None, "Guard"),
    ("Unused", "No computers, no children", None, "Guard"),
)

# name, type, in which policies (None: in none at all)
FILE_LISTS: tuple[tuple[str, str, tuple[str, ...] | None], ...] = (
    ("Simple Custom Detection List", "simple_custom_detections", ("Observe", "Guard", "Hunt", "Servers")),
    ("Kiosk Detections", "simple_custom_detections", ("Kiosk Lockdown",)),
    ("Quarterly", "simple_custom_detections", ("Observe",)),
    ("Quarterly", "simple_custom_detections", None),
    ("Blocked Application List", "application_blocking", ("Observe", "Guard", "Hunt", "Servers")),
    ("Unused Blocking", "application_blocking", None),
    ("Allowed Application List", "allowed_applications", ("Observe", "Guard", "Hunt", "Servers")),
)

USERS = ("m.keller", "s.okafor", "CORP\\a.lindqvist", "t.nguyen@corp.example", "Not Available", "root", "j.doe")

DETECTIONS = (
    "W32.Simulated.Loader",
    "Win.Ransomware.Tidepool::tpd",
    "Simulated-Test-Signature",
    "Auto.9C41F0.Feather.in07",
    'PUA.Win.Adware."Quoted Name"',
    "Linux.Miner.Copperhead",
    "Osx.Downloader.Driftwood",
)

FILES = (
    "invoice_7731.exe",
    "updater.dll",
    "readme.scr",
    "holiday photos.zip",
    "setup (1).exe",
    "héllo wörld.js",
    "a.out",
)

PARENTS = ("explorer.exe", "outlook.exe", "winword.exe", "bash", "Finder", "services.exe")

FAULTS = ("Definitions outdated", "Kernel extension not loaded", "Scan engine failed to start")

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

IOS_BUNDLES = ("com.example.mail", "com.example.notes")

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
