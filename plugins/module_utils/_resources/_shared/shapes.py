# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check an answer where it comes in, so that what is behind it may rely on the types of what it reads.

Each resource says once, in its `read.py`, which fields it uses and of what type they are. Fields that it only hands on
are not checked. Private to the collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Union

from ..._api.client import Answer
from ..._api.errors import ProtocolError
from ..._api.paging import Record


class Digits:
    """A whole number, which some endpoints give as text."""


Kind = Union[type, "Shape", list[Any]]
"""`str`, `int`, `bool`, `dict` or `Digits`; an object of a Shape; or a list of one of these, as `[str]`."""

_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    dict: "an object",
    Digits: "a whole number",
}
_NOTHING: Mapping[str, Kind] = MappingProxyType({})


class Shape:
    """The fields of an object that are read. Those of `optional` may also be missing or null."""

    def __init__(self, needed: Mapping[str, Kind] = _NOTHING, optional: Mapping[str, Kind] = _NOTHING) -> None:
        self._fields = [(name, kind, True) for name, kind in needed.items()]
        self._fields += [(name, kind, False) for name, kind in optional.items()]

    def record(self, answer: Answer) -> Record:
        """Return the one object of an answer. Raises ProtocolError, which names the field that is wrong."""
        found: Record = _checked(answer, answer.document.get("data", {}), self, "data")
        return found

    def records(self, answer: Answer) -> list[Record]:
        """Return the list of objects of an answer. Raises ProtocolError, which names the field that is wrong."""
        found: list[Record] = _checked(answer, answer.document.get("data"), [self], "data")
        return found

    def listed_as(self, answer: Answer, field: str) -> list[Record]:
        """Return the list that is the field `field` of the object of an answer. Raises ProtocolError."""
        data = _checked(answer, answer.document.get("data"), dict, "data")
        found: list[Record] = _checked(answer, data.get(field), [self], f"data.{field}")
        return found

    def problem(self, record: Mapping[str, Any], place: str) -> str | None:
        """Return what is wrong with an object that stands at `place`, or None."""
        for name, kind, needed in self._fields:
            value = record.get(name)
            if value.__class__ is kind or (value is None and not needed):
                continue
            found = _problem(value, kind, f"{place}.{name}")
            if found:
                return found
        return None


REFERENCE = Shape(needed={"guid": str}, optional={"name": str})
"""Something that is named by GUID in the record of another thing: a group's ancestor, a group's policy."""


def _checked(answer: Answer, value: Any, kind: Kind, place: str) -> Any:
    problem = _problem(value, kind, place)
    if problem:
        raise ProtocolError(answer.exchange, f"the answer has another form than documented: {problem}")
    return value


def _problem(value: Any, kind: Kind, place: str) -> str | None:
    if isinstance(kind, Shape):
        return kind.problem(value, place) if isinstance(value, dict) else _expected("an object", value, place)
    if isinstance(kind, list):
        if not isinstance(value, list):
            return _expected("a list", value, place)
        problems = (_problem(item, kind[0], f"{place}[{number}]") for number, item in enumerate(value))
        return next(filter(None, problems), None)
    right = value.__class__ is kind or (kind is Digits and (value.__class__ is int or _is_digits(value)))
    return None if right else _expected(_NAMES[kind], value, place)


def _is_digits(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _expected(what: str, value: Any, place: str) -> str:
    """Say what was found, too; of text only that it is text, for it may be a secret in the wrong place."""
    if value is None or isinstance(value, bool):
        found = {None: "nothing", True: "true", False: "false"}[value]
    elif isinstance(value, (int, float)):
        found = str(value)[:40]
    else:
        found = "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"
    return f"{place}: expected {what}, got {found}"
