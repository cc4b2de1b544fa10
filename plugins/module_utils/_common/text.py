# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make text from outside safe to show: mask secrets first, then escape what a terminal would act on.

What lives in this package: text, ids and times, as every other package of the collection uses them. It imports
nothing else of ours. This file is private to the collection.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from itertools import accumulate

LONGEST = 300
MASK = "********"
SHORTEST_SECRET = 4
"""A secret with fewer characters is masked only where it stands alone as a word: masking each "a" hides nothing."""

_USER_OF_URL = re.compile(r"//[^/@\s]*@")
_LETTERS_AND_DIGITS = re.compile("[A-Za-z0-9]+")
_CUT = "..."


def printable(text: object, longest: int = LONGEST) -> str:
    """Return `text` as one line of at most `longest` characters: escape what could forge or hide output, then cut.

    Escaped is whatever Unicode does not count as printable: control characters, so ANSI sequences and line breaks, too;
    marks that turn the direction of writing; invisible characters; lone surrogates, which no terminal can encode. An
    escape is never cut in two.
    """
    whole = str(text)
    if whole.isprintable() and len(whole) <= longest:
        return whole
    pieces = [_escaped(character) for character in whole[: longest + 1]]
    if sum(map(len, pieces)) <= longest:
        return "".join(pieces)
    room = longest - len(_CUT)
    return "".join(piece for piece, end in zip(pieces, accumulate(map(len, pieces)), strict=True) if end <= room) + _CUT


def quoted(text: object, longest: int = 100) -> str:
    """Return `text` as `printable` shows it, between double quotes."""
    return f'"{printable(text, longest)}"'


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with `secrets` masked, as `Secrets.mask` does."""
    return Secrets(secrets).mask(text)


class Secrets:
    """The secrets of one task, masked in every encoding in which they are sent.

    These are: clear, URL-quoted, escaped as in JSON, and base64 (the usual one or the URL-safe one) of any text that
    holds the secret, as a Basic header does. Mask before the text is cut or escaped: half a secret is not recognised.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({secret for secret in secrets if secret}, key=len, reverse=True)

    def mask(self, text: str) -> str:
        """Return `text` without any of the secrets and without the user part of URLs (a proxy's password)."""
        if any(mark in text for mark in self._marks):
            text = "".join(_masked(text, self._pattern))
        return _USER_OF_URL.sub(f"//{MASK}@", text)

    @cached_property
    def _marks(self) -> tuple[str, ...]:
        """Return what a text must hold to hold a secret; to look for it takes less than to compile the pattern."""
        return tuple({mark for secret in self._secrets for mark in _marks(secret)})

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Looking ahead finds occurrences that overlap, too.
        forms = (form for secret in self._secrets for form in _forms(secret))
        return re.compile(f"(?=({'|'.join(dict.fromkeys(forms))}))")


def _masked(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield the pieces of the masked text: one mask for each run of occurrences that overlap or touch."""
    shown_to = 0
    for match in pattern.finditer(text):
        start, end = match.span(1)
        if start > shown_to or not shown_to:
            yield text[shown_to:start]
            yield MASK
        shown_to = max(shown_to, end)
    yield text[shown_to:]


def _marks(secret: str) -> Iterator[str]:
    """Yield a part of each form that is written in one way only: its longest run of ASCII letters and digits."""
    yield _longest_run(secret)
    if len(secret) >= SHORTEST_SECRET:
        yield from (_longest_run(core) for octets in _octets(secret) for core in _base64_cores(octets))


def _longest_run(text: str) -> str:
    return max(_LETTERS_AND_DIGITS.findall(text), key=len, default="")


def _forms(secret: str) -> Iterator[str]:
    """Yield a pattern for each way in which the secret may be written."""
    clear = "".join(map(_written, secret))
    if len(secret) < SHORTEST_SECRET:
        yield rf"(?<!\w){clear}(?!\w)"
        return
    yield clear
    for octets in _octets(secret):
        yield from _base64_forms(octets)


def _written(character: str) -> str:
    """Return a pattern for one character: itself, URL-quoted, or escaped as in JSON."""
    if character.isascii() and character.isalnum():
        return character
    quoted_octets = "".join(f"%{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))
    units = character.encode("utf-16-be", "surrogatepass").hex()
    in_json = "".join(rf"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
    ways = [rf"\\{{0,3}}{re.escape(character)}", f"(?i:{quoted_octets}|{in_json})"]
    short = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r"}.get(character)
    ways += [rf"\\{short}"] if short else []
    ways += [r"\+"] if character == " " else []
    return f"(?:{'|'.join(ways)})"


def _octets(secret: str) -> set[bytes]:
    """Return what base64 is made of: the secret in UTF-8, in Latin-1 as requests sends it, URL-quoted for OAuth."""
    from urllib.parse import quote

    octets = secret.encode("utf-8", "surrogatepass")
    found = {octets, quote(octets, safe="").encode()}
    with suppress(UnicodeEncodeError):
        found.add(secret.encode("latin-1"))
    return found


def _base64_forms(octets: bytes) -> Iterator[str]:
    """Yield a pattern for each way to write the secret in base64.

    The first and the last character depend on the secret's neighbours, too: whatever stands there is masked with it.
    """
    for core in _base64_cores(octets):
        written = core.replace("+", "(?:[+-]|%2[Bb])").replace("/", r"(?:\\?/|_|%2[Ff])")
        yield f"[A-Za-z0-9+/_-]?{written}[A-Za-z0-9+/_-]?"


def _base64_cores(octets: bytes) -> Iterator[str]:
    """Yield what depends on the secret alone, for each of the three positions within a group of three octets."""
    for before in range(3):
        encoded = b64encode(bytes(before) + octets).decode()
        yield encoded[-(-before * 8 // 6) : (before + len(octets)) * 8 // 6]


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
