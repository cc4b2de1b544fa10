# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every answer of the cloud is wrapped in, and the problems that it reports (api-contract 1)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import unquote_plus

from flask import Response, g, request

VERSION = "v1.2.0"
_STATUSES = frozenset(HTTPStatus)


class Problem(Exception):
    """An error answer: a status and the details that tell the caller which field or object was wrong."""

    def __init__(self, status: int, *details: str) -> None:
        super().__init__(status, *details)
        self.status = status
        self.details = list(details)


def status_line(status: int) -> str:
    """Return e.g. `404 Not Found`: phrases in mixed case, in the status line and in the `status` header."""
    return f"{status} {HTTPStatus(status).phrase if status in _STATUSES else 'Unknown'}"


def query_as_sent() -> str:
    """Return the raw query string with its brackets percent-encoded, as links echo it."""
    raw: str = request.environ.get("QUERY_STRING", "")
    return raw.replace("[", "%5B").replace("]", "%5D")


def host_url() -> str:
    """Return the scheme, host and port that the caller used; every link begins with them."""
    if "host_url" not in g:  # asked for with every row of a page
        g.host_url = request.host_url.rstrip("/")
    return cast(str, g.host_url)


def link(query: str) -> str:
    """Return an absolute URL of the path called."""
    return host_url() + request.path + (f"?{query}" if query else "")


def _with_offset(limit: int, offset: int) -> str:
    """Return the query as sent, with another offset (and the limit, if none was sent)."""
    pairs = [pair for pair in query_as_sent().split("&") if pair]
    names = [unquote_plus(pair.split("=", 1)[0]) for pair in pairs]
    kept = [pair for pair, name in zip(pairs, names, strict=True) if name != "offset"]
    if "limit" not in names:
        kept.append(f"limit={limit}")
    return "&".join([*kept, f"offset={offset}"])


def answer(data: Any, status: int = 200) -> Response:
    """One object, or whatever has no pages; a 204 has no body at all."""
    if status == HTTPStatus.NO_CONTENT:
        return Response(status=status, content_type="application/json")
    return json_response(
        {"version": VERSION, "metadata": {"links": {"self": link(query_as_sent())}}, "data": data}, status
    )


def unpaged(data: list[Any], *, results: bool = True) -> Response:
    """Return a list that the cloud gives whole; its results block holds the total only (event_types)."""
    metadata: dict[str, Any] = {"links": {"self": link(query_as_sent())}}
    if results:
        metadata["results"] = {"total": len(data)}
    return json_response({"version": VERSION, "metadata": metadata, "data": data}, 200)


def page(data: Any, *, total: int, count: int, offset: int, limit: int) -> Response:
    """One page: `prev` is absent on the first, `next` on the last."""
    links = {"self": link(query_as_sent())}
    if offset > 0:
        links["prev"] = link(_with_offset(limit, max(0, offset - limit)))
    if count and offset + count < total:
        links["next"] = link(_with_offset(limit, offset + count))
    results = {"total": total, "current_item_count": count, "index": offset, "items_per_page": limit}
    return json_response({"version": VERSION, "metadata": {"links": links, "results": results}, "data": data}, 200)


def problem_response(status: int, details: list[str]) -> Response:
    """Wrap an error as the cloud does. The 401 has no metadata and no version (api-contract 14)."""
    body: dict[str, Any] = {"version": VERSION, "metadata": {"links": {"self": link(query_as_sent())}}, "data": {}}
    if status == HTTPStatus.UNAUTHORIZED:
        body = {"version": None, "data": {}}
    body["errors"] = [{"error_code": status, "description": HTTPStatus(status).phrase, "details": details}]
    return json_response(body, status)


def json_response(body: Any, status: int) -> Response:
    """Compact JSON, as the cloud sends it."""
    return Response(json.dumps(body, separators=(",", ":")), status=status, content_type="application/json")
