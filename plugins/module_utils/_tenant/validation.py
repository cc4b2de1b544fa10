# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check nodes by the schema and find every mistake at once: the parts of JSON Schema that `schema.py` uses. Pure.

This file is private to the collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._common.text import quoted
from .documents import Node, Problem
from .schema import SCHEMA

_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
    "array": "a list",
    "object": "a mapping",
    "date": "a date",
    "tagged": "a value with a YAML tag",
}


def check(tree: Node) -> Iterator[Problem]:
    """Yield what is wrong with a tree, each mistake once, in the order of the file."""
    return _check(tree, SCHEMA)


def _check(node: Node, schema: Mapping[str, Any]) -> Iterator[Problem]:
    schema = _resolved(schema)
    if "oneOf" in schema:
        fitting = [one for one in map(_resolved, schema["oneOf"]) if node.kind in _types(one)]
        if not fitting:
            yield Problem(node.place, _expected(schema, node))
            return
        yield from _check(node, fitting[0])
    elif "enum" in schema:
        if node.kind != "string" or node.value not in schema["enum"]:
            yield Problem(node.place, f"must be one of {', '.join(schema['enum'])}, not {_shown(node)}")
    elif node.kind not in _types(schema):
        yield Problem(node.place, _expected(schema, node))
    elif node.kind == "object":
        yield from _check_object(node, schema)
    elif node.kind == "array":
        for item in node.value:
            yield from _check(item, schema["items"])
    elif node.kind == "string":
        problem = _text_problem(node.value, schema)
        if problem:
            yield Problem(node.place, problem)


def _check_object(node: Node, schema: Mapping[str, Any]) -> Iterator[Problem]:
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    for name in schema.get("required", ()):
        if name not in node.value:
            yield Problem(node.place, f"{name} is missing")
    for name, inner in node.value.items():
        if name in known:
            yield from _check(inner, known[name])
        elif others is False:
            yield Problem(inner.place, f"unknown key {quoted(name)}{_instead(name, known)}")
        else:
            problem = _text_problem(name, schema.get("propertyNames", {}))
            if problem:
                yield Problem(inner.place, problem)
            yield from _check(inner, others)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = SCHEMA["$defs"][reference.rpartition("/")[2]] if reference else schema
    return found


def _types(schema: Mapping[str, Any]) -> Sequence[str]:
    types = schema.get("type", ())
    return [types] if isinstance(types, str) else types


def _text_problem(text: str, schema: Mapping[str, Any]) -> str | None:
    if len(text.strip()) < schema.get("minLength", 0):
        return f"{schema.get('title', 'text')} is missing"
    pattern = schema.get("pattern")
    return f"{quoted(text)} is not {schema['title']}" if pattern and not re.search(pattern, text) else None


def _expected(schema: Mapping[str, Any], node: Node) -> str:
    wanted = schema.get("title") or " or ".join(_WORDS[kind] for kind in _types(schema) if kind != "null")
    advice = (
        "; put it in quotes" if node.kind in ("integer", "number", "boolean", "date") and _takes_text(schema) else ""
    )
    return f"expected {wanted}, got {_shown(node)}{advice}"


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return "string" in _types(schema) or any("string" in _types(_resolved(one)) for one in schema.get("oneOf", ()))


def _shown(node: Node) -> str:
    if node.kind in ("integer", "number", "boolean", "date"):
        return f"{_WORDS[node.kind]} ({node.value[:40]})"
    return quoted(node.value, 40) if node.kind == "string" else _WORDS[node.kind]


def _instead(name: str, known: Mapping[str, Any]) -> str:
    from difflib import get_close_matches  # paid for by mistakes only

    close = get_close_matches(name, known, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else f"; there are: {', '.join(known)}"
