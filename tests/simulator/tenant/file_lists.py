# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file lists of a tenant (api-contract 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from .policies import Policy
from .seeds import make_guid, make_sha256

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


@dataclass(slots=True)
class FileList:
    """One list; `items` maps a lower-case SHA-256 to {description, source}."""

    guid: str
    name: str
    type: str
    items: dict[str, dict[str, Any]] = field(default_factory=dict)


def make_file_lists(random: Random, policies: dict[str, Policy]) -> dict[str, FileList]:
    """Return the lists of a new tenant by GUID; the policies that use one are told."""
    made: dict[str, FileList] = {}
    for name, kind, used_in in FILE_LISTS:
        file_list = FileList(guid=make_guid(random), name=name, type=kind)
        made[file_list.guid] = file_list
        for policy in policies.values():
            if used_in and policy.name in used_in and policy.product in ("windows", "mac", "linux"):
                policy.file_lists.append(file_list.guid)
        for number in range(3 if used_in else 0):
            file_list.items[make_sha256(random)] = _item(number)
    return made


def _item(number: int) -> dict[str, Any]:
    return {
        "description": ("Seen in a phishing wave", "", None)[number],
        "source": (
            "Created by entering SHA-256 via Web from 192.0.2.17.",
            "Created by uploading dropper.exe via Web from 192.0.2.17.",
            "Created by entering SHA-256 via Public api.",
        )[number],
    }
