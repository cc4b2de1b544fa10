# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find things of the tenant by the ids and names that people write: exactly one each, or a refusal that helps.

This file is private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from ..._api.errors import Refused
from ..._common.ids import is_guid
from ..._common.text import quoted

MOST_CANDIDATES = 10
COMPARED = 20_000  # names that are compared with one that is unknown: more would take seconds

Key = Callable[[str], str]
EXACT: tuple[Key, ...] = (str,)
ANY_CASE: tuple[Key, ...] = (str.casefold,)
EXACT_THEN_ANY_CASE: tuple[Key, ...] = (str, str.casefold)


class Named(NamedTuple):
    """Something of the tenant with the id that requests take."""

    id: str
    name: str


class Found(NamedTuple):
    """`found` maps each text as it was given to what it names, in the order given; `missing` are those without one."""

    found: dict[str, Named]
    missing: tuple[str, ...]


class Names:
    """The things of one kind that were read, to be found by id or by name.

    `plural` is the kind's word in messages, such as "groups". `keys` say how names compare: where the first finds
    nothing, the next is tried. Exact names are the default, for the cloud's own filters may match prefixes.
    Candidates are shown in the order of `known`.
    `describe` says of an id what tells it apart from others of its name; it is called for ambiguous names only.
    """

    def __init__(
        self,
        plural: str,
        known: Iterable[Named],
        *,
        keys: Sequence[Key] = EXACT,
        describe: Callable[[str], str] = lambda _id: "",
    ) -> None:
        self._plural = plural
        self._keys = keys
        self._describe = describe
        self._by_id = {one.id: one for one in known}
        self._by_name: list[dict[str, list[Named]]] = [{} for _key in keys]
        for one in self._by_id.values():
            for key, by_name in zip(keys, self._by_name, strict=True):
                by_name.setdefault(key(one.name), []).append(one)

    def find(self, texts: Iterable[str]) -> Found:
        """Return what each id or name stands for. Raises Refused for all names that several things have, at once."""
        found: dict[str, Named] = {}
        missing: list[str] = []
        problems: list[str] = []
        for text in dict.fromkeys(texts):
            candidates = self._candidates(text)
            if len(candidates) == 1:
                found[text] = candidates[0]
            elif candidates:
                problems.append(self._ambiguity(text, candidates))
            else:
                missing.append(text)
        if problems:
            problems += self._unknown(missing, self._by_id.values())
            raise refusal(problems)
        return Found(found, tuple(missing))

    def resolve(self, texts: Iterable[str]) -> dict[str, Named]:
        """Return what each id or name stands for. Raises Refused for all unknown and ambiguous ones at once."""
        found, missing = self.find(texts)
        if missing:
            raise self.refusal_of(missing)
        return found

    def refusal_of(self, missing: Sequence[str], near: Iterable[Named] = ()) -> Refused:
        """Return the error for texts that name nothing, with names like them; `near` are further ones to compare."""
        return refusal(self._unknown(missing, [*self._by_id.values(), *near]))

    def _candidates(self, text: str) -> list[Named]:
        by_id = self._by_id.get(text.lower())
        if by_id:
            return [by_id]
        named = (by_name.get(key(text), []) for key, by_name in zip(self._keys, self._by_name, strict=True))
        return next(filter(None, named), [])

    def _ambiguity(self, name: str, candidates: Sequence[Named]) -> str:
        ids = [one.id for one in candidates]
        shown = ", ".join(_with_remark(one, self._describe(one)) for one in ids[:MOST_CANDIDATES])
        more = f" and {len(ids) - MOST_CANDIDATES} more" if len(ids) > MOST_CANDIDATES else ""
        return f"{len(ids)} {self._plural} are named {quoted(name)}: give one of the ids {shown}{more}"

    def _unknown(self, missing: Sequence[str], known: Iterable[Named]) -> list[str]:
        ids_by_name: dict[str, list[str]] = {}
        for one in list(known)[:COMPARED] if missing else ():
            ids = ids_by_name.setdefault(one.name, [])
            ids += [one.id] if one.id not in ids else []
        numbered = any(one.isdigit() for one in self._by_id)
        problems = []
        for text in missing[:MOST_CANDIDATES]:
            if is_guid(text) or (numbered and text.isdigit()):
                problems.append(f"no {self._plural} have the id {text}")
            else:
                problems.append(f"no {self._plural} are named {quoted(text)}{_names_like(text, ids_by_name)}")
        more = len(missing) - len(problems)
        return [*problems, f"{more} more are unknown"] if more else problems


def check_guids(option: str, given: Iterable[str], instead: str) -> list[str]:
    """Return GUIDs in lower case, each once. Raises Refused for anything else; `instead` says where a name goes."""
    texts = [text.strip() for text in given]
    bad = [text for text in texts if not is_guid(text)]
    if bad:
        raise Refused(f"{option}: not a GUID: {', '.join(map(quoted, bad[:MOST_CANDIDATES]))}. {instead}")
    return list(dict.fromkeys(map(str.lower, texts)))


def refusal(problems: Sequence[str]) -> Refused:
    """Return the error for wrong names: nothing was changed yet."""
    text = "; ".join(problems)
    return Refused(f"{text[0].upper()}{text[1:]}. Nothing was changed.")


def _with_remark(text: str, remark: str) -> str:
    return f"{text} ({remark})" if remark else text


def _names_like(name: str, ids_by_name: Mapping[str, list[str]]) -> str:
    from difflib import get_close_matches  # paid for by refusals only

    lowered = {candidate.lower(): candidate for candidate in ids_by_name}
    close = get_close_matches(name.lower(), lowered, n=MOST_CANDIDATES, cutoff=0.5)
    close += [candidate for candidate in lowered if name.lower() in candidate and candidate not in close]
    if close:
        likely = [lowered[candidate] for candidate in close[:MOST_CANDIDATES]]
        shown = (_with_remark(quoted(one), ", ".join(ids_by_name[one][:MOST_CANDIDATES])) for one in likely)
        return f" (names like it: {', '.join(shown)})"
    some = sorted(ids_by_name)[:MOST_CANDIDATES]
    more = " and more" if len(ids_by_name) > len(some) else ""
    return f" (there are: {', '.join(map(quoted, some))}{more})" if some else ""
