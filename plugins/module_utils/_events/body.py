# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a delivery: a JSON object, or a dead letter that says why it is none (R16). Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64


class DeadLetter(Exception):
    """A body that is no event (R16). `reason` says why, in words that hold nothing of the body."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _NotFiniteError(ValueError):
    """A number that JSON does not have."""


def _refuse_constant(name: str) -> float:
    raise _NotFiniteError(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _NotFiniteError(text)
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_scan: Callable[[str, int], tuple[Any, int]] = _DECODER.scan_once  # type: ignore[attr-defined]


def object_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises DeadLetter.

    Of a name that an object repeats, the last value counts, as with every common JSON reader.
    """
    if len(body) > MAX_BODY_BYTES:
        raise DeadLetter(f"larger than 4 MiB ({len(body)} bytes)")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DeadLetter(f"not UTF-8 (at byte {error.start})") from None
    fields = _decoded(text)
    if not isinstance(fields, dict):
        raise DeadLetter("JSON, but not an object")
    # As many brackets as levels at least: the exact answer is worked out for the rare body that has more of them.
    if _brackets(body) > MAX_DEPTH and _is_deeper(fields):
        raise DeadLetter(f"nested deeper than {MAX_DEPTH} levels")
    return fields


def _decoded(text: str) -> Any:
    try:
        if text.startswith("{"):  # then there is no white space to look for
            fields, end = _scan(text, 0)
            if end == len(text):
                return fields
        return _DECODER.decode(text)
    except RecursionError:
        raise DeadLetter(f"nested deeper than {MAX_DEPTH} levels") from None
    except _NotFiniteError:
        raise DeadLetter("holds NaN, Infinity or a number beyond the range of a float") from None
    except StopIteration as error:  # as the decoder itself makes a JSONDecodeError of it
        raise DeadLetter(f"not JSON: Expecting value (at character {error.value})") from None
    except json.JSONDecodeError as error:
        raise DeadLetter(f"not JSON: {error.msg} (at character {error.pos})") from None
    except ValueError:  # Python refuses integers of more than 4,300 digits
        raise DeadLetter("holds an integer with too many digits") from None


def _brackets(body: bytes) -> int:
    """Count what opens a container. Leaving them out is three times as fast as counting them."""
    return 2 * len(body) - len(body.replace(b"{", b"")) - len(body.replace(b"[", b""))


def _is_deeper(fields: dict[str, Any]) -> bool:
    """Return whether containers lie in containers beyond MAX_DEPTH levels, level by level: depth costs no stack."""
    level: list[Any] = [fields]
    for _level in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
