# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide from the status what a deployment has to do to a host, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._common.text import quoted
from .versions import compare

NONE, START, INSTALL, UPGRADE, DOWNGRADE, REPAIR = "none", "start", "install", "upgrade", "downgrade", "repair"


NEWER = ("accept", "fail", "downgrade")


class RefusedError(ValueError):
    """Report that the host has a newer version, which must stay."""


def decide(status: Mapping[str, Any], wanted: str, *, newer: str = "accept") -> str:
    """Return what to do with a host: one of none, start, install, upgrade, downgrade and repair.

    `status` is the host's, `wanted` the version of the manifest. A connector that is half installed, or whose version
    is not known, is repaired by installing over it. A newer version than the wanted one, which a policy's product
    update brings, is accepted, refused (`fail`) or replaced (`downgrade`), as `newer` says. Raises RefusedError.
    """
    if newer not in NEWER:
        raise ValueError(f"newer is {quoted(newer, 20)}; it is one of {', '.join(NEWER)}")
    if any("half installed" in str(problem) for problem in status.get("problems") or ()):
        return REPAIR
    if not status.get("installed"):
        return INSTALL
    version = status.get("version")
    if not version:
        return REPAIR
    order = compare(str(version), wanted)
    if order > 0 and newer == "fail":
        raise RefusedError(
            f"version {version} is installed and newer than {wanted}: nothing was touched. Choose another version or"
            " channel, or set connector_deploy_newer to accept or downgrade."
        )
    if order > 0 and newer == "downgrade":
        return DOWNGRADE
    if order < 0:
        return UPGRADE
    return NONE if status.get("running") else START
