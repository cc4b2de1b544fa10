# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON without white space, pure ASCII, of which many a second are made. Pure; private to the collection."""

from __future__ import annotations

from collections.abc import Callable
from json import encoder
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
