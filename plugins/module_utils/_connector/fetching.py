# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge what became of one installer's file on the controller, by the results of the tasks that looked and fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .installers import WAIVED

Results = Sequence[Mapping[str, Any]]
_REDIRECTS = (301, 302, 303, 307, 308)


def problem(wanted: Mapping[str, Any], found: Results, asked: Results, followed: Results, came: Results) -> str:
    """Return the rest of the sentence "The installer ...", or nothing where the file may be used. Never repeats a URL.

    `wanted`: {file, cached, sha256}. The four lists are in the same order, one item a distinct file: `stat` of the file
    (its item is the wanted one), the first and the second `uri` call, and `stat` of what they wrote.
    """
    places = [place for place, each in enumerate(found) if each["item"]["file"] == wanted["file"]]
    if not places:
        return "was not looked at on the controller"
    place = places[0]
    if _fits(found[place].get("stat"), str(wanted["sha256"])):
        return ""
    if not wanted["cached"]:
        return _of_path(str(wanted["file"]), found[place].get("stat") or {}, str(wanted["sha256"]))
    return _of_fetch(asked[place], followed[place], came[place].get("stat") or {}, str(wanted["sha256"]))


def _fits(stat: Mapping[str, Any] | None, sha256: str) -> bool:
    return bool(stat and stat.get("exists") and stat.get("isreg")) and sha256 in (WAIVED, (stat or {}).get("checksum"))


def _of_path(file: str, stat: Mapping[str, Any], sha256: str) -> str:
    if not stat.get("exists"):
        return f"is not at {file} on the controller"
    if not stat.get("isreg"):
        return f"is no file: {file} on the controller"
    return _wrong_sum(stat, sha256)


def _of_fetch(asked: Mapping[str, Any], followed: Mapping[str, Any], stat: Mapping[str, Any], sha256: str) -> str:
    if asked.get("skipped"):
        return "is not in the cache yet"
    status = int(asked.get("status") or 0)
    if status in _REDIRECTS:
        if followed.get("skipped"):
            return (
                f"could not be fetched: the server points ({status}) to a place without https or on no allowed host; "
                "name its host in connector_deploy_allowed_hosts if it is right"
            )
        status = int(followed.get("status") or 0)
        if status in _REDIRECTS:
            return "could not be fetched: the place that the server points to points elsewhere again"
    if status != 200:
        unreachable = "the server could not be reached, or its certificate is not trusted"
        said = f"the server answered {status}" if status > 0 else unreachable
        return f"could not be fetched: {said}"
    return "" if _fits(stat, sha256) else _wrong_sum(stat, sha256)


def _wrong_sum(stat: Mapping[str, Any], sha256: str) -> str:
    return f"has the SHA-256 {stat.get('checksum')}, but the manifest says {sha256}"
