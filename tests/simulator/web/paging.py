# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting a list into pages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, TypeVar

from flask import Response

from .envelope import page
from .parameters import Query

Item = TypeVar("Item")


def paged(found: Collection[Item], query: Query, show: Callable[[Item], Any]) -> Response:
    """Return the page of `found` that the query asks for; only its items are made ready to show."""
    items = [show(item) for item in islice(found, query.offset, query.offset + query.limit)]
    return page(items, total=len(found), count=len(items), offset=query.offset, limit=query.limit)
