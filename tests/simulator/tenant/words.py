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
