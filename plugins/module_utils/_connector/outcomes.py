# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say what became of an installation: the sentences of connector_deploy after a failure, and why an end is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .versions import compare

_MOST_TEXT = 1500
_TIMED_OUT = re.compile(r"did not complete within|timed out|timeout exceeded", re.IGNORECASE)
# "Could not run transaction" is dnf's whole word for rpm's lock. It reads what is installed before it waits for that
# lock: where the other one has installed or removed the same package meanwhile, rpm's test of the transaction says so.
_LOCKED = re.compile(
    r"\block(ed)?\b|another (app|process|instance)|could not run transaction"
    r"|transaction test error:\s+package \S+ is (already|not) installed",
    re.IGNORECASE,
)


def is_locked(result: Mapping[str, Any]) -> bool:
    """Return whether a task failed because another package manager is, or was just now, at work."""
    return bool(result.get("failed")) and bool(_LOCKED.search(" ".join(_said(result))))


def failure(result: Mapping[str, Any], status: Mapping[str, Any], seconds: int) -> str:
    """Return what the failed task said and what is on the host now. `seconds` is the time-out of the installer."""
    msg = str(result.get("msg") or "")
    if _TIMED_OUT.search(msg):
        return f"it did not end within {seconds} seconds and was stopped. {left(status)}"
    said = ": ".join(_said({**result, "msg": re.sub(r"^non-zero return code$", "", msg)}, first_stream=True))
    return f"{_shortened(said) or 'it said nothing.'} {left(status)}"


def left(status: Mapping[str, Any]) -> str:
    """Return what is on a host after a failure."""
    problems = [str(problem) for problem in status.get("problems") or ()]
    if not status.get("installed"):
        return "The host is half installed; run the role again to repair it." if problems else "Nothing is installed."
    runs = "runs" if status.get("running") else "does not run"
    also = f" {'; '.join(problems)}." if problems else ""
    return f"Version {status.get('version')} is installed and {runs}.{also}"


def shortcoming(status: Mapping[str, Any], wanted: str, *, newer: str, golden_image: bool, seconds: int) -> str:
    """Return why a finished installation is none, or an empty text where the `wanted` version runs."""
    if not status.get("installed"):
        return f"The installer ended without an error, but no connector is there: {left(status)}"
    version = status.get("version")
    order = compare(str(version), wanted) if version else -1
    if order < 0 or (order > 0 and newer != "accept"):
        return f"The installer ended without an error, but version {version} is installed instead of {wanted}."
    if status.get("running") or golden_image:
        return ""
    return (
        f"Version {version} is installed, but it does not stay running for five seconds within {seconds} seconds."
        " Its log says why: on Linux, journalctl -u cisco-amp."
    )


def plan_shortcoming(
    status: Mapping[str, Any], plan: Mapping[str, Any], *, newer: str, golden_image: bool, seconds: int
) -> str:
    """Return why a finished installation is not what was planned; `plan` is as connector_plan returns it."""
    wanted = plan["installer"]["version"] if plan["installs"] else str(status.get("version") or "0")
    return shortcoming(status, wanted, newer=newer, golden_image=golden_image, seconds=seconds)


def _said(result: Mapping[str, Any], *, first_stream: bool = False) -> list[str]:
    """Return what a task said; of its two streams only the one with the error, where that is asked for."""
    words = [str(result.get(key) or "").strip() for key in ("msg", "stderr", "stdout")]
    words = [word for word in words if word]
    if first_stream and result.get("stderr") and result.get("stdout"):
        words.pop()
    return words


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 3]}..."
