# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a request's query and body the way Rails does: `x[]` and `x` are one, unknown names are refused by name."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any

from flask import request

from ..cloud import cloud
from .envelope import Problem

MAXIMUM_LIMIT = 500


def _refuse(*details: str) -> Problem:
    return Problem(cloud().switches["bad_parameter_status"], *details)


def _gather(pairs: Iterable[tuple[str, Any]], allowed: frozenset[str]) -> dict[str, list[Any]]:
    """Values by bare name. Raises the cloud's 400 with every unknown name."""
    found: dict[str, list[Any]] = {}
    unknown = []
    for name, value in pairs:
        bare = name.removesuffix("[]")
        if bare not in allowed:
            unknown.append(f"{name} is not a valid parameter")
        found.setdefault(bare, []).extend(value if isinstance(value, list) else [value])
    if unknown:
        raise _refuse(*unknown)
    return found


class Query:
    """The query of a reading call; `allowed` are the filters of that call beside limit and offset."""

    def __init__(self, *allowed: str, paged: bool = True) -> None:
        names = frozenset(allowed) | (frozenset({"limit", "offset"}) if paged else frozenset())
        self._values = _gather(request.args.items(multi=True), names)
        self.limit = self._limit()
        self.offset = self._whole_number("offset", 0, least=0)

    def _whole_number(self, name: str, default: int, *, least: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) < least:
            raise _refuse(f"{name} must be a whole number of at least {least}")
        return int(text)

    def _limit(self) -> int:
        limit = self._whole_number("limit", MAXIMUM_LIMIT, least=1)
        if limit > MAXIMUM_LIMIT and cloud().switches["limit_over_maximum"] == "refuse":
            raise _refuse(f"limit must be at most {MAXIMUM_LIMIT}")
        return min(limit, MAXIMUM_LIMIT)

    def many(self, name: str) -> list[str]:
        """Every value of a filter; repeats mean OR."""
        return [str(value) for value in self._values.get(name, []) if value != ""]

    def one(self, name: str) -> str | None:
        """Return the last value of a filter that takes one."""
        values = self.many(name)
        return values[-1] if values else None

    def numbers(self, name: str) -> list[int]:
        """Every value of a filter of whole numbers."""
        values = self.many(name)
        bad = [f"{name}: {value} is not a number" for value in values if not value.isdecimal()]
        if bad:
            raise _refuse(*bad)
        return [int(value) for value in values]

    def choices(self, name: str, allowed: tuple[str, ...]) -> list[str]:
        """Every value of a filter that takes a few words."""
        values = [value.lower() for value in self.many(name)]
        bad = [f"{name}: {value} is none of {', '.join(allowed)}" for value in values if value not in allowed]
        if bad:
            raise _refuse(*bad)
        return values

    def guids(self, name: str) -> set[str]:
        """Every value of a filter of GUIDs, lower case."""
        values = self.many(name)
        bad = [f"{name}: {value} is not a GUID" for value in values if not is_guid(value)]
        if bad:
            raise _refuse(*bad)
        return {value.lower() for value in values}

    def days(self, name: str) -> int | None:
        """Return a number of days."""
        return self._whole_number(name, 0, least=0) if self.one(name) is not None else None

    def time(self, name: str) -> float | None:
        """Return an ISO 8601 time or date as seconds; without a zone it is UTC."""
        text = self.one(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            raise _refuse(f"{name} is not an ISO 8601 date") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()

    def words(self, name: str, switch: str) -> Callable[[str], bool]:
        """Return a test for names: exact, prefix or substring as the switch says, without regard to case."""
        wanted = [value.casefold() for value in self.many(name)]
        if not wanted:
            return lambda _text: True
        way = cloud().switches[switch]
        if way == "exact":
            return lambda text: text.casefold() in wanted
        if way == "prefix":
            return lambda text: any(text.casefold().startswith(one) for one in wanted)
        return lambda text: any(one in text.casefold() for one in wanted)


class Body:
    """The fields of a writing call, from JSON, from a form or from the query, as Rails merges them."""

    def __init__(self, *allowed: str) -> None:
        pairs: list[tuple[str, Any]] = [*request.args.items(multi=True)]
        pairs += _form() if request.mimetype == "application/x-www-form-urlencoded" else _json()
        self._sent = {name.removesuffix("[]") for name, _value in pairs}
        self._values = _gather(pairs, frozenset(allowed))

    def __contains__(self, name: str) -> bool:
        return name in self._sent

    def text(self, name: str) -> str | None:
        """Return a text field; null and absent are the same. Anything else is refused."""
        values = self._values.get(name, [])
        if not values or values[-1] is None:
            return None
        if not isinstance(values[-1], str):
            raise _refuse(f"{name} must be a string")
        return values[-1]

    def required(self, *names: str) -> list[str]:
        """Text fields that must be there and not blank."""
        values = [self.text(name) for name in names]
        missing = [f"{name} is missing" for name, value in zip(names, values, strict=True) if not (value or "").strip()]
        if missing:
            raise _refuse(*missing)
        return [str(value) for value in values]

    def many(self, name: str) -> list[Any]:
        """Return the values of a list field, blanks left out."""
        return [value for value in self._values.get(name, []) if value not in ("", None)]


def _form() -> list[tuple[str, Any]]:
    return [*request.form.items(multi=True)]


def _json() -> list[tuple[str, Any]]:
    raw = request.get_data(cache=True)
    if not raw.strip():
        return []
    try:
        fields = json.loads(raw)
    except ValueError:
        raise _refuse("the body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise _refuse("the body must be a JSON object")
    return list(fields.items())


def is_guid(text: str) -> bool:
    """Whether the text is a GUID in its usual spelling."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def path_guid(text: str, what: str) -> str:
    """Return a GUID that stands in the path, lower case. Raises what the cloud answers to anything else."""
    if not is_guid(text):
        raise Problem(cloud().switches["malformed_guid_status"], f"{what} not found")
    return text.lower()
