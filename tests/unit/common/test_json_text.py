# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own JSON is that of the standard library, made and read in fewer steps."""

from __future__ import annotations

import json
from json import encoder

import pytest
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common import json_text
from ansible_collections.ampops.secure_endpoint.plugins.module_utils._common.json_text import compact, parsed

VALUES = [{"a": [1, -(2**63), 2**64, None, True, 1.5, 'é\ud83d\u2028"\\']}, [], {}, "", 0, (1, ("x",)), {1: {"b": []}}]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_value_is_the_text_that_json_dumps_makes_and_is_read_back(
    value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(value, separators=(",", ":"))
    assert compact(value) == text
    assert parsed(text) == json.loads(text)
    monkeypatch.setattr(encoder, "c_make_encoder", None)  # another Python than CPython
    assert json_text._encoder()(value) == text


@pytest.mark.parametrize("text", ["", "{", '{"a":', "[1,", "{} ", "{}{}", "nul", "x"])
def test_anything_else_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its words are for nobody
        parsed(text)


def test_what_has_no_json_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        compact({"a": object()})
