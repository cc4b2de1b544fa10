# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own JSON: without white space, pure ASCII, made and read many times a second. Pure; private to the collection."""

from __future__ import annotations

from collections.abc import Callable
from json import decoder, encoder
from typing import Any


def _encoder() -> Callable[[Any], str]:
    """Return JSONEncoder.encode, without the encoder in C that it makes anew for each call where there is one."""
    slow = encoder.JSONEncoder(separators=(",", ":"))
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return slow.encode
    encode = make(None, slow.default, encoder.encode_basestring_ascii, None, ":", ",", False, False, True)
    return lambda value: "".join(encode(value, 0))


compact: Callable[[Any], str] = _encoder()
"""Return a value as JSON text. The value must not hold itself."""

_scan: Callable[[str, int], tuple[Any, int]] = decoder.JSONDecoder().scan_once  # type: ignore[attr-defined]


def parsed(text: str) -> Any:
    """Return the value of a text that `compact` made. Raises ValueError for anything else."""
    try:
        value, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("no JSON text") from None
    if end != len(text):
        raise ValueError("more than one JSON text")
    return value
