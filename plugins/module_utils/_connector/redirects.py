# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide where the answer of a download server leads: to a file, once to another place, or nowhere (R44).

A URL of the console enrols hosts, so no sentence here repeats a URL; host names are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from .._common.text import quoted

OK = 200
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Answer:
    """Where to go on: `url` is the place of the file, `problem` why there is none. Exactly one of them is set."""

    url: str = ""
    problem: str = ""


def follow(url: str, status: int, location: str, allowed_hosts: Collection[str]) -> Answer:
    """Return where the file is after the server of `url` answered `status` and, for a redirect, `location`.

    A redirect may lead to the host of `url` or to one of `allowed_hosts`, by https. The caller asks that place once,
    without following anything, and calls `arrived`.
    """
    if status not in REDIRECTS:
        problem = arrived(status)
        return Answer(problem=problem) if problem else Answer(url=url)
    place, parts = _joined(url, location)
    if parts is None or not parts.hostname:
        return Answer(problem=f"the server redirects (HTTP {status}) to an address that is not a URL")
    if parts.scheme != "https" or parts.username is not None:
        return Answer(
            problem=f"the server redirects (HTTP {status}) to {quoted(parts.hostname)} without https or with a password"
        )
    allowed = {host.strip().lower() for host in (*allowed_hosts, urlsplit(url).hostname or "")}
    if parts.hostname.lower() not in allowed:
        return Answer(
            problem=f"the server redirects (HTTP {status}) to a URL on no allowed host, {quoted(parts.hostname)};"
            " add it to the allowed hosts if it is right"
        )
    return Answer(url=place)


def arrived(status: int) -> str:
    """Return why an answer is not the file: an error, or one more redirect. Empty for HTTP 200."""
    if status in REDIRECTS:
        return f"the server redirects a second time (HTTP {status}), which is not followed"
    if status > 0:
        return "" if status == OK else f"the server answered {status}"
    return "the server could not be reached, or its certificate is not trusted"


def _joined(url: str, location: str) -> tuple[str, SplitResult | None]:
    """Return the place that `location` names, which may be relative, whole and in parts."""
    try:
        place = urljoin(url, location)
        parts = urlsplit(place)
        return ("", None) if parts.port == 0 else (place, parts)  # reading a port that is no number raises
    except ValueError:
        return "", None


def downloaded(
    answers: Sequence[Mapping[str, Any]],
    url: str,
    allowed_hosts: Collection[str],
    stat: Mapping[str, Any] | None = None,
    sha256: str = "",
) -> Answer:
    """Judge the download of a target by the results of its tasks, by the same rule as the controller's.

    `answers`: the result of the first request, and of the second one where there was one (uri, win_uri, win_get_url).
    Without `stat` the answer says where to go on. With it, the file's state on the target, `problem` completes "The
    installer ...".
    """
    first = answers[0]
    place = follow(url, _status(first), str(first.get("location") or ""), allowed_hosts)
    problem = place.problem
    for second in answers[1:]:
        if not problem and not second.get("skipped"):
            problem = arrived(_status(second))
    if problem:
        return Answer(problem=f"could not be fetched: {problem}")
    if stat is None:
        return place
    found = stat.get("checksum") if stat.get("exists") else None
    if found is None:
        return Answer(problem="could not be fetched: no file came")
    if sha256 not in ("waived", found):
        return Answer(problem=f"has the SHA-256 {found}, but the manifest says {sha256}")
    return place


def _status(answer: Mapping[str, Any]) -> int:
    """Return the HTTP status of a task's result, 0 where there was no answer."""
    return int(answer.get("status") or answer.get("status_code") or 0)
