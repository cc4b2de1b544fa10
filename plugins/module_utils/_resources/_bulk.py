# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One result per item and the counts, for tasks over lists. This file is private to the collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple


class ItemResult(NamedTuple):
    """What became of one item. `outcome` is a word that the module documents."""

    item: str
    outcome: str
    detail: str | None = None


def bulk_result(results: Iterable[ItemResult]) -> dict[str, Any]:
    """`results[] {item, outcome, detail}` in their order, and `counts` per outcome."""
    listed = [result._asdict() for result in results]
    return {"results": listed, "counts": dict(Counter(result["outcome"] for result in listed))}
