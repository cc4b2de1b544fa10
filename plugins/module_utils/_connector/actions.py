# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deployment has to do to a host: decided from the status before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .versions import compare

NONE, START, INSTALL, UPGRADE, DOWNGRADE, REPAIR = "none", "start", "install", "upgrade", "downgrade", "repair"


class RefusedError(ValueError):
    """What was asked for would do harm."""


def decide(status: Mapping[str, Any], wanted: str, *, allow_downgrade: bool = False) -> str:
    """One of none, start, install, upgrade, downgrade and repair for a host with this `status` and the `wanted`
    version.

    A connector that is half installed, or whose version nothing tells, is repaired by installing over it. Raises
    RefusedError where the installed version is newer and that was not allowed.
    """
    if not status.get("installed"):
        half = any("half installed" in str(problem) for problem in status.get("problems") or ())
        return REPAIR if half else INSTALL
    if any("half installed" in str(problem) for problem in status.get("problems") or ()):
        return REPAIR
    version = status.get("version")
    if not version:
        return REPAIR
    order = compare(str(version), wanted)
    if order > 0 and not allow_downgrade:
        raise RefusedError(
            f"version {version} is installed and newer than {wanted}: nothing was touched. "
            "Choose another version or channel, or allow the downgrade."
        )
    if order:
        return DOWNGRADE if order > 0 else UPGRADE
    return NONE if status.get("running") else START
