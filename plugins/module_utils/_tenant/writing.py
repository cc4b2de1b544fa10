# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write YAML that is the same for the same values, whatever library and version there is. Pure.

This file is private to the collection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[^\W\d_][\w.+@()/-]*(?: [\w.+@()&/-]+)*|\d[\w.-]*[^\W\d_][\w.-]*")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}  # of YAML 1.1, in any case
_NUMBER = re.compile(r"[\d][\d_.]*e?\d*|0[xob][\da-f_]+|\d{4}-\d\d?-.*", re.IGNORECASE)
_UNPRINTABLE = re.compile(
    "[\x7f-\x9f\xad\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\u200b-\u200f\u202a-\u202e\u2060-\u2069]"
)


def yaml_text(value: Any) -> str:
    """Return mappings, lists and scalars as YAML in block style. Mappings keep their order."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            if _is_block(inner):
                yield f"{indent}{_scalar(key)}:"
                yield from _lines(inner, f"{indent}  ")
            else:
                yield f"{indent}{_scalar(key)}: {_scalar(inner)}"
    elif isinstance(value, (list, tuple)) and value:
        for inner in value:
            if _is_block(inner):
                first, *others = _lines(inner, f"{indent}  ")
                yield f"{indent}- {first.lstrip()}"
                yield from others
            else:
                yield f"{indent}- {_scalar(inner)}"
    else:
        yield f"{indent}{_scalar(value)}"


def _is_block(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple)) and bool(value)


def _scalar(value: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)):
        return "{}" if isinstance(value, Mapping) else "[]"
    if value is None or isinstance(value, (bool, int)):
        return json.dumps(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not _NUMBER.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
