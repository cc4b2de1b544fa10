# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one judge of options: a mapping that somebody wrote, checked key by key against its defaults.

The service's configuration, the options of a sink and those of the module all come through here. Every error is a
SettingsError that starts with the place of the option, such as `sinks[0].url`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._common.text import printable
from .errors import SettingsError

REQUIRED: Any = object()
"""Stands in a table of defaults for an option that has none."""


_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Options:
    """One object of options. `where` is its place for messages; `defaults` names every option that it may have.

    An option that is null counts as not given. `texts`: the values may come out of templates or from the cloud, so an
    empty text counts as not given, too, and numbers and booleans may be texts.
    """

    def __init__(self, where: str, given: Any, defaults: Mapping[str, Any], *, texts: bool = False) -> None:
        self.where = where
        self._texts = texts
        if not isinstance(given, Mapping):
            raise SettingsError(f"{where or 'the configuration'}: is not an object")
        if unknown := sorted(map(printable, set(given) - set(defaults))):
            place = f"{where}: " if where else ""
            raise SettingsError(
                f"{place}{', '.join(unknown)}: no such setting; known are {', '.join(sorted(defaults))}"
            )
        nothing = (None, "") if texts else (None,)
        self._given = {key: value for key, value in given.items() if value not in nothing}
        self._defaults = defaults

    def has(self, key: str) -> bool:
        """Return whether the option was given, and is not null."""
        return key in self._given

    def section(self, key: str, defaults: Mapping[str, Any]) -> Options:
        """Return the options of the object at `key`; without one, its defaults."""
        return Options(self._place(key), self._given.get(key, {}), defaults)

    def objects(self, key: str, *, required: bool = False) -> list[Any]:
        """Return a list of objects that are still to be judged."""
        value = self._given.get(key, [])
        objects = isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
        if not objects or (required and not value):
            raise SettingsError(
                f"{self._place(key)}: must be a list of objects{' with one at least' if required else ''}"
            )
        return list(value)

    def text(self, key: str) -> str:
        """Return a text of at least one character, without control characters."""
        value, where = self._value(key)
        if not isinstance(value, str) or not value:
            raise SettingsError(f"{where}: must be a text that is not empty")
        if any(ord(mark) < 32 for mark in value):
            raise SettingsError(f"{where}: holds control characters; check how it was copied")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text as `text` does, or None where the option is not given and has no default."""
        return None if self._value(key)[0] is None else self.text(key)

    def number(self, key: str, low: int, high: int | None = None) -> int:
        """Return a whole number of at least `low` and at most `high`."""
        value, where = self._value(key)
        if self._texts and isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or value < low or (high is not None and value > high):
            bounds = f"from {low} to {high}" if high is not None else f"of {low} or more"
            raise SettingsError(f"{where}: {printable(value)!r} is not a whole number {bounds}")
        return int(value)

    def optional_number(self, key: str, low: int, high: int | None = None) -> int | None:
        """Return a number as `number` does, or None where the option is not given and has no default."""
        return None if self._value(key)[0] is None else self.number(key, low, high)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value, where = self._value(key)
        if isinstance(value, bool):
            return value
        if self._texts and (text := str(value).lower()) in (*_YES, *_NO):
            return text in _YES
        raise SettingsError(f"{where}: must be true or false")

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """Return one of `choices`."""
        value, where = self._value(key)
        if value not in choices:
            raise SettingsError(f"{where}: {printable(value)!r} is not one of {', '.join(choices)}")
        return str(value)

    def choices(self, key: str, choices: Sequence[str], *, may_be_empty: bool = False) -> list[str]:
        """Return a list of members of `choices`."""
        values = self.texts(key)
        wrong = next((value for value in values if value not in choices), None)
        if wrong is not None or not (values or may_be_empty):
            why = "is empty; give one at least" if not values else f"{printable(wrong)!r} is not one"
            raise SettingsError(f"{self._place(key)}: {why} of {', '.join(choices)}")
        return values

    def values(self, key: str) -> list[Any]:
        """Return a list whose members are still to be judged."""
        value, where = self._value(key)
        if not isinstance(value, list):
            raise SettingsError(f"{where}: must be a list")
        return list(value)

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, none of them empty."""
        value, where = self._value(key)
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise SettingsError(f"{where}: must be a list of texts")
        return list(value)

    def numbers(self, key: str) -> list[int]:
        """Return a list of positive whole numbers."""
        value, where = self._value(key)
        if not isinstance(value, list) or not all(one.__class__ is int and one > 0 for one in value):
            raise SettingsError(f"{where}: must be a list of whole numbers")
        return list(value)

    def mapping(self, key: str) -> Mapping[str, str]:
        """Return an object whose values are texts without control characters."""
        value, where = self._value(key)
        plain = isinstance(value, dict) and all(isinstance(one, str) for pair in value.items() for one in pair)
        if not plain or any(ord(mark) < 32 for pair in value.items() for text in pair for mark in text):
            raise SettingsError(f"{where}: must be an object of texts without control characters")
        return dict(value)

    def _place(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _value(self, key: str) -> tuple[Any, str]:
        value = self._given.get(key, self._defaults[key])
        if value is REQUIRED:
            raise SettingsError(f"{self._place(key)}: is missing")
        return value, self._place(key)
