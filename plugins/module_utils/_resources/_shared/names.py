# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the names that people write to the ids that the cloud takes: exactly one, or a refusal that helps.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ..._api.errors import Refused
from ..._common.text import quoted

MOST_CANDIDATES = 10


class Named(NamedTuple):
    """Something of the tenant with the id that requests take."""

    id: str
    name: str


def ids_of(names: Iterable[str], known: Collection[Named], what: str) -> dict[str, str]:
    """Each of `names` with its id. Exact and case-sensitive, for the cloud's own filters may match prefixes.

    Raises Refused for all unknown and ambiguous names at once; `what` is the plural, such as "groups".
    """
    by_name: dict[str, list[str]] = {}
    for candidate in known:
        by_name.setdefault(candidate.name, []).append(candidate.id)
    found: dict[str, str] = {}
    problems: list[str] = []
    for name in dict.fromkeys(names):
        ids = sorted(set(by_name.get(name, [])))
        if len(ids) == 1:
            found[name] = ids[0]
        elif ids:
            problems.append(f"{len(ids)} {what} are named {quoted(name)}: give one of the ids {', '.join(ids)}")
        else:
            problems.append(f"no {what} are named {quoted(name)}{_candidates(name, by_name)}")
    if problems:
        text = "; ".join(problems)
        raise Refused(f"{text[0].upper()}{text[1:]}. Nothing was changed.")
    return found


def _candidates(name: str, by_name: Mapping[str, list[str]]) -> str:
    from difflib import get_close_matches  # paid for by refusals only

    lowered = {candidate.lower(): candidate for candidate in by_name}
    close = get_close_matches(name.lower(), lowered, n=MOST_CANDIDATES, cutoff=0.5)
    close += [candidate for candidate in lowered if name.lower() in candidate and candidate not in close]
    if close:
        listed = (f"{quoted(lowered[candidate])} ({', '.join(by_name[lowered[candidate]])})" for candidate in close)
        return f" (names like it: {', '.join(list(listed)[:MOST_CANDIDATES])})"
    some = sorted(by_name)[:MOST_CANDIDATES]
    return (
        f" (there are: {', '.join(map(quoted, some))}{' and more' if len(by_name) > len(some) else ''})" if some else ""
    )
